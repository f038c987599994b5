"""What left this zone, or is to leave: a row for each event, and what became of it.

The event is the act that answers name; `about` is the thing that it changed, and has a row for
each change:

    act      about                       said
    ───────  ──────────────────────────  ─────────────────────────────────────────
    ms_…                                 a message, which is in its own table
    nt_…                                 the event that made the note
    ac_…     ms_…                        a new wording, a withdrawal
    ac_…     ms_…:reaction:👍:us_…       a reaction; likewise pins, members, answers
    ac_…     rm_…, us_…, og_…, tn_…      what a room looks like, who somebody is

Every function runs inside a transaction or a read of `zone.store.store`.
"""

import sqlite3
from collections.abc import Iterable
from typing import Any, Final, Literal, NamedTuple, assert_never

import msgspec

from wire.answers import part_of
from wire.bodies import (
    AnswerSet,
    EventRefuse,
    FileReady,
    ItemPut,
    ItemRemove,
    MemberSet,
    MessageEdit,
    MessagePin,
    MessagePost,
    MessageWithdraw,
    OrgPut,
    ProfileSet,
    ReactionSet,
    ReadSet,
    RelayNotice,
    RoomPurge,
    RoomPut,
    TenantLink,
    TenantPut,
)
from wire.consents import ConsentGive
from wire.digests import CopyDigest
from wire.events import Event
from wire.lane import Zone
from wire.merge import LINK, MEMBER, PIN, REACTION, field_name, registers_of
from zone.copy import registers
from zone.copy.change_views import Delivery
from zone.copy.hold_words import hold_of
from zone.copy.side import Side
from zone.copy.views import DeliveryView

# What is neither taken back nor sent again: a position only goes forward, and says itself again.
_UNSAID: Final = MessagePost | ReadSet | EventRefuse | CopyDigest | ConsentGive
_COLUMNS: Final = (
    "seq, event, room, author, verdict, reason, removed, rule, until, desk, about, said, follow"
)
_SETTLED: Final = ("delivered", "altered")
# In one transaction, for which others wait.
_AT_ONCE: Final = 500
_LAST: Final = 2**63 - 1
# Few are open, whoever did them: the index has these.
_BY: Final = {"author": "author", "frontend": "json_extract(said, '$.author.frontend')"}
# As the index has it: what has not arrived.
ON_WAY: Final = "follow IS NULL AND (verdict IS NULL OR verdict IN ('held', 'refused'))"


class Row(NamedTuple):
    """A row of the table `delivery`: an event that leaves, or has left."""

    seq: int
    event: str
    room: str | None
    author: str
    verdict: Delivery | None
    reason: str | None
    removed: str  # JSON
    rule: str | None
    until: int | None
    desk: str | None
    about: str | None
    said: bytes | None
    follow: str | None

    @property
    def is_settled(self) -> bool:
        """Whether it has arrived."""
        return self.verdict in _SETTLED


def about(event: Event) -> str | None:
    """Return what an event changes, or None where that is the event itself, or nothing."""
    body, uid = event.body, event.author.uid
    match body:
        case MessagePost() | ReadSet() | EventRefuse() | CopyDigest() | ConsentGive():
            return None
        case FileReady() | RelayNotice():
            return None
        case MessageEdit(message) | MessageWithdraw(message):
            return message
        case ReactionSet(message, mark):
            return field_name(message, REACTION, mark, uid)
        case MessagePin(message):
            return field_name(message, PIN)
        case MemberSet(user):
            return field_name(event.room or "", MEMBER, user)
        case RoomPut() | RoomPurge():
            return event.room
        case ProfileSet(name) | TenantPut(name) | OrgPut(name):
            return name
        case TenantLink(tenant, other):
            return field_name(tenant, LINK, other)
        case ItemPut(item=item) | ItemRemove(item):
            return item
        case AnswerSet(item, answer):
            return field_name(item, part_of(answer), uid)
        case other:
            assert_never(other)


def row_of(event: Event, kept: bytes) -> tuple[str, str | None, str, str | None, bytes | None]:
    """Return what the table keeps of an event that leaves: id, room, author, about, said.

    `kept` is the event in the form in which it may be kept (`zone.copy.journal`).
    """
    said = None if isinstance(event.body, _UNSAID) else kept
    return event.id, event.room, event.author.uid, about(event), said


def read_said(said: bytes) -> Event:
    """Return the event that a row keeps."""
    return msgspec.json.decode(said, type=Event)


