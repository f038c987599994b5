"""The embedded store: SQLite through aiosqlite, with group commit.

A transaction is one function that runs on the database thread from BEGIN to COMMIT: a cancelled
caller cannot leave one open.  What has queued while a commit ran goes into the next one, so many
writers share one fsync.

One connection in exclusive mode: a second instance on the same store fails at start, and the
WAL-reset bug of SQLite before 3.50 (which needs two connections) cannot be met.  After a failed
fsync nothing is known of the disk: the process ends at once (https://lwn.net/Articles/752063/).
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
import structlog

from runtime import failpoints
from runtime.settings import is_readable
from wire.reasons import Unavailable

T = TypeVar("T")
Transaction = Callable[[sqlite3.Connection], T]
BeforeCommit = Callable[[sqlite3.Connection, Sequence[Any]], Any]
AfterCommit = Callable[[Sequence[Any], Any], None]

APPLICATION_ID = 0x53454B31  # "SEK1"
EXIT_IO_ERROR = 74  # EX_IOERR of sysexits.h

# More would make those who came first wait for those who came last.
MAX_GROUP = 512
# How long, and how often at most, to wait for company while `is_crowded`.
LINGER_S, MAX_LINGERS = 0.002, 5

logger = structlog.get_logger()


class StoreFault(Exception):
    """The store cannot be used: what is wrong, where, and what to do."""


class _Connection(aiosqlite.Connection):
    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on the database thread."""
        result: T = await self._execute(work, self._conn)  # type: ignore[no-untyped-call] # aiosqlite's own is untyped
        return result

    async def close(self) -> None:
        """Close, and wait until the thread that did it has nothing more to tell the loop."""
        await super().close()
        self._thread.join()


def create_database(path: Path, kind: str, schema: str) -> None:
    """Make an empty store.  This is done once, by `sekisho init`."""
    path.touch(mode=0o600, exist_ok=False)
    with closing(sqlite3.connect(path)) as db:
        db.executescript(schema)
        db.executescript("CREATE TABLE store (kind TEXT NOT NULL) STRICT;")
        db.execute("INSERT INTO store VALUES (?)", (kind,))
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.commit()
        # Outside a transaction.  From here on there is no journal, which a daemon could not make.
        db.execute("PRAGMA journal_mode = WAL")


def demand_unused(path: Path) -> None:
    """Raise `StoreFault` where the store at `path` is missing, in use, or open to others.

    To be asked before sockets are made, in the place of those of an instance that runs.
    """
    demand_closed(path)
    uri = f"{path.absolute().as_uri()}?mode=rw"
    try:
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=0.5)) as db:
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
            db.execute("BEGIN IMMEDIATE")
            db.execute("ROLLBACK")
    except sqlite3.Error as trouble:
        raise _fault(path, trouble) from trouble


def demand_closed(path: Path) -> None:
    """Raise `StoreFault` where others than its owner may read the store at `path`, or its log."""
    for each in (path, path.with_name(f"{path.name}-wal")):
        if each.exists() and is_readable(each.stat().st_mode):
            raise StoreFault(f"{each} can be read by others: run `chmod 600 {each}`")


def database_files(path: Path) -> tuple[Path, ...]:
    """Return the files of the store at `path`, having made the log beside it if it is not there.

    A daemon that may make no file in the store's folder, since its keys lie there too, may write
    these two.  In exclusive mode SQLite takes no third, and keeps temporary ones in memory.
    """
    log = path.with_name(f"{path.name}-wal")
    if path.exists():
        log.touch(mode=0o600)
    return tuple(each for each in (path, log) if each.exists())


