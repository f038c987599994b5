"""The search of a zone: an index that follows the store by itself, and can always be asked.

                 log                    history
    zone.db  ─────────▶  what is new  ◀─────────  what was there before, newest first
                              │
                         search.db  ──────▶  find

Posting never waits for it: it reads the store a little at a time behind what was
committed, and writes in a thread and a file of its own.  Its place in the log and in
history is written with what is indexed, so it goes on where it was; an index that is no
use is thrown away, and rebuilt while it can be searched already.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import structlog

from wire.reasons import Refused, Unavailable
from zone.search import finding, index
from zone.search.changes import IndexChanges, read_news
from zone.search.documents import Document, older_owners, read_documents
from zone.search.finding import Hits, IndexQuery
from zone.search.index import IndexProgress, Unusable
from zone.store.store import ZoneStore

T = TypeVar("T")

FOLDER, FILE = "search", "search.db"
# Read from the store at once: 4 ms for which a message may wait.
ENTRIES = 200
# Written at once when history is read: fewer and larger pieces are sooner one.
HISTORY = 2_000
# What is said in this time is indexed together.
LINGER_S = 0.03
# In a flood of more entries a second, which takes both cores, the index works a tenth of the time.
FLOOD = 200
YIELD = 9.0
# Documents that may lie in pieces of their own before they are merged.
MAX_LOOSE = 50_000
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 60.0

# Not the index's fault: the disk is full or away, for now.
_PASSING = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
}

logger = structlog.get_logger()


class SearchService:
    """A zone's search."""

    def __init__(self, store: ZoneStore) -> None:
        """Use `Search.open`."""
        self._store = store
        self._path = store.folder / FOLDER / FILE
        self._writing = ThreadPoolExecutor(1, "search-write")
        self._reading = ThreadPoolExecutor(1, "search-read")
        self._index: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._progress = IndexProgress(0, index.EVERYTHING, 0)
        self._is_merging = False
        self._damage: sqlite3.Error | None = None
        self._trouble: str | None = None
        self._bell = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def open(cls, store: ZoneStore) -> AsyncIterator["SearchService"]:
        """Search `store`; its index is opened, or made, behind."""
        search = cls(store)
        store.on_logged = search._bell.set
        task = asyncio.create_task(search._run())
        try:
            yield search
        finally:
            task.cancel()
            await asyncio.wait([task])
            await search._close()
            search._writing.shutdown()
            search._reading.shutdown()

    @property
    def is_complete(self) -> bool:
        """Whether all that was there when the index was made is in it."""
        return self._reader is not None and self._progress.below == ""

    def status(self) -> dict[str, Any]:
        """Return how far the index is, as JSON says it."""
        return {
            "complete": self.is_complete,
            "merging": self._is_merging or self._progress.loose >= MAX_LOOSE,
            "behind": self._store.subscriptions.high - self._progress.position,
            "trouble": self._trouble,
        }

    async def find(self, asked: IndexQuery) -> Hits:
        """Return a page of what is looked for.  Raises `Unavailable` while there is no index."""
        try:
            return await self._in(self._reading, lambda: self._find(asked))
        except sqlite3.Error as trouble:
            self._damage = trouble
            self._bell.set()
            raise Unavailable("the search index is being rebuilt") from trouble

    def _find(self, asked: IndexQuery) -> Hits:
        if self._reader is None:
            raise Unavailable("the search index is being opened")
        return finding.find(self._reader, asked)

    async def _run(self) -> None:
        pause = FIRST_PAUSE_S
        while True:
            started_at = time.monotonic()
            try:
                await self._open()
                self._trouble = None
                await self._in_index(index.demand_whole)
                await self._keep_up()
            except (sqlite3.Error, Unusable, Refused) as trouble:
                self._trouble = str(trouble)
                logger.warning("search.stopped", trouble=str(trouble))
                with suppress(sqlite3.Error, OSError):
                    await self._close()
                    if not _is_passing(trouble):
                        await self._in(self._writing, self._discard)
            except Exception:  # a search that fails must not end the conversation
                self._trouble = "a fault of the program: see its log"
                logger.exception("search.failed")
                with suppress(sqlite3.Error):
                    await self._close()
            if time.monotonic() - started_at > LONGEST_PAUSE_S:
                pause = FIRST_PAUSE_S
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    async def _open(self) -> None:
        tag, position = self._store.tag, self._store.subscriptions.high
        self._progress = await self._in(self._writing, lambda: self._open_index(tag, position))
        self._damage = None
        self._reader = await self._in(self._reading, lambda: index.open_reader(self._path))

    def _open_index(self, tag: str, position: int) -> IndexProgress:
        try:
            self._index = index.open_existing(self._path, tag, position)
        except Unusable as trouble:
            logger.info("search.begun", why=str(trouble))
            self._index = index.create(self._path, tag, position)
        except sqlite3.DatabaseError as trouble:
            if _is_passing(trouble):
                raise
            logger.warning("search.begun", why=str(trouble))
            self._index = index.create(self._path, tag, position)
        return index.progress(self._index)

    def _discard(self) -> None:
        self._path.unlink(missing_ok=True)

    async def _close(self) -> None:
        reader, writer = self._reader, self._index
        self._reader = self._index = None
        for connection, thread in ((reader, self._reading), (writer, self._writing)):
            if connection is not None:
                await self._in(thread, connection.close)

    async def _keep_up(self) -> None:
        while True:
            if self._damage is not None:
                raise self._damage
            self._bell.clear()
            started_at, high = time.monotonic(), self._store.subscriptions.high
            if not (await self._follow() or await self._go_back() or await self._merge()):
                await self._bell.wait()
                await asyncio.sleep(LINGER_S)
                continue
            took = time.monotonic() - started_at
            is_flood = self._store.subscriptions.high - high > FLOOD * took
            await asyncio.sleep(took * YIELD if is_flood else 0)

    async def _follow(self) -> bool:
        """Take in what is new; return whether anything was."""
        position = self._progress.position
        if self._store.subscriptions.high <= position:
            return False
        news = await self._store.read(lambda db: read_news(db, position, ENTRIES))
        await self._purge(news)
        now = replace(self._progress, position=news.position)
        await self._replace(news.owners, news.documents, now)
        return True

    async def _purge(self, news: IndexChanges) -> None:
        for room, before in news.purged.items():
            owners = await self._in_index(partial(index.owners_before, room=room, before=before))
            for start in range(0, len(owners), ENTRIES):
                await self._reread(owners[start : start + ENTRIES])

    async def _reread(self, owners: Sequence[str]) -> None:
        documents = await self._store.read(lambda db: read_documents(db, owners))
        await self._replace(owners, documents, self._progress)

    async def _go_back(self) -> bool:
        """Take in a piece of history; return whether there was any left."""
        below = self._progress.below
        if below == "":
            return False
        owners: list[str] = []
        documents: list[Document] = []
        while below and len(owners) < HISTORY:
            found, read = await self._store.read(partial(_older, below=below))
            owners += found
            documents += read
            below = found[-1] if len(found) == ENTRIES else ""
        now = IndexProgress(self._progress.position, below, max(self._progress.loose, MAX_LOOSE))
        await self._replace(owners, documents, now)
        return True

    async def _merge(self) -> bool:
        """Make one piece of many, a step of it; return whether there is more to do."""
        if not self._is_merging and self._progress.loose < MAX_LOOSE:
            return False
        is_first = not self._is_merging
        self._is_merging = await self._in_index(lambda db: index.merge(db, is_first=is_first))
        if not self._is_merging:
            self._progress = replace(self._progress, loose=0)
        return self._is_merging

    async def _replace(
        self, owners: Sequence[str], documents: Sequence[Document], now: IndexProgress
    ) -> None:
        self._progress = await self._in_index(lambda db: index.replace(db, owners, documents, now))

    async def _in_index(self, work: Callable[[sqlite3.Connection], T]) -> T:
        db = self._index
        if db is None:
            raise Unusable("it is not open")
        return await self._in(self._writing, lambda: work(db))

    async def _in(self, thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(thread, work)


def _older(db: sqlite3.Connection, below: str) -> tuple[list[str], list[Document]]:
    owners = older_owners(db, below, ENTRIES)
    return owners, read_documents(db, owners) if owners else []


def _is_passing(trouble: Exception) -> bool:
    return isinstance(trouble, sqlite3.Error) and (
        getattr(trouble, "sqlite_errorcode", 0) & 0xFF in _PASSING
    )
