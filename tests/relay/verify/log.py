"""What a test reads back of a verify stage: its log, and whether all is well."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from relay.verify import store
from runtime import audit_log
from runtime.audit_reader import iter_records
from runtime.audit_verify import verify_log
from tests.relay.verify.peers import FarZone
from tests.relay.verify.place import log_verifier
from wire.reasons import Reason

Leaf = dict[str, Any]


def all_leaves(folder: Path) -> list[Leaf]:
    """Return every record of the log."""
    with closing(sqlite3.connect(folder / "verify.db")) as db:
        records = audit_log.read(db, 0, audit_log.head(db).size)
    return [msgspec.json.decode(record) for record in records]


def leaves(folder: Path) -> list[Leaf]:
    """Return the records of what the lane did; starts and stops are for `all_leaves`."""
    return [leaf for leaf in all_leaves(folder) if not leaf["ev"].startswith("stage.")]


def published(folder: Path) -> int:
    """Return how many of `leaves` are published, once all records are verified."""
    size = verify_log(folder / "log", log_verifier()).head.size
    records = (msgspec.json.decode(record) for _, record in iter_records(folder / "log", size))
    return sum(not leaf["ev"].startswith("stage.") for leaf in records)


def halted(folder: Path) -> Reason | None:
    """Return why the lane is halted, if it is."""
    with closing(sqlite3.connect(folder / "verify.db")) as db:
        return store.lane_position(db).halted


def demand_a_leaf_for_each_release(folder: Path, far: FarZone) -> None:
    """Demand what an auditor would: exactly one record for each event, which names its payload."""
    released = [leaf for leaf in leaves(folder) if leaf["ev"] == "event.released"]
    by_place = {leaf["out_seq"]: leaf for leaf in released}
    assert len(by_place) == len(released)
    for envelope in far.envelopes:
        for seq, event in enumerate(envelope.payload.events, start=envelope.payload.head.seq):
            leaf = by_place[seq]
            assert event.release is not None
            assert leaf["idx"] == event.release.leaf
            assert leaf.get("notice", leaf["id"]) == event.id
            assert leaf["out_sha256"] == envelope.sha256
            assert leaf["in_sha256"] == event.release.source_sha256


def words(found: Sequence[Leaf]) -> list[tuple[str, str | None]]:
    """Return what happened and why."""
    return [(leaf["ev"], leaf.get("reason")) for leaf in found]