class Database:
    """One store, one writer."""

    def __init__(self, connection: _Connection, path: Path) -> None:
        """Use `Database.open`."""
        self._connection = connection
        self._path = path
        self._queue: list[tuple[Transaction[Any], asyncio.Future[Any]]] = []
        self._bell = asyncio.Event()
        self._before: BeforeCommit = lambda _db, _results: None
        self._after: AfterCommit = lambda _results, _made: None
        self.is_crowded: Callable[[], bool] = lambda: False

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, kind: str) -> AsyncIterator["Database"]:
        """Open the store at `path`, which `create` made as a `kind`."""
        demand_closed(path)
        # Mode rw does not create: a mistyped path must not become an empty memory of what was.
        connection = _Connection(
            lambda: sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=0.5
            ),
            iter_chunk_size=64,
        )
        try:
            await connection
            await connection.run(lambda db: _prepare(db, path, kind))
        except sqlite3.Error as trouble:
            await connection.close()
            raise _fault(path, trouble) from trouble
        except BaseException:
            await connection.close()
            raise
        database = cls(connection, path)
        writer = asyncio.create_task(database._write_groups())
        try:
            yield database
        finally:
            writer.cancel()
            await asyncio.wait([writer])
            await connection.close()

    def on_commit(self, before: BeforeCommit, after: AfterCommit) -> None:
        """Have `before` run inside each transaction and `after` on the loop behind it.

        `before` gets the connection and the group's results, `after` these and what that returned.
        """
        self._before, self._after = before, after

    async def write(self, work: Transaction[T]) -> T:
        """Run `work` in the next group and return its result once it is durable.

        What `work` raises is raised here, and only its own changes are undone.
        Raises `Unavailable` when the disk is full.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.append((work, future))
        self._bell.set()
        return await future

    async def read(self, work: Transaction[T]) -> T:
        """Run `work`, which only reads, between two groups."""
        return await self._connection.run(work)

    async def _write_groups(self) -> None:
        while True:
            await self._bell.wait()
            await self._gather()
            group, self._queue = self._queue[:MAX_GROUP], self._queue[MAX_GROUP:]
            if not self._queue:
                self._bell.clear()
            await self._write_group(group)

    async def _gather(self) -> None:
        """Let a group grow while what it makes would only wait behind others."""
        for _ in range(MAX_LINGERS):
            if len(self._queue) >= MAX_GROUP or not self.is_crowded():
                return
            await asyncio.sleep(LINGER_S)

    async def _write_group(
        self, group: Sequence[tuple[Transaction[Any], asyncio.Future[Any]]]
    ) -> None:
        try:
            outcomes, made = await self._connection.run(
                lambda db: _commit(db, [work for work, _ in group], self._before)
            )
            self._after([result for ok, result in outcomes if ok], made)
        except sqlite3.Error as trouble:
            self._fail(group, trouble)
            return
        except Exception as bug:  # in a hook: whoever waits hears of it, and not of a result
            _answer(group, bug)
            return
        for (_, future), (ok, result) in zip(group, outcomes, strict=True):
            if future.cancelled():
                continue
            if ok:
                future.set_result(result)
            else:
                future.set_exception(result)

    def _fail(
        self, group: Sequence[tuple[Transaction[Any], asyncio.Future[Any]]], trouble: sqlite3.Error
    ) -> None:
        """Answer a group that could not be committed, or end the process."""
        if trouble.sqlite_errorcode & 0xFF != sqlite3.SQLITE_FULL:
            logger.critical("store.failed", path=str(self._path), error=str(trouble))
            os._exit(EXIT_IO_ERROR)
        logger.error("store.full", path=str(self._path))
        _answer(group, Unavailable(f"the disk that holds {self._path.name} is full"))


def _answer(group: Sequence[tuple[Any, asyncio.Future[Any]]], trouble: Exception) -> None:
    for _, future in group:
        if not future.cancelled():
            future.set_exception(trouble)


def _commit(
    db: sqlite3.Connection, works: Sequence[Transaction[Any]], before: BeforeCommit
) -> tuple[list[tuple[bool, Any]], Any]:
    """Run one group.  Returns for each work (True, result) or (False, exception)."""
    try:
        db.execute("BEGIN IMMEDIATE")
        outcomes = [_attempt(db, work) for work in works]
        made = before(db, [result for ok, result in outcomes if ok])
        failpoints.reach("store.commit")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    failpoints.reach("store.committed")
    return outcomes, made


# What a wrong statement raises: a bug of the one who asked, not a fault of the store.
_OUR_FAULTS = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError)


def _attempt(db: sqlite3.Connection, work: Transaction[Any]) -> tuple[bool, Any]:
    db.execute("SAVEPOINT work")
    try:
        result = work(db)
    except sqlite3.DatabaseError as trouble:
        if not isinstance(trouble, _OUR_FAULTS):
            raise  # the disk, or a damaged store: it concerns the whole group
        return False, _undo(db, trouble)
    except Exception as trouble:  # whatever it is belongs to the one who asked
        return False, _undo(db, trouble)
    db.execute("RELEASE work")
    return True, result


def _undo(db: sqlite3.Connection, trouble: Exception) -> Exception:
    db.execute("ROLLBACK TO work")
    db.execute("RELEASE work")
    return trouble


def _prepare(db: sqlite3.Connection, path: Path, kind: str) -> None:
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    if db.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
        raise StoreFault(f"{path} is not a store of Sekisho: restore it from a backup")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA wal_autocheckpoint = 4000")
    db.execute("PRAGMA cache_size = -65536")
    db.execute("PRAGMA temp_store = MEMORY")
    # What is deleted is overwritten; in the log before it (-wal) it goes when its turn comes.
    db.execute("PRAGMA secure_delete = ON")
    db.execute("BEGIN IMMEDIATE")  # takes the lock that keeps a second instance out
    db.execute("COMMIT")
    if db.execute("SELECT kind FROM store").fetchone() != (kind,):
        raise StoreFault(f"{path} is a store, but not of a {kind}: check the path in the settings")
    (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise StoreFault(f"{path} is damaged ({found}): restore it from a backup")


def _fault(path: Path, trouble: sqlite3.Error) -> StoreFault:
    """Say of a store that does not open what is wrong and what to do."""
    match trouble.sqlite_errorcode & 0xFF:
        case sqlite3.SQLITE_CANTOPEN:
            return StoreFault(f"{path} does not exist or is not readable: run `sekisho init`")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreFault(f"{path} is in use: another instance is running on it")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return StoreFault(f"{path} is damaged ({trouble}): restore it from a backup")
        case _:
            return StoreFault(f"{path} cannot be opened: {trouble}")
