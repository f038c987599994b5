"""Items whose time is up are told once more, as they stand then.

Telling takes the row away in the same transaction (`zone.endings`), so a restart neither
forgets it nor tells twice.
"""

import asyncio
from contextlib import suppress
from typing import Final

from wire.reasons import Unavailable
from zone.endings import due
from zone.store import Store
from zone.telling import tell_item
from zone.writing import Writing

# How late it may be, against the shortest time that people set: minutes.
EVERY_S: Final = 1.0


async def watch(store: Store) -> None:
    """Tell of each item when its time is up, for ever."""
    while True:
        with suppress(Unavailable):  # the disk is full: it stays to be told
            while await store.read(lambda db: due(db, store.now())):
                await store.write(tell_due)
        await asyncio.sleep(EVERY_S)


def tell_due(writing: Writing) -> None:
    """Tell rooms how their items stand whose time is up."""
    for item in due(writing.db, writing.now):
        writing.db.execute("DELETE FROM ending WHERE item = ?", (item,))
        tell_item(writing, item)
