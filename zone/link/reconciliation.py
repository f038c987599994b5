"""Where comparing the two copies stands: what is still to be done, what was found, what came of it.

Each row is a note of something to do, so that a restart goes on where the daemon died.  Every
function runs inside a transaction or a read of `zone.store.store`.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal, NamedTuple

import msgspec

from wire.digests import LAST_PLACE, CopyDigest

# Digests that wait to be compared; beyond them the other zone is asked again in the next round.
MAX_WAITING: Final = 512
# Differences that are named; of more it is only known that there are more.
MAX_NAMED: Final = 10_000

# Words that the other zone does not have, as far as is known, by their index.
OPEN: Final = (
    "delivery INDEXED BY delivery_unsettled"
    " WHERE (verdict IS NULL OR verdict IN ('held', 'refused'))"
)

What = Literal["missing-here", "missing-there", "differs"]
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(CopyDigest).decode


class Difference(NamedTuple):
    """Something of which the two copies do not say the same."""

    place: str
    object: str
    field: str | None
    what: What


def keep_digest(db: sqlite3.Connection, body: CopyDigest) -> None:
    """Keep a digest of the other zone, to be compared with ours.

    One of the whole copy takes the place of an earlier one, which says nothing more.
    """
    is_whole = is_of_all(body)
    if is_whole:
        db.execute("DELETE FROM digest WHERE whole")
    (waiting,) = db.execute("SELECT count(*) FROM digest").fetchone()
    if waiting < MAX_WAITING:
        row = (_encode(body), is_whole)
        db.execute("INSERT INTO digest (body, whole) VALUES (?, ?)", row)


def is_of_all(body: CopyDigest) -> bool:
    """Return whether a digest is of the whole copy, as one is with which a round begins."""
    return (body.form, body.after, body.spans[-1].upto) == ("ranges", "", LAST_PLACE)


def next_digest(db: sqlite3.Connection) -> tuple[int, CopyDigest] | None:
    """Return the digest that has waited longest, and its number, or None."""
    row = db.execute("SELECT n, body FROM digest ORDER BY n LIMIT 1").fetchone()
    return None if row is None else (int(row[0]), _decode(row[1]))


def forget_digest(db: sqlite3.Connection, n: int) -> None:
    """Forget a digest that was compared."""
    db.execute("DELETE FROM digest WHERE n = ?", (n,))


def note_mended(db: sqlite3.Connection, count: int = 1) -> None:
    """Count what was put right here."""
    db.execute("UPDATE reconciliation SET mended = mended + ?", (count,))


def note_sent(db: sqlite3.Connection, event: str, at: int) -> None:
    """Note which event said what our whole copy is, and when."""
    db.execute("UPDATE reconciliation SET sent = ?, sent_at = ?, asked = 0", (event, at))


def is_under_way(db: sqlite3.Connection) -> bool:
    """Return whether what our whole copy is was said, and has not reached the relay yet."""
    row = db.execute(
        "SELECT 1 FROM delivery JOIN reconciliation ON reconciliation.sent = delivery.event"
        " WHERE delivery.verdict IS NULL"
    ).fetchone()
    return row is not None


def note_compared(db: sqlite3.Connection, at: int, *, is_equal: bool) -> None:
    """Note that the whole copy was compared, and whether both are the same."""
    db.execute("UPDATE reconciliation SET compared_at = ?", (at,))
    if is_equal:
        db.execute("UPDATE reconciliation SET equal_at = ?", (at,))


def put_policy(db: sqlite3.Connection, sha256: str, *, is_leaving: bool) -> bool:
    """Note under which policy a lane releases; return whether that is another than before."""
    column = "leaving" if is_leaving else "arriving"
    changed = db.execute(
        f"UPDATE reconciliation SET {column} = ?1 WHERE {column} <> ?1",  # noqa: S608 - one of two names
        (sha256,),
    )
    return changed.rowcount > 0


def policy_leaving(db: sqlite3.Connection) -> str:
    """Return the policy under which the relay releases what leaves, as the other zone says."""
    (policy,) = db.execute("SELECT leaving FROM reconciliation").fetchone()
    return str(policy)


def wanted(db: sqlite3.Connection) -> tuple[str, bool]:
    """Return the policy under which the relay last released to us, and if a round is wanted."""
    policy, asked = db.execute("SELECT arriving, asked FROM reconciliation").fetchone()
    return str(policy), bool(asked)


def ask(db: sqlite3.Connection) -> None:
    """Note that an operator wants both copies compared now."""
    db.execute("UPDATE reconciliation SET asked = 1")


# What is sent again.


class RefusedWord(NamedTuple):
    """A word that was refused: its number on the lane, its place in the order, and why."""

    seq: int
    hlc: int
    reason: str


def refused_behind(db: sqlite3.Connection, seq: int, limit: int) -> list[RefusedWord]:
    """Return words that were refused and of which nobody has made anything yet, behind `seq`."""
    rows = db.execute(
        f"SELECT seq, hlc, reason FROM {OPEN} AND verdict = 'refused' AND hlc IS NOT NULL"  # noqa: S608 - a constant
        " AND follow IS NULL AND seq > ? ORDER BY seq LIMIT ?",
        (seq, limit),
    )
    return [RefusedWord(*row) for row in rows]


def put_offers(db: sqlite3.Connection, hlcs: Iterable[int]) -> None:
    """Note what was said here, by its place in the order, to be sent again."""
    db.executemany("INSERT OR IGNORE INTO offer VALUES (?)", [(hlc,) for hlc in hlcs])


def next_offers(db: sqlite3.Connection, limit: int) -> list[int]:
    """Return what is to be sent again next, in its order."""
    rows = db.execute("SELECT hlc FROM offer ORDER BY hlc LIMIT ?", (limit,))
    return [hlc for (hlc,) in rows]


def has_offers(db: sqlite3.Connection) -> bool:
    """Return whether there is something to send again."""
    return db.execute("SELECT 1 FROM offer LIMIT 1").fetchone() is not None


def drop_offers(db: sqlite3.Connection, hlcs: Sequence[int], *, sent: int) -> None:
    """Forget what was sent again, or need not be."""
    db.executemany("DELETE FROM offer WHERE hlc = ?", [(hlc,) for hlc in hlcs])
    db.execute("UPDATE reconciliation SET offered = offered + ?", (sent,))


# What differs.


def put_differences(
    db: sqlite3.Connection, after: str, upto: str, found: Sequence[Difference], at: int
) -> list[Difference]:
    """Note what differs behind `after` and up to `upto`, and nothing else there; return the new."""
    known = {
        place
        for (place,) in db.execute(
            "SELECT place FROM difference WHERE place > ? AND place <= ?", (after, upto)
        ).fetchall()
    }
    if not known and not found:
        return []
    gone = known - {each.place for each in found}
    db.executemany("DELETE FROM difference WHERE place = ?", [(place,) for place in gone])
    (count,) = db.execute("SELECT count(*) FROM difference").fetchone()
    new = [each for each in found if each.place not in known][: max(0, MAX_NAMED - count)]
    db.executemany("INSERT INTO difference VALUES (?, ?, ?, ?, ?)", [(*each, at) for each in new])
    return new


class Standing(NamedTuple):
    """How the two copies stand to each other, in numbers and times (milliseconds since 1970)."""

    sent_at: int
    compared_at: int
    equal_at: int
    differences: int
    waiting: int  # own words on their way
    held: int
    refused: int
    offered: int  # words that were sent again so far
    mended: int  # words that were put right here so far


def standing(db: sqlite3.Connection) -> Standing:
    """Return how the two copies stand to each other."""
    sent, compared, equal, offered, mended = db.execute(
        "SELECT sent_at, compared_at, equal_at, offered, mended FROM reconciliation"
    ).fetchone()
    (differences,) = db.execute("SELECT count(*) FROM difference").fetchone()
    counts: dict[str | None, int] = dict(
        db.execute(
            f"SELECT verdict, count(*) FROM {OPEN} GROUP BY verdict"  # noqa: S608 - a constant
        ).fetchall()
    )
    open_ = (counts.get(None, 0), counts.get("held", 0), counts.get("refused", 0))
    return Standing(sent, compared, equal, differences, *open_, offered, mended)


def named(db: sqlite3.Connection, limit: int) -> list[tuple[str, str | None, What, int]]:
    """Return differences, the oldest first: (object, field, what, since when)."""
    rows: list[Any] = db.execute(
        "SELECT object, field, what, at FROM difference ORDER BY at, place LIMIT ?", (limit,)
    ).fetchall()
    return rows
