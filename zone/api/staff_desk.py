"""What an operator asks of people and rooms: municipalities, sections, lists of staff, keeping."""

from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import Struct

from wire.bodies import OrgPut, TenantPut
from wire.events import Author
from wire.ids import ORG, ROOM, TENANT, USER, is_id
from wire.reasons import Reason, Refused
from zone.api.call import answer, invalid, read_form
from zone.api.context import Context
from zone.api.forms import Purge
from zone.api.forms_people import NewOrg, NewTenant, OrgChange, StaffQuery, TenantChange
from zone.api.lists import Created, Orgs, Tenants
from zone.conversation.acting import Acting
from zone.conversation.people import put_org, put_tenant
from zone.conversation.retaining import KEEPER, purge, put_hold
from zone.conversation.staffing import Scope, take_in
from zone.staff_list import read
from zone.writing import Writing

_ZONES = {"both": ["internet", "lgwan"], "lgwan": ["lgwan"], "internet": ["internet"]}


class StaffDesk:
    """What an operator can ask of people and rooms."""

    def __init__(self, context: Context) -> None:
        """Act on the zone of `context`."""
        self._context = context

    def table(self) -> list[tuple[str, str, Handler]]:
        """Return the routes."""
        return [
            ("GET", "/v1/tenants", self.tenants),
            ("POST", "/v1/tenants", self.create_tenant),
            ("PATCH", "/v1/tenants/{tenant}", self.change_tenant),
            ("GET", "/v1/orgs", self.orgs),
            ("POST", "/v1/orgs", self.create_org),
            ("PATCH", "/v1/orgs/{org}", self.change_org),
            ("POST", "/v1/users:import", self.import_staff),
            ("POST", "/v1/rooms/{room}/purge", self.purge_room),
            ("PUT", "/v1/rooms/{room}/legal-hold", self.hold_room),
            ("DELETE", "/v1/rooms/{room}/legal-hold", self.release_room),
        ]

    async def tenants(self, _request: web.Request) -> web.Response:
        """Return the municipalities."""
        return answer(Tenants(self._context.store.directory.tenants()))

    async def create_tenant(self, request: web.Request) -> web.Response:
        """Make a municipality known."""
        form = read_form(await request.read(), NewTenant)
        if form.id is not None and not is_id(TENANT, form.id):
            raise Refused(Reason.INVALID, "the id of a municipality begins with tn_")

        def work(acting: Acting) -> Created:
            name = form.id or acting.writing.mint(TENANT, acting.writing.now)
            put_tenant(acting, TenantPut(name, form.name, form.kana, form.code))
            return Created(name)

        return answer(await self._do(work), 201)

    async def change_tenant(self, request: web.Request) -> web.Response:
        """Change what a municipality is called."""
        name, form = _id(request, TENANT, "tenant"), read_form(await request.read(), TenantChange)
        await self._do(lambda acting: put_tenant(acting, TenantPut(name, **_said(form))))
        return answer(self._context.store.directory.tenant(name))

    async def orgs(self, _request: web.Request) -> web.Response:
        """Return all sections."""
        return answer(Orgs(self._context.store.directory.orgs()))

    async def create_org(self, request: web.Request) -> web.Response:
        """Make a section known."""
        form = read_form(await request.read(), NewOrg)

        def work(acting: Acting) -> Created:
            name = acting.writing.mint(ORG, acting.writing.now)
            tenant = form.tenant or self._context.settings.tenant
            body = OrgPut(name, tenant, form.name, form.parent or "", form.rank, form.telephone)
            put_org(acting, body)
            return Created(name)

        return answer(await self._do(work), 201)

    async def change_org(self, request: web.Request) -> web.Response:
        """Change a section."""
        name, form = _id(request, ORG, "org"), read_form(await request.read(), OrgChange)
        await self._do(lambda acting: put_org(acting, OrgPut(name, **_said(form))))
        return answer(self._context.store.directory.org(name))

    async def import_staff(self, request: web.Request) -> web.Response:
        """Take in a list of staff: CSV in UTF-8 or Shift_JIS as the body."""
        try:
            query = msgspec.convert(dict(request.query), StaffQuery, strict=False)
        except msgspec.ValidationError as trouble:
            raise invalid(trouble) from None
        if "staff" not in self._context.side.admits:
            raise Refused(Reason.FORBIDDEN, "this zone does not vouch for staff")
        people, faults = read(await request.read())
        tenant = query.tenant or self._context.settings.tenant
        scope = Scope(tenant, _ZONES[query.zones], query.let_go, query.dry_run)
        return answer(await self._do(lambda acting: take_in(acting, people, faults, scope)))

    async def purge_room(self, request: web.Request) -> web.Response:
        """Delete what was said in a room before a time, in both zones."""
        room, form = _id(request, ROOM, "room"), read_form(await request.read(), Purge)
        await self._do(lambda acting: purge(acting, room, form.before, form.reason), room)
        return web.Response(status=204)

    async def hold_room(self, request: web.Request) -> web.Response:
        """Put a room on legal hold."""
        room = _id(request, ROOM, "room")
        await self._do(lambda acting: put_hold(acting, room, on=True), room)
        return web.Response(status=204)

    async def release_room(self, request: web.Request) -> web.Response:
        """Take the legal hold off a room."""
        room = _id(request, ROOM, "room")
        await self._do(lambda acting: put_hold(acting, room, on=False), room)
        return web.Response(status=204)

    async def _do(self, work: Callable[[Acting], object], room: str | None = None) -> object:
        """Do `work` as the operator: in a room as its owner, else as nobody in particular."""
        context = self._context
        directory, limit = context.store.directory, context.settings.limits.outbox_events

        def transaction(writing: Writing) -> object:
            owner = next((m.user for m in directory.members(room or "") if m.role == "owner"), None)
            uid = owner or writing.mint(USER, writing.now)
            who = Author(uid, context.settings.tenant, KEEPER, "operator")
            return work(Acting(writing, directory, who, limit))

        return await context.store.write(transaction)


def _said(form: Struct) -> dict[str, Any]:
    return msgspec.structs.asdict(form)


def _id(request: web.Request, prefix: str, name: str) -> str:
    untrusted = request.match_info[name]
    if not is_id(prefix, untrusted):
        raise Refused(Reason.NOT_FOUND)
    return untrusted
