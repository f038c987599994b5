"""Releases whose leaf this zone has not seen yet: each has so long to appear in the followed log.

    taken in ──▶ awaits its leaves ──▶ a proven tree holds a record of this very release ──▶ gone
                        │                                                ▲
                        └─ nothing within `[log] confirm_s` ──▶ taken back ── its leaf comes late

A leaf is of a release if it stands at the index that the release cites, and its record names the
event, its number and payload in the release chain, the decision, the source and the policy.  What
an event did here is undone in `zone.link.taking_back`.  A row is a payload; every function but
`watch` runs inside a transaction.
"""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
import structlog
from msgspec import Struct

from wire import payload as payloads
from wire.bodies import FileReady
from wire.envelope import Envelope
from wire.events import Event
from wire.reasons import Reason, Unavailable
from zone.copy import journal
from zone.link import belief, taking_back
from zone.link.log_follower import GrownLog, ReleaseRecord
from zone.store.store import ZoneStore
from zone.store.writing import Writing

# Payloads taken back in one transaction.
AT_ONCE: Final = 16
LOOK_S: Final = 1.0

logger = structlog.get_logger()


class _Awaited(Struct, frozen=True, array_like=True, gc=False):
    """An event whose leaf is awaited.  `is_new` is whether this release is what brought it."""

    leaf: int
    seq: int
    event: str
    decision: str
    source: str
    is_new: bool


class UnrecordedReleases(NamedTuple):
    """How many events await their leaf, since when at most, and how many are taken back."""

    waiting: int
    since: int | None
    taken_back: int


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[_Awaited]).decode


def is_news(writing: Writing, event: Event) -> bool:
    """Return whether an event of the far zone, not applied yet, was not known here before."""
    if isinstance(event.body, FileReady):
        row = writing.db.execute(
            "SELECT state IN ('cleaning', 'held') FROM file WHERE fid = ?", (event.body.file,)
        ).fetchone()
        return row is None or bool(row[0])
    if event.hlc > writing.clock.heard:
        return True
    return journal.is_heard(writing.db, event, writing.side.far) is None


def await_leaves(writing: Writing, envelope: Envelope, are_new: Sequence[bool]) -> None:
    """Note that the events of an envelope, taken in just now, are still to be seen on record."""
    head, events = envelope.payload.head, envelope.payload.events
    awaited = [
        _Awaited(
            event.release.leaf,
            seq,
            event.id,
            event.release.decision,
            event.release.source_sha256,
            is_new,
        )
        for seq, (event, is_new) in enumerate(zip(events, are_new, strict=True), start=head.seq)
        if event.release is not None
    ]
    leaves = [each.leaf for each in awaited]
    policy = head.authority.policy_sha256 if head.authority is not None else ""
    writing.db.execute(
        "INSERT INTO unrecorded (at, first_leaf, last_leaf, sha256, policy_sha256, number, awaited,"
        " payload, taken_back) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",
        (
            *(writing.now, min(leaves), max(leaves), envelope.sha256, policy, len(awaited)),
            *(_encode(awaited), envelope.encoded),
        ),
    )


def confirm(writing: Writing, before: int, grown: GrownLog) -> None:
    """Take in that the log has grown from `before` leaves: what is on record awaits nothing."""
    db = writing.db
    rows = db.execute(
        "SELECT n, sha256, policy_sha256, awaited, taken_back FROM unrecorded"
        " WHERE last_leaf >= ? AND first_leaf < ?",
        (before, grown.frontier.size),
    ).fetchall()
    for n, sha256, policy, encoded, is_taken_back in rows:
        awaited = _decode(encoded)
        found = [each for each in awaited if _is_of(grown.records, each, sha256, policy)]
        if not found:
            continue
        if is_taken_back:
            _put_back(writing, n, found)
        if len(found) == len(awaited):
            db.execute("DELETE FROM unrecorded WHERE n = ?", (n,))
        else:
            left = [each for each in awaited if each not in found]
            db.execute(
                "UPDATE unrecorded SET awaited = ?, number = ? WHERE n = ?",
                (_encode(left), len(left), n),
            )


