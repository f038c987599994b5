"""The application behind admin.sock, for the operator: users, frontends, the zone's state.

Only root and the daemon's own user come through this door, so there is no token.
What is done here is done by an operator, and crosses as such.
"""

from functools import partial

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from msgspec import Struct

from wire.bodies import ProfileSet
from wire.events import Author
from wire.ids import USER, is_id
from wire.reasons import Reason, Refused
from zone.api.http.api_request import json_response, read_body
from zone.api.http.context import ApiContext
from zone.api.http.door import SocketDoor
from zone.api.http.frontends import Frontends
from zone.api.http.gate import TROUBLES, answer_trouble, demand_no_browser
from zone.api.operator.acts_desk import ActsDesk
from zone.api.operator.audit_desk import AuditDesk
from zone.api.operator.frontend_desk import FrontendDesk
from zone.api.operator.people_desk import StaffDesk
from zone.api.operator.reconcile_desk import ReconcileDesk
from zone.api.operator.usage_report import get_usage
from zone.api.operator.webhooks import WebhookDesk
from zone.api.resources.people_bodies import NewUser, UserChange
from zone.conversation import people
from zone.conversation.actor import Actor
from zone.conversation.retention import KEEPER
from zone.copy.directory_views import UserView
from zone.store.writing import Writing


class Quarantined(Struct, frozen=True):
    """An event that the far zone had no right to send; `seen` is when an operator looked at it."""

    id: str
    kind: str
    reason: str
    at: int
    seen: int | None


class UserList(Struct, frozen=True):
    """Everybody."""

    items: list[UserView]


class Quarantine(Struct, frozen=True):
    """The latest quarantined events, newest first."""

    items: list[Quarantined]


class Desk:
    """What an operator can ask."""

    def __init__(self, context: ApiContext) -> None:
        """Act on the zone of `context`."""
        self._context = context

    async def status(self, _request: web.Request) -> web.Response:
        """Return the state of the zone."""
        return json_response(await self._context.status())

    async def health(self, _request: web.Request) -> web.Response:
        """Return that the store answers."""
        await self._context.store.read(lambda db: db.execute("SELECT 1").fetchone())
        return json_response({"status": "ok"})

    async def users(self, _request: web.Request) -> web.Response:
        """Return everybody."""
        return json_response(UserList(self._context.store.directory.users()))

    async def create_user(self, request: web.Request) -> web.Response:
        """Admit somebody."""
        wanted = read_body(await request.read(), NewUser)

        def work(writing: Writing) -> UserView:
            user = writing.mint(USER, writing.now)
            said = msgspec.structs.asdict(wanted)
            said["tenant"] = wanted.tenant or self._context.settings.tenant
            return self._profile(writing, ProfileSet(user, **said))

        return json_response(await self._context.store.write(work), 201)

    async def change_user(self, request: web.Request) -> web.Response:
        """Change who somebody is; without zones they can act nowhere."""
        user = request.match_info["user"]
        wanted = read_body(await request.read(), UserChange)
        directory = self._context.store.directory
        if not is_id(USER, user) or directory.user(user) is None:
            raise Refused(Reason.NOT_FOUND)
        profile = ProfileSet(user, **msgspec.structs.asdict(wanted))
        return json_response(
            await self._context.store.write(lambda writing: self._profile(writing, profile))
        )

    def _profile(self, writing: Writing, profile: ProfileSet) -> UserView:
        settings = self._context.settings
        operator = Author(profile.user, settings.tenant, KEEPER, "operator")
        directory, limit = self._context.store.directory, settings.limits.outbox_events
        actor = Actor(writing, directory, operator, limit)
        people.admit(actor, profile)
        return people.made_view(actor, profile.user, UserView)

    async def quarantine(self, _request: web.Request) -> web.Response:
        """Return what was quarantined, whether seen or not."""
        rows = await self._context.store.read(
            lambda db: db.execute(
                "SELECT id, kind, reason, at, seen FROM quarantine ORDER BY at DESC LIMIT 200"
            ).fetchall()
        )
        return json_response(Quarantine([Quarantined(*row) for row in rows]))

    async def see_quarantine(self, _request: web.Request) -> web.Response:
        """Note that an operator has seen what was quarantined, and return what was new of it.

        At most 200 at a time, the oldest first; each stays on the list.  Nothing is applied.
        """

        def work(writing: Writing) -> list[Quarantined]:
            rows = writing.db.execute(
                "SELECT id, kind, reason, at, ? FROM quarantine WHERE seen IS NULL"
                " ORDER BY at, id LIMIT 200",
                (writing.now,),
            ).fetchall()
            writing.db.executemany(
                "UPDATE quarantine SET seen = ? WHERE id = ?",
                [(writing.now, row[0]) for row in rows],
            )
            return [Quarantined(*row) for row in rows]

        return json_response(Quarantine(await self._context.store.write(work)))


def build(context: ApiContext, frontends: Frontends, door: SocketDoor) -> web.Application:
    """Return the application that `sekisho` talks to."""
    app, desk = web.Application(middlewares=[_gate(door)]), Desk(context)
    table: list[tuple[str, str, Handler]] = [
        ("GET", "/v1/status", desk.status),
        ("GET", "/v1/healthz", desk.health),
        ("GET", "/v1/users", desk.users),
        ("POST", "/v1/users", desk.create_user),
        ("PATCH", "/v1/users/{user}", desk.change_user),
        ("GET", "/v1/quarantine", desk.quarantine),
        ("POST", "/v1/quarantine/seen", desk.see_quarantine),
        ("GET", "/v1/usage", partial(get_usage, context)),
        *AuditDesk(context).table(),
        *ReconcileDesk(context).table(),
        *FrontendDesk(context, frontends).table(),
        *WebhookDesk(context).table(),
        *StaffDesk(context).table(),
        *ActsDesk(context).table(),
    ]
    for method, path, handler in table:
        app.router.add_route(method, path, handler)
    return app


def _gate(door: SocketDoor) -> Middleware:
    @web.middleware
    async def pass_gate(request: web.Request, handler: Handler) -> web.StreamResponse:
        door.greet(request.transport)
        try:
            demand_no_browser(request)
            return await handler(request)
        except TROUBLES as trouble:
            return answer_trouble(request, trouble)

    return pass_gate