def acked_of(db: sqlite3.Connection, side: Side) -> int:
    """Return up to which event the relay has durably taken in what left this zone."""
    (acked,) = db.execute("SELECT acked FROM chain WHERE lane = ?", (side.leaving,)).fetchone()
    return int(acked)


def delivery_of(db: sqlite3.Connection, act: str, acked: int) -> DeliveryView:
    """Return how far an event got on its way; `local` is one that is not to leave."""
    row = find_row(db, act)
    if row is None:
        return DeliveryView(act, "local")
    return DeliveryView(act, **fate_of_row(row, acked), about=row.about)


def fate_of_row(row: Row, acked: int) -> dict[str, Any]:
    """Return what is shown of how far an event got, by field."""
    return {
        "delivery": state(row.seq, row.verdict, acked),
        "reason": row.reason,
        "rule": row.rule,
        "removed": msgspec.json.decode(row.removed, type=list[str]),
        "hold": hold_of(row.verdict, row.rule, row.until, row.desk),
    }


def state(seq: int, verdict: Delivery | None, acked: int) -> Delivery:
    """Return how far event `seq` got, where `verdict` is None as long as there is none."""
    return verdict or ("crossing" if seq <= acked else "queued")


def verdict_of(db: sqlite3.Connection, act: str) -> Delivery | None:
    """Return what the relay or the far zone made of an event, or None where nothing was said."""
    row = db.execute("SELECT verdict FROM delivery WHERE event = ?", (act,)).fetchone()
    return None if row is None else row[0]


def has_arrived(db: sqlite3.Connection, act: str) -> bool:
    """Return whether it is certain that the other zone has what was made here."""
    return verdict_of(db, act) in _SETTLED


def find_row(db: sqlite3.Connection, act: str) -> Row | None:
    """Return the row of an event that was made here to leave, or None."""
    return first_row(db, "event = ?", act)


def open_acts(
    db: sqlite3.Connection,
    by: Literal["author", "frontend"],
    name: str,
    standings: Iterable[str],
    before: int | None,
    limit: int,
) -> list[Row]:
    """Return what somebody, or a frontend, did that is held or refused, the latest first.

    `standings` says which of both; `before` is where a page ended.
    """
    marks = ",".join(f"'{each}'" for each in ("held", "refused") if each in standings)
    return rows_where(
        db,
        f"{_BY[by]} = ? AND follow IS NULL AND verdict IN ('held', 'refused')"
        f" AND verdict IN ({marks}) AND seq < ? ORDER BY seq DESC LIMIT ?",
        name,
        _LAST if before is None else before,
        limit,
    )


def follow_up(db: sqlite3.Connection, act: str, follow: str) -> None:
    """Note that a refused act was taken back (""), or the act that was sent instead."""
    db.execute("UPDATE delivery SET follow = ? WHERE event = ?", (follow, act))


def still_stands(db: sqlite3.Connection, zone: Zone, said: bytes) -> bool:
    """Return whether something that an event said is what this zone shows."""
    return any(registers.stands(db, word) for word in registers_of(read_said(said), zone))


def forget(db: sqlite3.Connection, *, before: int) -> int:
    """Forget how what was said before a time is taken back; return of how much.

    What is still on its way stays, and so do the words that would stand again.
    """
    old = db.execute(
        "UPDATE delivery SET said = NULL WHERE verdict <> 'held' AND seq IN (SELECT seq FROM ("
        "  SELECT seq, said FROM delivery WHERE said IS NOT NULL ORDER BY seq LIMIT ?)"
        " WHERE json_extract(said, '$.at') < ?)",
        (_AT_ONCE, before),
    )
    gone = db.execute(
        "DELETE FROM displaced WHERE (object, field, stamp) IN (SELECT object, field, stamp"
        " FROM displaced WHERE at < ? AND NOT EXISTS (SELECT 1 FROM delivery WHERE said IS NOT NULL"
        " AND about BETWEEN object AND object || ';') ORDER BY at LIMIT ?)",
        (before, _AT_ONCE),
    )
    return old.rowcount + gone.rowcount


def first_row(db: sqlite3.Connection, where: str, *values: object) -> Row | None:
    """Return the first row of which `where`, a constant of ours, holds; or None."""
    return next(iter(rows_where(db, where, *values)), None)


def rows_where(db: sqlite3.Connection, where: str, *values: object) -> list[Row]:
    """Return the rows of which `where`, a constant of ours, holds."""
    query = f"SELECT {_COLUMNS} FROM delivery WHERE {where}"  # noqa: S608 - constants of ours
    return [Row(*row) for row in db.execute(query, values)]
