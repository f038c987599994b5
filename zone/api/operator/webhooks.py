"""Routes of webhooks, on the operator's socket: registered, listed, forgotten, tried again.

Who may register one can have anything that its user sees sent to any program of this host,
so frontends cannot.
"""

import secrets
from typing import Annotated

from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import Meta, Struct, field

from wire.fields import Id, Line, Name
from wire.ids import USER, is_id
from wire.reasons import Reason, Refused
from zone.api.http.api_request import json_response, read_body
from zone.api.http.context import ApiContext
from zone.api.resources.request_bodies import MAX_PAGE, RequestQuery
from zone.store.event_log import write_cursor
from zone.webhooks import hooks
from zone.webhooks.hooks import WEBHOOK, DeliveryLayout, Letter, Webhook

SECRET_BYTES = 32


class NewWebhook(RequestQuery, frozen=True, kw_only=True):
    """A receiver on this host: `unix:/path/to.sock`, or `http://127.0.0.1:PORT/…`.

    It is called with what `user` sees, of the types in `events` (all, if empty), and with
    `payments` also for forms that ask for money through it.  What it did not take after
    `tries`, or `hours` after it happened, is a dead letter.
    """

    name: Name
    user: Id
    url: Line
    form: DeliveryLayout = "sekisho"
    events: Annotated[list[Line], Meta(max_length=50)] = field(default_factory=list)
    payments: bool = False
    tries: Annotated[int, Meta(ge=1, le=100)] = 20
    hours: Annotated[int, Meta(ge=1, le=720)] = 24


class WebhookMade(Struct, frozen=True):
    """A webhook, and the secret with which its deliveries are signed: shown this once."""

    id: str
    secret: str


class WebhookList(Struct, frozen=True):
    """All webhooks, without their secrets."""

    items: list[Webhook]


class DeadLetter(Struct, frozen=True):
    """Something that was given up: what, when it happened, how often it was tried, and why."""

    cursor: str
    type: str
    at: int
    tries: int
    trouble: str


class DeadLetters(Struct, frozen=True):
    """What was given up, the oldest first."""

    items: list[DeadLetter]


class Requeued(Struct, frozen=True):
    """How many are tried again."""

    count: int


class WebhookDesk:
    """What an operator can ask about webhooks."""

    def __init__(self, context: ApiContext) -> None:
        """Act on the zone of `context`."""
        self._store = context.store

    def table(self) -> list[tuple[str, str, Handler]]:
        """Return what can be asked, and who answers."""
        return [
            ("GET", "/v1/webhooks", self.webhooks),
            ("POST", "/v1/webhooks", self.create_webhook),
            ("DELETE", "/v1/webhooks/{webhook}", self.remove_webhook),
            ("GET", "/v1/webhooks/{webhook}/dead", self.dead_letters),
            ("POST", "/v1/webhooks/{webhook}/requeue", self.requeue),
        ]

    async def webhooks(self, _request: web.Request) -> web.Response:
        """Return all webhooks."""
        return json_response(WebhookList(await self._store.read(hooks.known)))

    async def create_webhook(self, request: web.Request) -> web.Response:
        """Register a receiver, and return its secret."""
        form = read_body(await request.read(), NewWebhook)
        hooks.demand_local(form.url)
        if not is_id(USER, form.user) or self._store.directory.user(form.user) is None:
            raise Refused(Reason.INVALID, "user is whose events it receives: us_…")
        secret = f"whsec_{secrets.token_urlsafe(SECRET_BYTES)}"
        hook = Webhook(
            id="",
            name=form.name,
            user=form.user,
            url=form.url,
            form=form.form,
            events=form.events,
            payments=form.payments,
            tries=form.tries,
            hours=form.hours,
            at=0,
        )
        kept = await self._store.write(lambda w: hooks.put(w, hook, secret))
        self._store.has_new_webhooks.set()
        return json_response(WebhookMade(kept.id, secret), 201)

    async def remove_webhook(self, request: web.Request) -> web.Response:
        """Forget a receiver, and what it has not taken."""
        name = self._id(request)
        await self._store.write(lambda w: hooks.remove(w.db, name))
        self._store.has_new_webhooks.set()
        return web.Response(status=204)

    async def dead_letters(self, request: web.Request) -> web.Response:
        """Return what was given up for a receiver."""
        name = self._id(request)
        found = await self._store.read(lambda db: hooks.dead(db, name, MAX_PAGE))
        return json_response(DeadLetters([self._dead(letter) for letter in found]))

    def _dead(self, letter: Letter) -> DeadLetter:
        cursor = write_cursor(self._store.tag, letter.n)
        return DeadLetter(cursor, letter.type, letter.at, letter.tries, letter.trouble)

    async def requeue(self, request: web.Request) -> web.Response:
        """Have what was given up for a receiver tried again."""
        name = self._id(request)
        count = await self._store.write(lambda w: hooks.requeue(w.db, name))
        self._store.has_new_webhooks.set()
        return json_response(Requeued(count))

    def _id(self, request: web.Request) -> str:
        untrusted = request.match_info["webhook"]
        if not is_id(WEBHOOK, untrusted):
            raise Refused(Reason.NOT_FOUND)
        return untrusted
