"""What a zone forgets in time: answers, old entries of the log, files that nobody posted.

A little at a time, since every message waits for the transaction before it.
"""

import asyncio
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from wire.reasons import Unavailable
from zone.api.http import kept_responses
from zone.api.http.frontend_rows import note_use
from zone.api.http.frontends import Frontends
from zone.copy import deliveries, files, journal, thumbnails, uploads
from zone.settings import RequestLimits
from zone.store import event_log
from zone.store.store import ZoneStore
from zone.store.writing import Writing

EVERY_S = 60.0
# Rows forgotten in one transaction: 20 ms, which a message may wait.
ROWS = 5_000
# Whoever uploads a file posts it within a day, or uploads it again.
UNPOSTED_MS = 24 * 3600 * 1000
# The far zone may refuse what was delivered as late as it hears of it: after days at most.
RECALLED_MS = 30 * 24 * 3600 * 1000
# Bytes without a row are left by a crash between the two.  None takes this long to write.
ORPHANED_S = 3600


async def keep_up(store: ZoneStore, limits: RequestLimits) -> None:
    """Forget what is past its time, for ever."""
    sweep_at = time.monotonic()
    while True:
        forgotten = 0
        with suppress(Unavailable):  # the disk is full: try again later
            forgotten = await store.write(lambda writing: forget(writing, limits))
        if time.monotonic() >= sweep_at:
            sweep_at += ORPHANED_S
            await sweep(store, before=time.time() - ORPHANED_S)
            await asyncio.to_thread(thumbnails.sweep, store.blobs, limits.thumbnail_bytes)
        await asyncio.sleep(0.1 if forgotten else EVERY_S)


async def note_uses(store: ZoneStore, frontends: Frontends) -> None:
    """Keep when each frontend last asked for something, to a minute, for ever."""
    while True:
        await asyncio.sleep(EVERY_S)
        used = frontends.take_used()
        if used:
            with suppress(Unavailable):
                await store.write(partial(note_use, used=used))


def forget(writing: Writing, limits: RequestLimits) -> int:
    """Forget rows that are past their time; return of how many there may be more."""
    writing.orphans += files.expire(writing.db, before=writing.now - UNPOSTED_MS)
    writing.orphans += uploads.expire(writing.db, before=writing.now - uploads.KEPT_MS)
    gone = deliveries.forget(writing.db, before=writing.now - RECALLED_MS)
    given = gone + kept_responses.forget(writing.db, now=writing.now, limit=ROWS)
    return given + event_log.cut(writing.db, keep=limits.log_entries, limit=ROWS)


async def sweep(store: ZoneStore, *, before: float) -> None:
    """Remove bytes written before that time (seconds since 1970) that have no row.

    Those that something said here is to have stay: comparing the copies puts a lost row back.
    """
    old = await asyncio.to_thread(lambda: _old(list(store.blobs.iterdir()), before))
    orphans = await store.read(lambda db: files.unknown(db, old))
    orphans = await _unsaid(store, orphans)
    parts = await asyncio.to_thread(lambda: [path.name for path in store.blobs.glob(".*.part")])
    store.drop(await store.read(lambda db: uploads.stray_parts(db, parts)))
    # Whoever uploaded the same bytes meanwhile has made the file young again.
    store.drop(_old([store.blobs / name for name in orphans], before))


async def _unsaid(store: ZoneStore, hashes: list[str]) -> list[str]:
    """Return those of `hashes` that the journal does not speak of."""
    left, after = set(hashes), 0
    while left:
        page = partial(journal.files_said, after=after, limit=ROWS)
        said, end = await store.read(page)
        left -= said
        if end is None:
            break
        after = end
    return sorted(left)


def _old(paths: list[Path], before: float) -> list[str]:
    found = []
    for path in paths:
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before and not path.name.startswith("."):
                found.append(path.name)
    return found
