"""What operators have said themselves: how far it got, taken back or sent again where refused.

Municipalities, sections, links, people, lists of staff, holds and deletions: whatever the admin
socket and the daemon say in nobody's name is one author's, whoever sits at the desk.
"""

import sqlite3

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from wire.events import Event
from wire.ids import ACT, is_id
from wire.reasons import Reason, Refused
from zone.api.http.api_request import invalid_body, json_response, read_body
from zone.api.http.context import ApiContext
from zone.api.resources.acts import ActsQuery, before_of, standings_of
from zone.conversation.actor import Actor
from zone.conversation.acts import act_view, list_acts_through
from zone.conversation.recalls import withdraw_act
from zone.conversation.resending import Correction, resend_act
from zone.conversation.retention import KEEPER
from zone.copy import deliveries
from zone.store.writing import Writing


class ActsDesk:
    """What an operator can ask of what operators did."""

    def __init__(self, context: ApiContext) -> None:
        """Act on the zone of `context`."""
        self._context = context

    def table(self) -> list[tuple[str, str, Handler]]:
        """Return the routes."""
        return [
            ("GET", "/v1/acts", self.acts),
            ("GET", "/v1/acts/{act}", self.act),
            ("POST", "/v1/acts/{act}/withdraw", self.withdraw),
            ("POST", "/v1/acts/{act}/resend", self.resend),
        ]

    async def acts(self, request: web.Request) -> web.Response:
        """Return what operators did that is held or was refused, the latest first."""
        try:
            query = msgspec.convert(dict(request.query), ActsQuery, strict=False)
        except msgspec.ValidationError as trouble:
            raise invalid_body(trouble) from None
        side, standings = self._context.side, standings_of(query)
        found = await self._context.store.read(
            lambda db: list_acts_through(
                db, side, KEEPER, standings, before=before_of(query), limit=query.limit
            )
        )
        return json_response(found)

    async def act(self, request: web.Request) -> web.Response:
        """Return something that an operator did, and how far it got."""
        act, side = _act(request), self._context.side
        return json_response(
            await self._context.store.read(lambda db: act_view(db, side, _own(db, act)))
        )

    async def withdraw(self, request: web.Request) -> web.Response:
        """Take back what was refused: this zone shows again what both last knew."""
        act, hours = _act(request), self._context.settings.limits.withdraw_hours
        return json_response(
            await self._context.store.write(
                lambda writing: withdraw_act(self._actor(writing, act), act, hours=hours)
            )
        )

    async def resend(self, request: web.Request) -> web.Response:
        """Say once more what was refused, corrected if it is to be."""
        act, better = _act(request), read_body(await request.read() or b"{}", Correction)
        return json_response(
            await self._context.store.write(
                lambda writing: resend_act(self._actor(writing, act), act, better)
            ),
            202,
        )

    def _actor(self, writing: Writing, act: str) -> Actor:
        """Return the operator as whom it was done: of that municipality, under that name."""
        who = _event_of(_own(writing.db, act)).author
        limit = self._context.settings.limits.outbox_events
        return Actor(writing, self._context.store.directory, who, limit)


def _act(request: web.Request) -> str:
    act = request.match_info["act"]
    if not is_id(ACT, act):
        raise Refused(Reason.NOT_FOUND)
    return act


def _event_of(row: deliveries.Row) -> Event:
    return deliveries.read_said(row.said or b"")


def _own(db: sqlite3.Connection, act: str) -> deliveries.Row:
    """Return the row of what an operator did: what people did is not for this desk."""
    row = deliveries.find_row(db, act)
    if row is None or row.said is None or _event_of(row).author.frontend != KEEPER:
        raise Refused(Reason.NOT_FOUND)
    return row
