"""Items whose time is up are told once more, as they stand then.

Telling takes the row away in the same transaction (`zone.items.due`), so a restart neither
forgets it nor tells twice.
"""

import asyncio
from contextlib import suppress
from typing import Final

from wire.reasons import Unavailable
from zone.items.due import due_items
from zone.store.notifications import tell_item
from zone.store.store import ZoneStore
from zone.store.writing import Writing

# How late it may be, against the shortest time that people set: minutes.
EVERY_S: Final = 1.0


async def watch(store: ZoneStore) -> None:
    """Tell of each item when its time is up, for ever."""
    while True:
        with suppress(Unavailable):  # the disk is full: it stays to be told
            while await store.read(lambda db: due_items(db, store.now())):
                await store.write(tell_due)
        await asyncio.sleep(EVERY_S)


def tell_due(writing: Writing) -> None:
    """Tell rooms how their items stand whose time is up."""
    for item in due_items(writing.db, writing.now):
        writing.db.execute("DELETE FROM ending WHERE item = ?", (item,))
        tell_item(writing, item)
