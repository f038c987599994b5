"""What an operator asks of frontends: let in, listed, narrowed, given another token, shut out.

What is changed takes hold before the answer is sent: requests that are under way are asked again,
and streams whose right has ended end with the reason (`zone.api.http.open_requests`).
"""

from collections.abc import Callable
from typing import Annotated

from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import Meta, Struct, field
from msgspec.structs import replace

from wire.fields import Name
from wire.ids import FRONTEND, ORG, TENANT, USER, is_id
from wire.reasons import Reason, Refused
from zone.api.http import frontend_rows
from zone.api.http.api_request import json_response, read_body
from zone.api.http.context import ApiContext
from zone.api.http.frontend_rows import ActsFor, FrontendView, hash_of, new_token
from zone.api.http.frontend_scope import DEFAULT_SCOPES, FrontendScope
from zone.api.http.frontends import Frontends
from zone.api.resources.request_bodies import RequestQuery
from zone.store.writing import Writing

# For a month whoever has the old token may put the new one in its place.
MAX_OVERLAP_S = 31 * 24 * 3600

Uids = Annotated[list[Annotated[int, Meta(ge=0, le=2**32 - 2)]], Meta(min_length=1, max_length=100)]
Scopes = Annotated[list[FrontendScope], Meta(max_length=len(FrontendScope))]


class NewFrontend(RequestQuery, frozen=True, kw_only=True):
    """A program to let in: the Unix users it runs as, whom it may act for, and what for.

    `act_as` are people (us_…), sections with all below them (og_…) and municipalities (tn_…), or
    the word `anybody`; left out, it acts for nobody.
    """

    name: Name
    uids: Uids
    act_as: ActsFor = field(default_factory=list)
    scopes: Scopes = field(default_factory=lambda: list(DEFAULT_SCOPES))


class FrontendChange(RequestQuery, frozen=True, kw_only=True):
    """What a frontend may do from now on; fields that are left out stay."""

    name: Name | None = None
    uids: Uids | None = None
    act_as: ActsFor | None = None
    scopes: Scopes | None = None


class Rotation(RequestQuery, frozen=True, kw_only=True):
    """For how many seconds the token used so far stays valid beside the new one."""

    overlap_s: Annotated[int, Meta(ge=0, le=MAX_OVERLAP_S)] = 24 * 3600


class FrontendMade(Struct, frozen=True):
    """A frontend, and its token: shown this once."""

    id: str
    token: str


class TokenRotated(Struct, frozen=True):
    """Another token of a frontend, shown this once; `until` the one before it is valid."""

    id: str
    token: str
    until: int


class FrontendList(Struct, frozen=True):
    """All frontends, those that were revoked as well."""

    items: list[FrontendView]


class FrontendDesk:
    """What an operator can ask of frontends."""

    def __init__(self, context: ApiContext, frontends: Frontends) -> None:
        """Act on the zone of `context`."""
        self._store = context.store
        self._open_requests = context.open_requests
        self._frontends = frontends

    def table(self) -> list[tuple[str, str, Handler]]:
        """Return the routes."""
        return [
            ("GET", "/v1/frontends", self.frontends),
            ("POST", "/v1/frontends", self.create_frontend),
            ("PATCH", "/v1/frontends/{frontend}", self.change_frontend),
            ("POST", "/v1/frontends/{frontend}/rotate", self.rotate_token),
            ("DELETE", "/v1/frontends/{frontend}", self.revoke_frontend),
        ]

    async def frontends(self, _request: web.Request) -> web.Response:
        """Return all frontends, without their tokens."""
        used = self._frontends.take_used()
        if used:
            await self._store.write(lambda writing: frontend_rows.note_use(writing, used))
        return json_response(FrontendList(await self._store.read(frontend_rows.known_frontends)))

    async def create_frontend(self, request: web.Request) -> web.Response:
        """Let a program in, and return its token."""
        wanted, token = read_body(await request.read(), NewFrontend), new_token()
        _demand_named(wanted.act_as)
        view = FrontendView(
            id="",
            name=wanted.name,
            uids=wanted.uids,
            act_as=wanted.act_as,
            scopes=wanted.scopes,
            at=0,
        )
        kept = await self._store.write(
            lambda writing: frontend_rows.put_frontend(writing, view, hash_of(token))
        )
        await self._learn()
        return json_response(FrontendMade(kept.id, token), 201)

    async def change_frontend(self, request: web.Request) -> web.Response:
        """Change what a frontend may do, and end what it may not do any more."""
        wanted = read_body(await request.read(), FrontendChange)
        if wanted.act_as is not None:
            _demand_named(wanted.act_as)
        said = {
            name: value
            for name in wanted.__struct_fields__
            if (value := getattr(wanted, name)) is not None
        }

        def work(writing: Writing, view: FrontendView) -> None:
            frontend_rows.change_frontend(writing, replace(view, **said))

        return json_response(await self._change(request, work))

    async def rotate_token(self, request: web.Request) -> web.Response:
        """Give a frontend another token; the one before it is valid for a while."""
        wanted, token = read_body(await request.read() or b"{}", Rotation), new_token()
        until = 0

        def work(writing: Writing, view: FrontendView) -> None:
            nonlocal until
            until = frontend_rows.rotate_token(
                writing, view.id, hash_of(token), wanted.overlap_s * 1000
            )

        view = await self._change(request, work)
        return json_response(TokenRotated(view.id, token, until))

    async def revoke_frontend(self, request: web.Request) -> web.Response:
        """End a frontend, and all that is under way for it."""

        def work(writing: Writing, view: FrontendView) -> None:
            frontend_rows.revoke_frontend(writing, view.id)

        await self._change(request, work)
        return web.Response(status=204)

    async def _change(
        self, request: web.Request, work: Callable[[Writing, FrontendView], None]
    ) -> FrontendView:
        """Do `work` on the frontend that the path names, and return it as it is then."""
        name = request.match_info["frontend"]
        if not is_id(FRONTEND, name):
            raise Refused(Reason.NOT_FOUND)

        def transaction(writing: Writing) -> FrontendView:
            work(writing, frontend_rows.find_frontend(writing.db, name))
            return next(one for one in frontend_rows.known_frontends(writing.db) if one.id == name)

        changed = await self._store.write(transaction)
        await self._learn()
        return changed

    async def _learn(self) -> None:
        """Take in how things stand, and ask everything that is under way again."""
        views, tokens = await self._store.read(
            lambda db: (frontend_rows.known_frontends(db), frontend_rows.known_tokens(db))
        )
        self._frontends.learn(views, tokens)
        self._open_requests.ask_again()


def _demand_named(act_as: ActsFor) -> None:
    """Refuse whoever is no person, section or municipality, so that nobody is meant by mistake."""
    if act_as != "anybody" and not all(
        any(is_id(prefix, name) for prefix in (USER, ORG, TENANT)) for name in act_as
    ):
        raise Refused(Reason.INVALID, "act_as: a list of ids us_…, og_… or tn_…, or anybody")
