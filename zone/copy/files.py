"""The rows of files: where each one stands, in the zone it came from and in the other.

    in its own zone      stored -> crossing -> clean | altered | held | refused
    in the other zone    cleaning -> arriving -> clean | altered;  held;  refused
    in both              withdrawn, with its message

`stored` is a file that no shared message has taken.  The bytes are in
`zone.copy.blobs`.  Every function here runs inside a transaction.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from wire.bodies import FileReady
from wire.events import Event, FileRef, owner_of_files
from wire.reasons import Reason, Refused
from zone.copy.hold_words import hold_of
from zone.copy.views import FileView

# What `view` takes of a row, in its order.
COLUMNS: Final = (
    "fid, name, media, size, state, reason, removed, sha256, rule, until, desk, found, width,"
    " height"
)


def put(
    db: sqlite3.Connection,
    *,
    fid: str,
    uploader: str,
    name: str,
    media: str,
    size: int,
    sha256: str,
    password: str | None,
    at: int,
) -> None:
    """Keep the row of a file that was uploaded here."""
    db.execute(
        "INSERT INTO file (fid, place, uploader, name, media, size, sha256, password, state, at,"
        " width, height) VALUES (?, 0, ?, ?, ?, ?, ?, ?, 'stored', ?, ?, ?)",
        (fid, uploader, name, media, size, sha256, password, at, *_pixels_of(db, sha256)),
    )


def references(db: sqlite3.Connection, fids: Sequence[str], *, uploader: str) -> list[FileRef]:
    """Return the files that a message of `uploader` is to have, in that order.

    A file belongs to one message: one that is taken, or somebody else's, is refused.
    """
    found = []
    for fid in fids:
        row = db.execute(
            "SELECT name, media, size, sha256, password FROM file"
            " WHERE fid = ? AND uploader = ? AND message IS NULL AND state = 'stored'",
            (fid, uploader),
        ).fetchone()
        if row is None:
            raise Refused(Reason.NOT_FOUND, f"no file {fid} of yours is free to be posted")
        found.append(FileRef(fid, *row))
    return found


def take_files(db: sqlite3.Connection, event: Event, *, crosses: bool) -> None:
    """Give the files of what was said here to it.  Their passwords go with it, if it goes."""
    owner = owner_of_files(event)
    state = "crossing" if crosses else "stored"
    db.executemany(
        "UPDATE file SET message = ?, event = ?, place = ?, state = ?, password = NULL"
        " WHERE fid = ?",
        [(owner, event.id, i, state, file.fid) for i, file in enumerate(event.files, 1)],
    )


def announce_files(db: sqlite3.Connection, event: Event) -> None:
    """Make or bring up to date the rows of files that the far zone speaks of."""
    if isinstance(event.body, FileReady):
        _put_outcome(db, event, event.body)
        return
    if not event.files:
        return
    owner = owner_of_files(event)
    db.executemany(
        """
        INSERT INTO file (fid, message, place, uploader, name, media, size, state, at)
        VALUES (?, ?, ?, ?, ?, '', 0, 'cleaning', ?)
        ON CONFLICT (fid) DO UPDATE SET place = excluded.place
        """,
        [
            (file.fid, owner, i, event.author.uid, file.name, event.at)
            for i, file in enumerate(event.files, 1)
        ],
    )


def _put_outcome(db: sqlite3.Connection, event: Event, ready: FileReady) -> None:
    # A later word of the relay on the same file supersedes an earlier one.
    state, *pixels = _as_it_is_here(db, ready)
    is_held = ready.state == "held"
    db.execute(
        """
        INSERT INTO file (fid, message, place, uploader, name, media, size, sha256, state,
                          outcome, reason, removed, at, rule, until, desk, found, width,
                          height)
        VALUES (?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (fid) DO UPDATE
           SET name = excluded.name, media = excluded.media, size = excluded.size,
               sha256 = excluded.sha256, state = excluded.state, outcome = excluded.outcome,
               reason = excluded.reason, removed = excluded.removed, rule = excluded.rule,
               until = excluded.until, desk = excluded.desk, found = excluded.found,
               width = excluded.width, height = excluded.height
         WHERE file.state IN ('cleaning', 'held')
        """,
        (
            ready.file,
            ready.message,
            event.author.uid,
            ready.name,
            ready.media,
            ready.size,
            ready.sha256,
            state,
            ready.state,
            ready.reason,
            msgspec.json.encode(ready.removed).decode(),
            event.at,
            ready.rule,
            ready.until if is_held else None,
            ready.desk if is_held else None,
            ready.found,
            *pixels,
        ),
    )


def _as_it_is_here(db: sqlite3.Connection, ready: FileReady) -> tuple[str, int | None, int | None]:
    """Return the state of a file that the relay has spoken of, and a picture's width and height.

    Bytes that were promised are still on their way: the link brings them next.  Unless another
    file brought the same: the relay may have taken its bytes for both.
    """
    if ready.sha256 is not None and not _has_arrived(db, ready):
        return "arriving", None, None
    return ready.state, *_pixels_of(db, ready.sha256)


def _pixels_of(db: sqlite3.Connection, sha256: str | None) -> tuple[int | None, int | None]:
    """Return width and height of a picture with these bytes, if some row knows them."""
    row = db.execute(
        "SELECT width, height FROM file WHERE sha256 = ? AND width IS NOT NULL LIMIT 1", (sha256,)
    ).fetchone()
    return (None, None) if row is None else (row[0], row[1])


def _has_arrived(db: sqlite3.Connection, ready: FileReady) -> bool:
    row = db.execute(
        "SELECT 1 FROM file WHERE sha256 = ? AND media = ? AND size = ? AND state = outcome"
        " AND state IN ('clean', 'altered') LIMIT 1",
        (ready.sha256, ready.media, ready.size),
    ).fetchone()
    return row is not None


def arrived(db: sqlite3.Connection, sha256: str, pixels: tuple[int, int] | None) -> list[str]:
    """Say that the bytes of a file are here; return the messages it belongs to.

    Of a picture `pixels` are width and height.
    """
    rows = db.execute(
        """
        UPDATE file SET state = outcome, width = ?, height = ?
         WHERE sha256 = ? AND state = 'arriving' RETURNING message
        """,
        (*(pixels or (None, None)), sha256),
    ).fetchall()
    return [message for (message,) in rows]


def measured(db: sqlite3.Connection, sha256: str, pixels: tuple[int, int]) -> list[tuple[str, str]]:
    """Keep width and height of the pictures with these bytes; return (message, file) of each."""
    rows = db.execute(
        "UPDATE file SET width = ?, height = ? WHERE sha256 = ? AND width IS NULL"
        " RETURNING message, fid",
        (*pixels, sha256),
    ).fetchall()
    return [(message, fid) for message, fid in rows if message is not None]


def refuse(db: sqlite3.Connection, sha256: str, reason: Reason) -> list[str]:
    """Say that what arrived was not what it should be; return the messages it belongs to."""
    rows = db.execute(
        "UPDATE file SET state = 'refused', reason = ? WHERE sha256 = ? AND state = 'arriving'"
        " RETURNING message",
        (reason.value, sha256),
    ).fetchall()
    return [message for (message,) in rows]


def expected_size(db: sqlite3.Connection, sha256: str) -> int | None:
    """Return the size of a file that was announced and has not arrived, or None."""
    row = db.execute(
        "SELECT size FROM file WHERE sha256 = ? AND state = 'arriving'", (sha256,)
    ).fetchone()
    return None if row is None else int(row[0])


def of_message(db: sqlite3.Connection, message: str) -> list[FileView]:
    """Return the files of a message, in their order."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM file WHERE message = ? ORDER BY place",  # noqa: S608 - ours
        (message,),
    )
    return [view(row) for row in rows]


