"""The oracle: the invariants I1 to I12, asked of all stores once the dust has settled.

It reads the stores as files, with nothing of the product running.  It knows what was
acknowledged, and believes nothing else.
"""

import itertools
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from runtime.audit_reader import iter_records
from runtime.audit_verify import check_grown, verify_log
from runtime.node import read_keyring
from tests.faults.installation import ZONES, Installation
from tests.faults.traffic import CANARY, Said
from wire.audit.note import Verifier
from wire.audit.tlog import TreeHead
from wire.keys import KeyRole
from wire.lane import Lane, Zone, log_origin

SITE = "test-city"


def violations(installation: Installation, said: Sequence[Said]) -> list[str]:
    """Return every invariant that does not hold, in words; an empty list is a pass."""
    checks = (_nothing_appears_twice, _lane_order_holds)
    found = [violation for check in checks for violation in check(installation, said)]
    return [*found, *violations_after_repair(installation, said)]


def violations_after_repair(installation: Installation, said: Sequence[Said]) -> list[str]:
    """Return what does not hold where words were lost and sent again: in their order no more."""
    checks = (
        _stores_are_whole,
        _nothing_is_lost_or_altered,
        _everything_delivered_was_allowed,
        _every_event_has_a_verdict,
        _no_receipt_ran_ahead,
        _no_original_crossed,
        _chains_agree,
        _logs_verify,
        _both_zones_agree,
        _nothing_is_left_over,
    )
    return [found for check in checks for found in check(installation, said)]


def rows(path: Path, query: str, *values: object) -> list[Any]:
    """Return what `query` finds in the store at `path`."""
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query, values).fetchall()


def _zone_rows(installation: Installation, zone: Zone, query: str, *values: object) -> list[Any]:
    return rows(installation.store(zone), query, *values)


def _other(zone: Zone) -> Zone:
    return Zone.LGWAN if zone is Zone.INTERNET else Zone.INTERNET


def _records(installation: Installation, lane: Lane) -> list[dict[str, Any]]:
    """Return the records of a lane's audit log, as published."""
    folder = installation.node(f"{lane}-verify") / "log"
    size = verify_log(folder, _log_key(installation, lane)).head.size
    return [json.loads(record) for _, record in iter_records(folder, size)]


def _log_key(installation: Installation, lane: Lane) -> Verifier:
    keyring = read_keyring(installation.node(Zone.LGWAN))
    role = KeyRole.IMPORT_AUDIT if lane is Lane.IMPORT else KeyRole.EXPORT_AUDIT
    return Verifier(log_origin(SITE, lane), keyring.public(role, now=2**50))


def _stores_are_whole(installation: Installation, _: Sequence[Said]) -> Iterator[str]:
    for path in installation.folder.rglob("*.db"):
        if rows(path, "PRAGMA integrity_check") != [("ok",)]:
            yield f"{path.name} is damaged"


def _nothing_is_lost_or_altered(installation: Installation, said: Sequence[Said]) -> Iterator[str]:
    """I1 and I12: what was acknowledged is in both zones; what is held is a placeholder."""
    for zone in ZONES:
        found = dict(_zone_rows(installation, zone, "SELECT id, text FROM message"))
        for one in said:
            if one.id not in found:
                yield f"I1 {one.id} is lost in {zone}"
            elif found[one.id] is None:
                if one.zone is zone or "1234" not in one.text:
                    yield f"I12 {one.id} has no text in {zone}"
            elif found[one.id] != one.text:
                yield f"I1 {one.id} says something else in {zone}"


