"""One request, once it is known who sent it: its parts, and its answer.

Reads its body within time and bounds, decodes it strictly, runs use cases, and
answers a question that was asked before as it was answered then.
"""

import asyncio
import functools
from collections.abc import Callable, Hashable, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar, cast

import msgspec
from aiohttp import web
from msgspec import Struct

from wire.events import Author
from wire.ids import is_id
from wire.reasons import Reason, Refused
from zone.api.http import kept_responses
from zone.api.http.context import ApiContext
from zone.api.http.entitlement import Entitlement
from zone.api.http.frontend_scope import FrontendScope
from zone.api.http.frontends import Frontend
from zone.api.http.kept_responses import KeptResponse, KeyedRequest
from zone.api.http.open_requests import Objection, OpenRequest
from zone.api.http.problems import FieldFault, Invalid
from zone.conversation.actor import Actor
from zone.copy.changes import View, with_change, with_changes
from zone.store.writing import Writing

T = TypeVar("T")

# A body that trickles in.  A phone behind a frontend is the frontend's to wait for.
BODY_TIMEOUT_S = 10.0

_JSON = {"Content-Type": "application/json"}
_REPLAYED = {"Content-Type": "application/json", "Idempotency-Replayed": "true"}
encode = msgspec.json.Encoder().encode


class _Made(Struct):
    """The member of an answer that names what was made."""

    id: str


_decode_made = msgspec.json.Decoder(_Made).decode


class ApiRequest:
    """A request of a frontend, on behalf of a user where there is one."""

    __slots__ = ("context", "entitlement", "http", "who")

    def __init__(self, request: web.Request, context: ApiContext, entitlement: Entitlement) -> None:
        """`entitlement` is what the request rests on."""
        self.http = request
        self.context = context
        self.entitlement = entitlement
        self.who: Author = entitlement.who

    @property
    def frontend(self) -> Frontend:
        """The frontend that asks."""
        return self.entitlement.frontend

    def demand(self, scope: FrontendScope | None = None) -> None:
        """Refuse a request whose right has ended, or whose frontend lacks `scope`."""
        self.entitlement.scope = scope or self.entitlement.scope
        if (found := self.entitlement.objection(self.context.clock())) is not None:
            raise found

    def while_entitled(
        self,
        *,
        also: Objection = lambda: None,
        on_end: Callable[[], None] = lambda: None,
    ) -> AbstractContextManager[OpenRequest]:
        """Serve data for as long as the request's right lasts, and there is no objection `also`."""

        def objection() -> Refused | None:
            return self.entitlement.end(self.context.clock()) or also()

        return self.context.open_requests.while_entitled(objection, on_end)

    def id(self, prefix: str, name: str) -> str:
        """Return an id from the path; what cannot be one is not found."""
        untrusted = self.http.match_info[name]
        if not is_id(prefix, untrusted):
            raise Refused(Reason.NOT_FOUND)
        return untrusted

    def query(self, form: type[T]) -> T:
        """Return the query, or raise `Invalid`."""
        try:
            return msgspec.convert(dict(self.http.query), form, strict=False)
        except msgspec.ValidationError as trouble:
            raise invalid_body(trouble) from None

    async def body(self) -> bytes:
        """Return the body.  Raises `Refused` if it does not come in time."""
        content = self.http.content
        if content.is_eof():
            return await self.http.read()
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                return await self.http.read()
        except TimeoutError:
            raise Refused(Reason.TOO_SLOW, "the body did not end in time") from None

    async def body_as(self, body: type[T]) -> T:
        """Return the body as a `body`, or raise `Invalid`."""
        return read_body(await self.body(), body)

    def sees(self, room: str, at: int) -> bool:
        """Return whether what was said in a room at that time is for the asker."""
        directory, now = self.context.store.directory, self.context.clock()
        return directory.sees_said(self.who.uid, room, at, now=now)

    async def with_change(self, view: View) -> View:
        """Return a view of a room, somebody, a municipality or a section with its latest change."""
        side = self.context.side
        return await self.context.store.read(lambda db: with_change(db, side, view))

    async def with_changes(self, views: Sequence[View]) -> list[View]:
        """Return views of such things, each with its latest change that has not arrived."""
        side = self.context.side
        return await self.context.store.read(lambda db: with_changes(db, side, views))

    def actor(self, writing: Writing, client_key: str | None = None) -> Actor:
        """Return the asker in a transaction, if they still may ask: a body can take its time."""
        self.demand()
        context = self.context
        limit = context.settings.limits.outbox_events
        return Actor(writing, context.store.directory, self.who, limit, client_key)

    async def write(self, work: Callable[[Actor], object]) -> web.Response:
        """Do what may be done twice without harm, and answer 200 with what it returns."""
        result = await self.context.store.write(lambda writing: work(self.actor(writing)))
        return json_response(result)

    async def write_once(
        self, work: Callable[[Actor], object], *, status: int, question: bytes, place: str = ""
    ) -> web.Response:
        """Do something under the request's Idempotency-Key, if it has one, and answer.

        What was made is found under its id at `place`: the answer says so (RFC 9110, Location).
        """
        key = self.http.headers.get("Idempotency-Key")
        given_before = None
        if key is not None:
            asker = f"{self.frontend.id} {self.who.uid} {self.http.path}"
            given_before = kept_responses.asked(asker, key, question)

        def once(writing: Writing) -> KeptResponse:
            return _once(writing, given_before, status, lambda: work(self.actor(writing, key)))

        done = await self.context.store.write(once)
        headers = _REPLAYED if done.is_replayed else _JSON
        if place:
            headers = headers | {"Location": f"{place}/{_decode_made(done.body).id}"}
        return web.Response(body=done.body, status=done.status, headers=headers)


