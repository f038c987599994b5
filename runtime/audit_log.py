"""The audit log in a lane's store: leaves are written with what they record.

Every function takes a `sqlite3.Connection` and runs inside whatever transaction is open there, so
that a decision and its leaf are durable together or not at all.  The files that auditors read are
made from this later: see `runtime.audit_publish`.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from wire.audit.checkpoint import checkpoint_text
from wire.audit.note import Verifier, encode_note, open_note
from wire.audit.tiles import MAX_RECORD_BYTES
from wire.audit.tlog import (
    HASH_BYTES,
    Frontier,
    HashReader,
    TreeHead,
    consistency_proof,
    extend_frontier,
    frontier_at,
    leaf_hash,
)
from wire.reasons import Reason, Refused

# `audit_node` holds the hashes of levels 1 and up, one for every 256 leaves (`wire.audit.tlog`).
# `audit_cosignature` holds the latest of each witness.  What was logged can be neither changed nor
# deleted, not even by a mistake of ours; the proof that nobody else did it is in the hashes.
AUDIT_SCHEMA: Final = """
CREATE TABLE audit_leaf (
    idx INTEGER PRIMARY KEY,
    t INTEGER NOT NULL,
    record BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE TABLE audit_node (
    level INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (level, idx)
) STRICT, WITHOUT ROWID;
CREATE TABLE audit_frontier (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    size INTEGER NOT NULL,
    peaks BLOB NOT NULL
) STRICT;
INSERT INTO audit_frontier VALUES (1, 0, x'');
CREATE TABLE audit_cosignature (
    witness TEXT PRIMARY KEY,
    key_id BLOB NOT NULL,
    size INTEGER NOT NULL,
    line TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_leaf_stays BEFORE UPDATE ON audit_leaf
    BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;
CREATE TRIGGER audit_leaf_is_kept BEFORE DELETE ON audit_leaf
    BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;
"""


@dataclass(frozen=True, slots=True)
class Cosigned:
    """The largest tree that a witness has vouched for, and the line by which it did."""

    key_id: bytes
    head: TreeHead
    line: str


def append(db: sqlite3.Connection, records: Sequence[bytes], *, now: int) -> list[int]:
    """Append records, each a JSON object, and return their indexes.

    Raises `Refused` where one is longer than an entry bundle can say; then none is appended.
    """
    if (longest := max(map(len, records), default=0)) > MAX_RECORD_BYTES:
        raise Refused(Reason.BAD_SIZE, f"record of {longest} bytes")
    leaves = [leaf_hash(record) for record in records]
    before = _frontier(db)
    after, completed = extend_frontier(before, leaves)
    rows = zip(count(before.size), records, leaves, strict=False)
    db.executemany(
        "INSERT INTO audit_leaf VALUES (?, ?, ?, ?)",
        [(index, now, record, leaf) for index, record, leaf in rows],
    )
    if completed:
        db.executemany(
            "INSERT INTO audit_node VALUES (?, ?, ?)",
            [(each.level, each.index, each.hash) for each in completed],
        )
    db.execute("UPDATE audit_frontier SET size = ?, peaks = ?", (after.size, b"".join(after.peaks)))
    return list(range(before.size, after.size))


def head(db: sqlite3.Connection) -> TreeHead:
    return _frontier(db).head


def head_at(db: sqlite3.Connection, size: int) -> TreeHead:
    """Return the head that the log had at `size`, or raise `Refused` if it never had as many."""
    return frontier_at(hash_reader(db), size).head


def read(db: sqlite3.Connection, first: int, number: int) -> list[bytes]:
    """Return up to `number` records from index `first` on."""
    return [
        record
        for (record,) in db.execute(
            "SELECT record FROM audit_leaf WHERE idx >= ? AND idx < ? ORDER BY idx",
            (first, first + number),
        )
    ]


def leaves(db: sqlite3.Connection, first: int, number: int) -> list[tuple[bytes, bytes]]:
    """Return hash and record of up to `number` leaves from index `first` on."""
    return db.execute(
        "SELECT hash, record FROM audit_leaf WHERE idx >= ? AND idx < ? ORDER BY idx",
        (first, first + number),
    ).fetchall()


def consistency(db: sqlite3.Connection, old_size: int, new_size: int) -> list[bytes]:
    """Return the proof that the tree of `new_size` holds that of `old_size` unchanged."""
    return consistency_proof(hash_reader(db), old_size, new_size)


def hash_reader(db: sqlite3.Connection) -> HashReader:
    def read_hashes(level: int, first: int, number: int) -> list[bytes]:
        span = (first, first + number)
        if level == 0:
            rows = db.execute(
                "SELECT hash FROM audit_leaf WHERE idx >= ? AND idx < ? ORDER BY idx", span
            )
        else:
            rows = db.execute(
                "SELECT hash FROM audit_node WHERE level = ? AND idx >= ? AND idx < ? ORDER BY idx",
                (level, *span),
            )
        return [found for (found,) in rows]

    return read_hashes


def check_published(db: sqlite3.Connection, published: TreeHead) -> None:
    """Raise `Refused` unless this log holds all that was ever published of it.

    A store restored from a backup would otherwise sign a second, different history.
    """
    ours = head(db)
    if published.size > ours.size:
        raise Refused(
            Reason.ROLLBACK,
            f"the store holds {ours.size} audit records, but {published.size} were published: "
            "it is older than what auditors have seen",
        )
    if head_at(db, published.size) != published:
        raise Refused(
            Reason.AUDIT_INCONSISTENT,
            f"the first {published.size} audit records are not those that were published",
        )


def keep_cosignature(
    db: sqlite3.Connection, untrusted_line: str, *, size: int, origin: str, witness: Verifier
) -> None:
    """Keep what `witness` answered when it was shown the checkpoint of `size`.

    Raises `Refused` unless the line is its cosignature of the tree we had at that size.
    """
    text = checkpoint_text(origin, head_at(db, size))
    signed = open_note(encode_note(text, [untrusted_line]), [witness]).signatures[0]
    db.execute(
        "INSERT INTO audit_cosignature VALUES (?, ?, ?, ?) ON CONFLICT (witness) DO UPDATE"
        " SET key_id = excluded.key_id, size = excluded.size, line = excluded.line"
        " WHERE excluded.size >= audit_cosignature.size",
        (witness.name, witness.key_id, size, signed.line),
    )


def cosigned(db: sqlite3.Connection) -> list[Cosigned]:
    """Return what each witness vouched for last."""
    rows = db.execute("SELECT key_id, size, line FROM audit_cosignature ORDER BY witness")
    return [Cosigned(key_id, head_at(db, size), line) for key_id, size, line in rows.fetchall()]


def _frontier(db: sqlite3.Connection) -> Frontier:
    size, peaks = db.execute("SELECT size, peaks FROM audit_frontier").fetchone()
    cuts = range(0, len(peaks), HASH_BYTES)
    return Frontier(size, tuple(peaks[at : at + HASH_BYTES] for at in cuts))