def _nothing_appears_twice(installation: Installation, said: Sequence[Said]) -> Iterator[str]:
    """I2: nothing is told or released twice, and nothing is there that nobody said."""
    for zone in ZONES:
        told = Counter(
            message
            for (message,) in _zone_rows(
                installation,
                zone,
                "SELECT json_extract(body, '$.id') FROM log WHERE type = 'message.created'",
            )
        )
        yield from (f"I2 {name} was told {n} times in {zone}" for name, n in told.items() if n > 1)
        known = {one.id for one in said}
        strangers = {m for (m,) in _zone_rows(installation, zone, "SELECT id FROM message")} - known
        yield from (f"I2 {name} in {zone} was acknowledged to nobody" for name in strangers)
    for lane in Lane:
        released = Counter(
            (r.get("id"), r.get("decision"))
            for r in _records(installation, lane)
            if r["ev"] == "event.released" and r.get("kind") == "message.post"
        )
        yield from (f"I2 {key} was released {n} times" for key, n in released.items() if n > 1)


def _lane_order_holds(installation: Installation, _: Sequence[Said]) -> Iterator[str]:
    """I3: what one zone said is told in the other in the order in which it was said."""
    for zone in ZONES:
        sent = dict(_zone_rows(installation, zone, "SELECT event, seq FROM delivery"))
        told = _zone_rows(
            installation,
            _other(zone),
            "SELECT json_extract(body, '$.id') FROM log WHERE type = 'message.created' ORDER BY n",
        )
        order = [sent[m] for (m,) in told if m in sent]
        if order != sorted(order):
            yield f"I3 messages of {zone} came out of order"


def _everything_delivered_was_allowed(
    installation: Installation, _: Sequence[Said]
) -> Iterator[str]:
    """I4: for whatever stands in the far zone there is a leaf that allowed it."""
    for lane in Lane:
        allowed = {
            r.get("id")
            for r in _records(installation, lane)
            if r["ev"] == "event.released" and r.get("decision") in ("pass", "altered", "released")
        }
        texts = _zone_rows(
            installation,
            lane.target,
            "SELECT id FROM message WHERE text IS NOT NULL AND zone = ?",
            lane.source.value,
        )
        yield from (f"I4 {m} has no leaf in the {lane} log" for (m,) in texts if m not in allowed)


def _every_event_has_a_verdict(installation: Installation, _: Sequence[Said]) -> Iterator[str]:
    """I5: every event that left and every file of one has its verdict."""
    for zone in ZONES:
        waiting = _zone_rows(installation, zone, "SELECT event FROM delivery WHERE verdict IS NULL")
        yield from (f"I5 {event} of {zone} has no verdict" for (event,) in waiting)
        files = _zone_rows(
            installation,
            zone,
            """
            SELECT file.fid, file.state
              FROM file LEFT JOIN delivery ON delivery.event = file.message
             WHERE state IN ('crossing', 'arrived', 'cleaning', 'arriving')
               AND coalesce(delivery.verdict, '') <> 'held'
            """,
        )
        yield from (f"I5 file {fid} in {zone} is {state}" for fid, state in files)


def _no_receipt_ran_ahead(installation: Installation, _: Sequence[Said]) -> Iterator[str]:
    """I6: a zone was told of nothing that the relay has not durably taken in."""
    for lane in Lane:
        ((acked,),) = _zone_rows(
            installation, lane.source, "SELECT acked FROM chain WHERE lane = ?", lane.value
        )
        ((high,),) = rows(installation.store(f"{lane}-transform"), "SELECT high FROM lane")
        if acked > high:
            yield f"I6 {lane.source} was told of {acked}, the relay has {high}"


def _no_original_crossed(installation: Installation, _: Sequence[Said]) -> Iterator[str]:
    """I7: no byte of a canary is on the far side of a transform stage.

    Each zone has originals of its own: what must not be there is the other's.
    """
    for lane in Lane:
        for path in (installation.node(f"{lane}-verify")).rglob("*"):
            if path.is_file() and CANARY in path.read_bytes():
                yield f"I7 a canary is in {path.relative_to(installation.folder)}"
    for zone in ZONES:
        arrived = _zone_rows(
            installation,
            zone,
            "SELECT sha256 FROM file WHERE message IN (SELECT id FROM message WHERE zone <> ?)"
            " AND sha256 IS NOT NULL AND state IN ('clean', 'altered')",
            zone.value,
        )
        for (sha256,) in arrived:
            path = installation.node(zone) / "blobs" / sha256
            if not path.exists():
                yield f"I1 the bytes of a file that arrived are not in {zone}"
            elif CANARY in path.read_bytes():
                yield f"I7 a canary crossed to {zone}"