def _once(
    writing: Writing, asked: KeyedRequest | None, status: int, work: Callable[[], object]
) -> KeptResponse:
    before = kept_responses.given(writing.db, asked) if asked else None
    if before is not None:
        return before
    made = KeptResponse(status, encode(work()))
    if asked is not None:
        kept_responses.keep(writing.db, asked, made, at=writing.now)
    return made


def json_response(view: object, status: int = 200) -> web.Response:
    """Return `view` as JSON."""
    return web.Response(body=encode(view), status=status, headers=_JSON)


@functools.cache
def _decoder(form: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(form)


def read_body(untrusted: bytes, form: type[T]) -> T:
    """Return the JSON in `untrusted` as `form`, or raise `Invalid`."""
    try:
        read: T = _decoder(cast(Hashable, form)).decode(untrusted)
    except msgspec.ValidationError as trouble:
        raise invalid_body(trouble) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused(Reason.MALFORMED, "the body is not JSON (RFC 8259, in UTF-8)") from None
    # A NUL would make the relay refuse everything that crosses with it.  The escape
    # may also be a backslash that somebody typed, so look at what was read.
    if rb"\u0000" in untrusted and "\0" in _texts(read):
        raise Refused(Reason.INVALID, "a NUL character")
    return read


def _texts(value: object) -> str:
    """Return all text in a form, in one."""
    match msgspec.to_builtins(value):
        case str(text):
            return text
        case dict() as members:
            return "".join(_texts(member) for member in members.values())
        case list() as members:
            return "".join(_texts(member) for member in members)
        case _:
            return ""


def invalid_body(trouble: msgspec.ValidationError) -> Invalid:
    """Say where a form is not as it must be, as a JSON pointer (RFC 6901)."""
    what, _, path = str(trouble).partition(" - at `$")
    pointer = path.rstrip("`").replace("[", "/").replace("]", "").replace(".", "/")
    return Invalid(Reason.INVALID, what, [FieldFault(pointer, Reason.INVALID.value)])
