"""What somebody has changed, and what may be done about a change that the other side refused.

refused ──▶ taken back           `zone.conversation.recalls`
        ──▶ corrected, and said again as another act     `zone.conversation.resending`
"""

import sqlite3
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from wire.bodies import MessagePost
from wire.events import Event
from wire.ids import MESSAGE
from wire.lane import Zone
from wire.reasons import Reason, Refused
from zone.conversation.actor import Actor
from zone.copy import deliveries, registers
from zone.copy.change_views import Delivery, HoldView
from zone.copy.deliveries import Row
from zone.copy.messages import more_of
from zone.copy.side import Side

Outcome = Literal["open", "overtaken", "withdrawn", "resent"]


class ActView(Struct, frozen=True, kw_only=True):
    """Something that was done, and how far it got.

    `kind` is that of the event, null of what arrived long ago.  `about` is what it changed, where
    that is not itself.  `outcome` is what became of one that was refused: `overtaken` by a later
    change, or `resent` as another act.
    """

    id: str
    kind: str | None
    room: str | None
    about: str | None
    by: str
    delivery: Delivery
    reason: str | None = None
    rule: str | None = None
    removed: list[str] = []
    hold: HoldView | None = None
    outcome: Outcome = "open"
    resent_as: str | None = None


class ActsPage(Struct, frozen=True):
    """Part of what one has done that is held or was refused, the latest first."""

    items: list[ActView]
    next: str | None


def find_act(db: sqlite3.Connection, side: Side, uid: str, act: str) -> ActView:
    """Return something that somebody has done, or raise `Refused` (NOT_FOUND)."""
    return act_view(db, side, own_row(db, uid, act))


def list_acts(
    db: sqlite3.Connection,
    side: Side,
    uid: str,
    standings: Sequence[str],
    *,
    before: int | None,
    limit: int,
) -> ActsPage:
    """Return what somebody has done that is held or was refused, and needs something done."""
    span = (before, limit)
    return _page(db, side, deliveries.open_acts(db, "author", uid, standings, *span), limit)


def list_acts_through(
    db: sqlite3.Connection,
    side: Side,
    frontend: str,
    standings: Sequence[str],
    *,
    before: int | None,
    limit: int,
) -> ActsPage:
    """Return what was done through a frontend, whoever did it, and needs something done."""
    span = (before, limit)
    return _page(db, side, deliveries.open_acts(db, "frontend", frontend, standings, *span), limit)


def _page(db: sqlite3.Connection, side: Side, rows: Sequence[Row], limit: int) -> ActsPage:
    found = [view for row in rows if (view := act_view(db, side, row)).outcome == "open"]
    return ActsPage(found, str(rows[-1].seq) if len(rows) == limit else None)


def own_row(db: sqlite3.Connection, uid: str, act: str) -> Row:
    """Return the row of something that somebody did, or raise `Refused` (NOT_FOUND)."""
    row = deliveries.find_row(db, act)
    if row is None or row.author != uid:
        raise Refused(Reason.NOT_FOUND)
    return row


def act_view(db: sqlite3.Connection, side: Side, row: Row) -> ActView:
    """Return what is shown of something that was done."""
    said = None if row.said is None else deliveries.read_said(row.said)
    kind = said.kind if said else "message.post" if row.event.startswith(MESSAGE) else None
    return ActView(
        id=row.event,
        kind=kind,
        room=row.room,
        about=row.about,
        by=row.author,
        **deliveries.fate_of_row(row, deliveries.acked_of(db, side)),
        outcome=_outcome(db, side.zone, row),
        resent_as=row.follow or None,
    )


def _outcome(db: sqlite3.Connection, zone: Zone, row: Row) -> Outcome:
    if row.follow is not None:
        return "resent" if row.follow else "withdrawn"
    gone = registers.words(db, row.event, (registers.WITHDRAWN, registers.REMOVED))
    if gone and row.verdict == "refused":
        return "withdrawn"
    if row.said is None:  # a message, or something so long ago that it stays as it is
        return "open" if row.about is None else "overtaken"
    stands = deliveries.still_stands(db, zone, row.said)
    return "open" if stands else "overtaken"


def demand_refused(row: Row) -> None:
    """Raise `Refused` (CONFLICT) for what was not refused."""
    if row.verdict != "refused":
        raise Refused(Reason.CONFLICT, "it was not refused")


def event_of(actor: Actor, row: Row) -> Event:
    """Return what was done, of which a message is in a table of its own."""
    if row.said is not None:
        return deliveries.read_said(row.said)
    found = actor.writing.db.execute(
        "SELECT room, at, text, reply_to, thread, more FROM message WHERE id = ?", (row.event,)
    ).fetchone()
    if found is None:
        raise Refused(Reason.CONFLICT, "it is too long ago, or was deleted")
    room, at, text, reply_to, thread, more = found
    body = MessagePost(text or "", reply_to, thread, **(more_of(more) if more else {}))
    return Event(row.event, 0, at, room, actor.who, body)
