"""When the time of items is up: a survey that is over then, a task that is due.

What is still to be told of is a row.  Every function here runs inside a transaction.
"""

import sqlite3
from typing import Final

from wire.bodies import ItemPut, ItemRemove
from wire.events import Event
from wire.item_kinds import ITEMS
from zone.copy import registers

# In one transaction: at five o'clock sharp many things are due.
AT_ONCE: Final = 200


def plan(db: sqlite3.Connection, event: Event) -> None:
    """Note when the time of an item is up that was made, changed or removed just now."""
    match event.body:
        case ItemPut(content, item) if (field := ITEMS[type(content)].end) is not None:
            name = item or event.id
            end = registers.value(db, name, field)
            if isinstance(end, int) and end:
                db.execute("INSERT OR REPLACE INTO ending VALUES (?, ?)", (name, end))
            else:
                db.execute("DELETE FROM ending WHERE item = ?", (name,))
        case ItemRemove(item):
            db.execute("DELETE FROM ending WHERE item = ?", (item,))


def due_items(db: sqlite3.Connection, now: int) -> list[str]:
    """Return items whose time is up and that were not told of since."""
    rows = db.execute("SELECT item FROM ending WHERE due <= ? LIMIT ?", (now, AT_ONCE))
    return [item for (item,) in rows]
