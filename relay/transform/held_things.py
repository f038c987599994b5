"""What is held, as whoever decides sees it: a message or a file, by its id.

The list says of each what it is and never what it says; who looks at one sees the event, and of a
file its name, kind and size.  Transactions only.
"""

import sqlite3
from typing import Any

import msgspec

from relay.transform import hold_rows
from relay.transform.files import file_rows, lane_files
from relay.transform.files.file_rows import FileRow
from relay.transform.hold_rows import Hold
from relay.transform.judge import without_hashes
from wire.consents import content_of_file
from wire.events import Author, Event, content_of_event
from wire.ids import FILE
from wire.reasons import Reason, Refused
from wire.text import shown_name


class HeldThing(msgspec.Struct, frozen=True):
    """An event or a file that is held; `content` is what a consent to it is about.

    Of an event `event` is what would be released; of a file `file` says which it is.
    """

    id: str
    what: str
    rule: str
    room: str | None
    author: Author
    at: int
    until: int
    size: int
    content: str
    event: Event | None = None
    file: dict[str, Any] | None = None


class Listed(msgspec.Struct, frozen=True):
    """What the list of holds says of each: never what it holds.

    `agreed` are those who have said that it is to be released.
    """

    id: str
    what: str
    rule: str
    room: str | None
    author: str
    at: int
    until: int
    size: int
    content: str
    agreed: list[str]


def find(db: sqlite3.Connection, subject: str) -> HeldThing:
    """Return what is held under this id.  Raises `Refused` (NOT_FOUND)."""
    if subject.startswith(FILE):
        return _of_file(held_file(db, subject))
    return _of_event(hold_rows.find(db, subject))


def held_file(db: sqlite3.Connection, fid: str) -> FileRow:
    """Return the row of a file that is held.  Raises `Refused` (NOT_FOUND)."""
    for file in file_rows.held(db):
        if file.fid == fid:
            return file
    raise Refused(Reason.NOT_FOUND, "nothing of this id is held")


def listed(db: sqlite3.Connection) -> list[Listed]:
    """Return what is held, the oldest first."""
    agreed: dict[str, list[str]] = {}
    for subject, by in db.execute("SELECT subject, by FROM consent ORDER BY at, by"):
        agreed.setdefault(subject, []).append(by)
    events = map(_of_event, hold_rows.select(db, "ORDER BY at, seq"))
    files = map(_of_file, file_rows.held(db))
    return [
        Listed(
            *(each.id, each.what, each.rule, each.room, each.author.uid),
            *(each.at, each.until, each.size, each.content, agreed.get(each.id, [])),
        )
        for each in (*events, *files)
    ]


def _of_event(row: Hold) -> HeldThing:
    event = without_hashes(msgspec.json.decode(row.body, type=Event))
    return HeldThing(
        *(event.id, event.kind, row.rule, event.room, event.author, row.at, row.until, row.size),
        content=content_of_event(event),
        event=event,
    )


def _of_file(file: FileRow) -> HeldThing:
    author = msgspec.json.decode(file.author, type=Author)
    return HeldThing(
        *(file.fid, "file", file.rule or lane_files.RULE, file.room, author),
        *(file.held_at or 0, file.until or 0, file.size),
        content=content_of_file(file.fid, file.message, file.sha256, file.size),
        file={
            "name": shown_name(file.name),
            "media": file.media,
            "message": file.message,
            "sha256": file.sha256,
        },
    )