def _is_of(
    records: Mapping[int, ReleaseRecord], awaited: _Awaited, sha256: str, policy: str
) -> bool:
    """Return whether the leaf that a release cites is the record of it."""
    record = records.get(awaited.leaf)
    return record is not None and (
        record.event,
        record.out_seq,
        record.out_sha256,
        record.decision,
        record.in_sha256,
        record.policy_sha256,
    ) == (awaited.event, awaited.seq, sha256, awaited.decision, awaited.source, policy)


def take_back_overdue(writing: Writing, before: int) -> bool:
    """Take out of sight what was taken in before a time and is not on record.

    Returns whether there may be more.
    """
    rows = writing.db.execute(
        "SELECT n, awaited FROM unrecorded WHERE taken_back = 0 AND at < ? ORDER BY n DESC LIMIT ?",
        (before, AT_ONCE),
    ).fetchall()
    for n, encoded in rows:
        awaited = _decode(encoded)
        for each, event in reversed(_events(writing.db, n, awaited)):
            is_out = each.is_new and taking_back.take_back(writing, event)
            known = {"id": event.id, "kind": event.kind, "leaf": each.leaf}
            logger.critical("release.unrecorded", **known, taken_back=is_out)
            belief.quarantine(writing, event, Reason.NO_RECORD)
        writing.db.execute("UPDATE unrecorded SET taken_back = 1 WHERE n = ?", (n,))
    return len(rows) == AT_ONCE


def _put_back(writing: Writing, n: int, found: Sequence[_Awaited]) -> None:
    for each, event in _events(writing.db, n, found):
        if each.is_new:
            taking_back.put_back(writing, event)
        belief.release(writing, event)
        logger.warning("release.recorded_late", id=event.id, kind=event.kind, leaf=each.leaf)


def _events(
    db: sqlite3.Connection, n: int, awaited: Sequence[_Awaited]
) -> list[tuple[_Awaited, Event]]:
    (encoded,) = db.execute("SELECT payload FROM unrecorded WHERE n = ?", (n,)).fetchone()
    payload = payloads.decode(encoded)
    return [(each, payload.events[each.seq - payload.head.seq]) for each in awaited]


def standing(db: sqlite3.Connection) -> UnrecordedReleases:
    """Return how much awaits its leaf."""
    waiting, since, taken_back = db.execute(
        "SELECT coalesce(sum(number) FILTER (WHERE taken_back = 0), 0),"
        " min(at) FILTER (WHERE taken_back = 0),"
        " coalesce(sum(number) FILTER (WHERE taken_back = 1), 0) FROM unrecorded"
    ).fetchone()
    return UnrecordedReleases(waiting, since, taken_back)


async def watch(store: ZoneStore, confirm_s: int) -> None:
    """Take out of sight what is not on record within `confirm_s`, for ever.

    A zone that was away for longer first gives the relay that time: while it was away, no leaf
    could come.
    """
    started = store.now()
    while True:
        await asyncio.sleep(LOOK_S)
        before = store.now() - confirm_s * 1_000
        if before < started:
            continue
        try:
            while await _take_back_some(store, before):
                pass
        except Unavailable:  # the disk is full: what is seen stays until it is not
            continue


async def _take_back_some(store: ZoneStore, before: int) -> bool:
    if not await store.read(lambda db: _is_overdue(db, before)):
        return False
    return await store.write(lambda writing: take_back_overdue(writing, before))


def _is_overdue(db: sqlite3.Connection, before: int) -> bool:
    query = "SELECT 1 FROM unrecorded WHERE taken_back = 0 AND at < ? LIMIT 1"
    return db.execute(query, (before,)).fetchone() is not None
