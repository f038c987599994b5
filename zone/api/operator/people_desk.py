"""What an operator asks of people and rooms: municipalities, sections, lists of staff, keeping."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import Struct

from wire.bodies import OrgPut, TenantPut
from wire.choices import Agreed
from wire.events import Author
from wire.ids import ORG, ROOM, TENANT, USER, is_id
from wire.reasons import Reason, Refused
from zone.api.http.api_request import invalid_body, json_response, read_body
from zone.api.http.context import ApiContext
from zone.api.resources.lists import Orgs, Tenants
from zone.api.resources.people_bodies import (
    LinkOffer,
    NewOrg,
    NewTenant,
    OrgChange,
    StaffQuery,
    TenantChange,
)
from zone.api.resources.request_bodies import Purge
from zone.conversation import imports, retention
from zone.conversation.actor import Actor
from zone.conversation.imports import ImportReport
from zone.conversation.people import made_view, put_offer, put_org, put_tenant
from zone.conversation.retention import KEEPER, put_hold
from zone.conversation.staff_import import Scope, plan_import
from zone.conversation.staff_list import read_staff_list
from zone.copy.directory_views import OrgView, TenantView
from zone.store.writing import Writing

# A list of 10,000 is known here within some seconds; who asks longer than this asks again.
ANSWER_S = 30.0
LOOK_AGAIN_S = 0.05
_ZONES = {"both": ["internet", "lgwan"], "lgwan": ["lgwan"], "internet": ["internet"]}


class Imports(Struct, frozen=True):
    """What has become of each list."""

    items: list[ImportReport]


class StaffDesk:
    """What an operator can ask of people and rooms."""

    def __init__(self, context: ApiContext) -> None:
        """Act on the zone of `context`."""
        self._context = context

    def table(self) -> list[tuple[str, str, Handler]]:
        """Return the routes."""
        return [
            ("GET", "/v1/tenants", self.tenants),
            ("POST", "/v1/tenants", self.create_tenant),
            ("PATCH", "/v1/tenants/{tenant}", self.change_tenant),
            ("PUT", "/v1/tenants/{tenant}/links/{other}", self.put_link),
            ("DELETE", "/v1/tenants/{tenant}/links/{other}", self.remove_link),
            ("GET", "/v1/orgs", self.orgs),
            ("POST", "/v1/orgs", self.create_org),
            ("PATCH", "/v1/orgs/{org}", self.change_org),
            ("POST", "/v1/users:import", self.import_staff),
            ("GET", "/v1/imports", self.all_imports),
            ("GET", "/v1/imports/{number}", self.one_import),
            ("POST", "/v1/rooms/{room}/purge", self.purge_room),
            ("PUT", "/v1/rooms/{room}/legal-hold", self.hold_room),
            ("DELETE", "/v1/rooms/{room}/legal-hold", self.release_room),
        ]

    async def tenants(self, _request: web.Request) -> web.Response:
        """Return the municipalities, and what they have offered each other and agreed on."""
        municipalities = self._context.store.directory.municipalities
        return json_response(Tenants(municipalities.tenants(), municipalities.links()))

    async def create_tenant(self, request: web.Request) -> web.Response:
        """Make a municipality known."""
        wanted = read_body(await request.read(), NewTenant)
        if wanted.id is not None and not is_id(TENANT, wanted.id):
            raise Refused(Reason.INVALID, "the id of a municipality begins with tn_")

        def work(actor: Actor) -> TenantView:
            name = wanted.id or actor.writing.mint(TENANT, actor.writing.now)
            put_tenant(actor, TenantPut(name, wanted.name, wanted.kana, wanted.code))
            return made_view(actor, name, TenantView)

        return json_response(await self._do(work), 201)

    async def change_tenant(self, request: web.Request) -> web.Response:
        """Change what a municipality is called."""
        name, wanted = _id(request, TENANT, "tenant"), read_body(await request.read(), TenantChange)
        await self._do(lambda actor: put_tenant(actor, TenantPut(name, **_said(wanted))))
        return json_response(self._context.store.directory.municipalities.tenant(name))

    async def put_link(self, request: web.Request) -> web.Response:
        """Offer another municipality something, in the name of one; the latest offer counts."""
        wanted = read_body(await request.read(), LinkOffer)
        return await self._offer(request, wanted.offers)

    async def remove_link(self, request: web.Request) -> web.Response:
        """Take back whatever a municipality offers another one."""
        return await self._offer(request, [])

    async def _offer(self, request: web.Request, offers: Sequence[Agreed]) -> web.Response:
        tenant, other = _id(request, TENANT, "tenant"), _id(request, TENANT, "other")
        await self._do(lambda actor: put_offer(actor, tenant, other, offers), tenant=tenant)
        return json_response(self._context.store.directory.municipalities.link(tenant, other))

    async def orgs(self, _request: web.Request) -> web.Response:
        """Return all sections."""
        return json_response(Orgs(self._context.store.directory.municipalities.orgs()))

    async def create_org(self, request: web.Request) -> web.Response:
        """Make a section known."""
        wanted = read_body(await request.read(), NewOrg)

        def work(actor: Actor) -> OrgView:
            name = actor.writing.mint(ORG, actor.writing.now)
            tenant = wanted.tenant or self._context.settings.tenant
            body = OrgPut(
                name, tenant, wanted.name, wanted.parent or "", wanted.rank, wanted.telephone
            )
            put_org(actor, body)
            return made_view(actor, name, OrgView)

        return json_response(await self._do(work), 201)

    async def change_org(self, request: web.Request) -> web.Response:
        """Change a section."""
        name, wanted = _id(request, ORG, "org"), read_body(await request.read(), OrgChange)
        await self._do(lambda actor: put_org(actor, OrgPut(name, **_said(wanted))))
        return json_response(self._context.store.directory.municipalities.org(name))

    async def import_staff(self, request: web.Request) -> web.Response:
        """Take in a list of staff: CSV in UTF-8 or Shift_JIS as the body."""
        try:
            query = msgspec.convert(dict(request.query), StaffQuery, strict=False)
        except msgspec.ValidationError as trouble:
            raise invalid_body(trouble) from None
        if "staff" not in self._context.side.admits:
            raise Refused(Reason.FORBIDDEN, "this zone does not vouch for staff")
        people, faults = read_staff_list(await request.read())
        tenant = query.tenant or self._context.settings.tenant
        scope = Scope(tenant, _ZONES[query.zones], query.let_go, query.dry_run)

        def work(writing: Writing) -> ImportReport | int:
            imports.demand_no_other(writing.db)
            standing = imports.not_arrived(writing.db)
            made = plan_import(writing, store.directory, standing, people, faults, scope)
            if scope.dry_run:
                return imports.tried(writing.now, tenant, made)
            uid = writing.mint(USER, writing.now)
            author = Author(uid, self._context.settings.tenant, KEEPER, "operator")
            return imports.begin(writing, author, tenant, made)

        store = self._context.store
        begun = await store.write(work)
        if isinstance(begun, ImportReport):
            return json_response(begun)
        store.has_imports.set()
        await self._said_here(begun)
        return json_response(await store.read(lambda db: imports.report_of(db, begun)))

    async def _said_here(self, number: int) -> None:
        """Wait until this zone knows all of a list, or for so long as somebody may wait."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                while True:
                    if await self._context.store.read(lambda db: imports.is_said(db, number)):
                        return
                    await asyncio.sleep(LOOK_AGAIN_S)

    async def all_imports(self, _request: web.Request) -> web.Response:
        """Return what has become of each list, the latest first."""
        return json_response(Imports(await self._context.store.read(imports.reports)))

    async def one_import(self, request: web.Request) -> web.Response:
        """Return what has become of a list."""
        untrusted = request.match_info["number"]
        if not (untrusted.isascii() and untrusted.isdecimal() and len(untrusted) < 10):
            raise Refused(Reason.NOT_FOUND)
        number = int(untrusted)
        return json_response(
            await self._context.store.read(lambda db: imports.report_of(db, number))
        )

    async def purge_room(self, request: web.Request) -> web.Response:
        """Delete what was said in a room before a time, in both zones."""
        room, wanted = _id(request, ROOM, "room"), read_body(await request.read(), Purge)
        await self._do(
            lambda actor: retention.purge(actor, room, wanted.before, wanted.reason), room
        )
        return web.Response(status=204)

    async def hold_room(self, request: web.Request) -> web.Response:
        """Put a room on legal hold."""
        room = _id(request, ROOM, "room")
        await self._do(lambda actor: put_hold(actor, room, on=True), room)
        return web.Response(status=204)

    async def release_room(self, request: web.Request) -> web.Response:
        """Take the legal hold off a room."""
        room = _id(request, ROOM, "room")
        await self._do(lambda actor: put_hold(actor, room, on=False), room)
        return web.Response(status=204)

    async def _do(
        self, work: Callable[[Actor], object], room: str | None = None, tenant: str | None = None
    ) -> object:
        """Do `work` as the operator: in a room as its owner, else as nobody in particular.

        They act in the name of the installation's municipality, or of `tenant`.
        """
        context = self._context
        directory, limit = context.store.directory, context.settings.limits.outbox_events

        def transaction(writing: Writing) -> object:
            owner = next((m.user for m in directory.members(room or "") if m.role == "owner"), None)
            uid = owner or writing.mint(USER, writing.now)
            who = Author(uid, tenant or context.settings.tenant, KEEPER, "operator")
            return work(Actor(writing, directory, who, limit))

        return await context.store.write(transaction)


def _said(wanted: Struct) -> dict[str, Any]:
    return msgspec.structs.asdict(wanted)


def _id(request: web.Request, prefix: str, name: str) -> str:
    untrusted = request.match_info[name]
    if not is_id(prefix, untrusted):
        raise Refused(Reason.NOT_FOUND)
    return untrusted
