"""Setting a store back whose clock is ahead: the mend for a host whose clock was in the future.

While the clock of a host was wrong, its zone stamped what was done with times to come.  No relay
takes that, and the store's own clock never runs backwards: once the host's clock is right, the
zone says nothing until that time has come, or until this is done.  Every stamp that is ahead is
moved to the present, all of them in the order that they had.

The daemon must not be running.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from wire.bodies import ItemPut, RoomPut
from wire.events import Event
from wire.order import ahead_ms, hlcs_in, move_stamps, next_hlc
from wire.reasons import Unavailable

# Whatever holds stamps; a test compares with the schema.
STAMPED: Final = (
    ("message", "stamp"),
    ("birth", "stamp"),
    ("item", "stamp"),
    ("register", "stamp"),
    ("revision", "stamp"),
    ("wording", "stamp"),
    ("wording", "base"),
    ("displaced", "stamp"),
    ("held", "stamp"),
    ("heard", "stamp"),
)
# And whatever counts how far a zone had come, which is an `hlc` as well.
COUNTED: Final = (
    ("counter", "clock"),
    ("counter", "heard"),
    ("message", "lgwan"),
    ("message", "internet"),
    ("reading", "lgwan"),
    ("reading", "internet"),
    ("unseen", "lgwan"),
    ("unseen", "internet"),
    ("delivery", "hlc"),
    ("said", "hlc"),
    ("offer", "hlc"),
)
# And whole events, as JSON: the copy is mended from them, under the stamps that they have.
EVENTS: Final = (("delivery", "said"), ("said", "event"))


def set_back_store(folder: Path, now: int) -> int:
    """Set the store of the node in `folder` back.  Raises `Unavailable` if it is in use."""
    try:
        with closing(sqlite3.connect(folder / "zone.db", isolation_level=None, timeout=0.2)) as db:
            return set_back(db, now)
    except sqlite3.OperationalError as trouble:
        raise Unavailable(f"the zone is running, or its store cannot be used: {trouble}") from None


def set_back(db: sqlite3.Connection, now: int) -> int:
    """Move every stamp that is ahead of `now` behind it, and return how many there were.

    One transaction; `now` is in milliseconds since 1970.
    """
    found = {hlc for place in STAMPED for stamp in _values(db, *place) for hlc in hlcs_in(stamp)}
    found |= {hlc for place in COUNTED for hlc in _values(db, *place)}
    ahead = sorted(hlc for hlc in found if ahead_ms(hlc, now) > 0)
    latest = max((hlc for hlc in found if ahead_ms(hlc, now) <= 0), default=0)
    first = max(latest + 1, next_hlc(0, now) - len(ahead))
    places = {hlc: first + index for index, hlc in enumerate(ahead)}
    db.execute("BEGIN IMMEDIATE")
    for table, column in STAMPED:
        stamps = [(move_stamps(old, places), old) for old in _values(db, table, column)]
        _replace(db, table, column, stamps)
    for table, column in COUNTED:
        counts = [(places.get(old, old), old) for old in _values(db, table, column)]
        _replace(db, table, column, counts)
    for table, column in EVENTS:
        events = [(_moved(old, places), old) for old in _values(db, table, column)]
        _replace(db, table, column, events)
    db.execute("COMMIT")
    return len(ahead)


def _moved(encoded: bytes, places: Mapping[int, int]) -> bytes:
    """Return an event with its place moved, and that of the wording which it was made from."""
    event = msgspec.json.decode(encoded, type=Event)
    body = event.body
    if isinstance(body, ItemPut | RoomPut) and body.base is not None:
        body = replace(body, base=move_stamps(body.base, places))
    return msgspec.json.encode(replace(event, hlc=places.get(event.hlc, event.hlc), body=body))


def _values(db: sqlite3.Connection, table: str, column: str) -> list[Any]:
    """Return what stands in a column, in order; a null says nothing."""
    found = db.execute(f"SELECT DISTINCT {column} FROM {table} ORDER BY 1")  # noqa: S608 - of the list
    return [value for (value,) in found if value is not None]


def _replace(
    db: sqlite3.Connection, table: str, column: str, pairs: Sequence[tuple[Any, Any]]
) -> None:
    """Write new values for old ones; the order of both is the same, so none meets another."""
    db.executemany(
        f"UPDATE {table} SET {column} = ? WHERE {column} = ?",  # noqa: S608 - of the list
        [(new, old) for new, old in pairs if new != old],
    )