def find(db: sqlite3.Connection, fid: str) -> tuple[FileView, str | None, str] | None:
    """Return (file, id of its message, uploader), or None."""
    row = db.execute(
        f"SELECT message, uploader, {COLUMNS} FROM file WHERE fid = ?",  # noqa: S608 - ours
        (fid,),
    ).fetchone()
    return None if row is None else (view(row[2:]), row[0], row[1])


def of_name(db: sqlite3.Connection, fid: str) -> FileView:
    """Return a file that there is."""
    row = db.execute(f"SELECT {COLUMNS} FROM file WHERE fid = ?", (fid,))  # noqa: S608 - ours
    return view(row.fetchone())


def view(row: tuple[Any, ...]) -> FileView:
    """Return what is shown of a row."""
    fid, name, media, size, state, reason, removed, sha256, rule, until, desk, found, *pixels = row
    return FileView(
        id=fid,
        name=name,
        media=media,
        size=size,
        state=state,
        reason=reason,
        removed=msgspec.json.decode(removed, type=list[tuple[str, int]]),
        sha256=sha256,
        rule=rule,
        hold=hold_of(state, rule, until, desk, found),
        found=found,
        width=pixels[0],
        height=pixels[1],
    )


def drop(db: sqlite3.Connection, event: str) -> list[str]:
    """Forget the files of an event that is taken back; return the hashes of which no row speaks."""
    rows = db.execute("DELETE FROM file WHERE event = ? RETURNING sha256", (event,)).fetchall()
    return unknown(db, {sha256 for (sha256,) in rows})


def expire(db: sqlite3.Connection, *, before: int) -> list[str]:
    """Forget files that nobody posted; return the hashes that no row speaks of any more."""
    rows = db.execute(
        "DELETE FROM file WHERE message IS NULL AND state = 'stored' AND at < ? RETURNING sha256",
        (before,),
    ).fetchall()
    return unknown(db, {sha256 for (sha256,) in rows})


def unknown(db: sqlite3.Connection, hashes: Iterable[str]) -> list[str]:
    """Return those of `hashes` that are of no file, or only of withdrawn ones."""
    return [
        sha256
        for sha256 in hashes
        if db.execute(
            "SELECT 1 FROM file WHERE sha256 = ? AND state <> 'withdrawn' LIMIT 1", (sha256,)
        ).fetchone()
        is None
    ]


def total_bytes(db: sqlite3.Connection) -> int:
    """Return how many bytes the files of this zone have, those still on their way included."""
    (total,) = db.execute("SELECT coalesce(sum(size), 0) FROM file").fetchone()
    return int(total)
