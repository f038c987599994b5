"""Following audit logs for a collector: each record once it is published, and proven first.

What was handed over is remembered in a file: for each log the number of records and the peaks
of their tree (`wire.audit.tlog`).  So the next records are proven to follow upon these, and a
log that was rewritten or rolled back is an error instead of a feed.

    1. hash all that is new, and compare the root with the one that the log has signed
    2. hand over a bundle of records, and have it flushed
    3. remember that, durably; then the next bundle

A crash between 2 and 3 hands the bundle over again: a collector knows a record by `log` and `idx`.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import msgspec

from runtime.audit_folder import read_bundle, read_checkpoint
from runtime.audit_reader import AuditEntry, decode_record
from sekisho.audit_place import AuditLog
from wire.audit.checkpoint import open_checkpoint
from wire.audit.tiles import tile_at
from wire.audit.tlog import HASH_BYTES, TILE_WIDTH, Frontier, extend_frontier, leaf_hash
from wire.reasons import Reason, Refused

MAX_STATE_BYTES: Final = 1024 * 1024


class FollowedLog(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of one log was handed over."""

    size: int
    peaks: list[bytes]


class FollowState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file, in JSON: hashes are base64."""

    v: Literal[1] = 1
    logs: dict[str, FollowedLog] = {}


@dataclass(slots=True)
class LogFollower:
    """Reads what logs have grown by, and remembers in `state` what was handed over.

    `hand_over` takes records of one log and returns when they are flushed.
    """

    state: Path
    hand_over: Callable[[Sequence[AuditEntry]], None]
    positions: dict[str, Frontier] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.positions = read_state(self.state)

    def catch_up(self, log: AuditLog, is_over: Callable[[], bool]) -> bool:
        """Hand over what is new in a log, until `is_over`; return whether anything was.

        Raises `Refused` for a log that does not follow upon what was handed over, and for
        one of which a part is missing, which may yet come.
        """
        name = log.log.name
        here = self.positions.get(name, Frontier())
        head = open_checkpoint(read_checkpoint(log.folder), log.log).head
        if head.size < here.size:
            detail = f"{name}: {here.size} records were handed over, and {head.size} are there"
            raise Refused(Reason.ROLLBACK, detail)
        end = here
        for _, leaves in _bundles(log.folder, here.size, head.size):
            end, _ = extend_frontier(end, leaves)
        if end.head != head:
            raise Refused(Reason.AUDIT_INCONSISTENT, f"{name}: not what the log has signed")
        has_news = False
        for entries, leaves in _bundles(log.folder, here.size, head.size):
            if is_over():
                break
            after, _ = extend_frontier(here, leaves)
            self.hand_over(entries)
            here = self.positions[name] = after
            write_state(self.state, self.positions)
            has_news = True
        return has_news


def read_state(path: Path) -> dict[str, Frontier]:
    """Return what was handed over of each log, nothing if there is no file.  Raises `Refused`."""
    try:
        with path.open("rb") as file:
            untrusted = file.read(MAX_STATE_BYTES + 1)
    except FileNotFoundError:
        return {}
    try:
        state = msgspec.json.decode(untrusted, type=FollowState)
        return {name: _frontier(each) for name, each in state.logs.items()}
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
        raise Refused(Reason.MALFORMED, f"{path} is not a state of `audit follow`") from None


def write_state(path: Path, positions: dict[str, Frontier]) -> None:
    """Replace the file, whole and durably."""
    logs = {name: FollowedLog(at.size, list(at.peaks)) for name, at in positions.items()}
    draft = path.with_name(f".{path.name}.tmp")
    with draft.open("wb") as file:
        file.write(msgspec.json.encode(FollowState(logs=logs)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def _frontier(kept: FollowedLog) -> Frontier:
    if kept.size < 0 or any(len(each) != HASH_BYTES for each in kept.peaks):
        raise ValueError("no frontier")
    return Frontier(kept.size, tuple(kept.peaks))


def _bundles(folder: Path, first: int, size: int) -> Iterator[tuple[list[AuditEntry], list[bytes]]]:
    """Yield the records from `first` on, a bundle at a time, with their leaf hashes."""
    for number in range(first // TILE_WIDTH, -(-size // TILE_WIDTH)):
        tile = tile_at(0, number, size)
        skipped = max(0, first - tile.first)
        records = read_bundle(folder, tile)[skipped:]
        entries = [
            AuditEntry(index, encoded, decode_record(index, encoded))
            for index, encoded in enumerate(records, start=tile.first + skipped)
        ]
        yield entries, [leaf_hash(encoded) for encoded in records]