def _chains_agree(installation: Installation, _: Sequence[Said]) -> Iterator[str]:
    """I8: both ends of every hop stand at the same hash, and nothing is halted."""
    for lane in Lane:
        ends = "SELECT epoch, high, head FROM chain WHERE lane = ?"
        (sealed,) = _zone_rows(installation, lane.source, ends, lane.value)
        (taken,) = _zone_rows(installation, lane.target, ends, lane.value)
        transform, verify = (
            installation.store(f"{lane}-{stage}") for stage in ("transform", "verify")
        )
        for name, there, here in (
            ("source", sealed, rows(transform, "SELECT epoch, high, head FROM lane")[0]),
            ("release", taken, rows(verify, "SELECT epoch, high, head FROM lane")[0]),
        ):
            if tuple(there) != tuple(here):
                yield f"I8 {lane} {name}: {there[:2]} and {here[:2]}, or another hash"
        for store, query in (
            (transform, "SELECT halt FROM lane"),
            (verify, "SELECT halted FROM lane"),
            (installation.store(lane.source), "SELECT max(halted) FROM chain"),
            (installation.store(lane.target), "SELECT max(halted) FROM chain"),
        ):
            if rows(store, query) != [(None,)]:
                yield f"I8 {store.parent.name} of {lane} is halted: {rows(store, query)}"


def _logs_verify(installation: Installation, _: Sequence[Said]) -> Iterator[str]:
    """I9: each published log verifies and grew out of what the witnesses saw."""
    for lane, zone in itertools.product(Lane, ZONES):
        folder = installation.node(f"{lane}-verify") / "log"
        seen = _zone_rows(
            installation, zone, "SELECT size, root FROM witness WHERE lane = ?", lane.value
        )
        if not seen:
            yield f"I9 {zone} has witnessed nothing of the {lane} log"
        for size, root in seen:
            check_grown(folder, _log_key(installation, lane), TreeHead(size, root))


def _both_zones_agree(installation: Installation, _: Sequence[Said]) -> Iterator[str]:
    """I10: both copies have the same registers and the same order."""
    held = (
        "SELECT id, author, stamp FROM message WHERE text IS NOT NULL ORDER BY room, stamp",
        "SELECT object, field, value, stamp FROM register"
        " WHERE field NOT IN ('file', 'notice') ORDER BY object, field",
    )
    for query in held:
        one, other = ([*_zone_rows(installation, zone, query)] for zone in ZONES)
        if query is held[0]:
            shown = {m for (m, *_) in one} & {m for (m, *_) in other}
            one = [row for row in one if row[0] in shown]
            other = [row for row in other if row[0] in shown]
        if one != other:
            yield f"I10 the copies differ: {set(one) ^ set(other)}"


def _nothing_is_left_over(installation: Installation, _: Sequence[Said]) -> Iterator[str]:
    """I11: what was on its way is gone: no queue, no draft, no source file at the relay."""
    for lane in Lane:
        transform = installation.store(f"{lane}-transform")
        holding = {s for (s,) in rows(transform, "SELECT sha256 FROM file WHERE state = 'held'")}
        for folder in ("transform/arriving", "transform/cleaned", "verify/expected"):
            for path in (installation.folder / "relay" / lane / folder).rglob("*"):
                if path.is_file() and path.name not in holding:
                    yield f"I11 {folder}/{path.name} is left over on the {lane} lane"
        if rows(transform, "SELECT count(*) FROM span") != [(0,)]:
            yield f"I11 items of the {lane} lane are not settled"
    for zone in ZONES:
        drafts = list((installation.node(zone) / "blobs").glob(".*"))
        yield from (f"I11 {draft.name} is left over in {zone}" for draft in drafts)
