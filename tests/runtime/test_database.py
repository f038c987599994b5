"""The store: what is written together, what is undone, and what ends the process."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from runtime.database import EXIT_IO_ERROR, Database, StoreFault, create_database
from wire.reasons import Reason, Refused, Unavailable

SCHEMA = "CREATE TABLE word (word TEXT PRIMARY KEY) STRICT;"
Work = Callable[[sqlite3.Connection], Any]


def put(word: str) -> Work:
    return lambda db: db.execute("INSERT INTO word VALUES (?)", (word,)).rowcount


def words(db: sqlite3.Connection) -> list[str]:
    return [word for (word,) in db.execute("SELECT word FROM word ORDER BY rowid")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create_database(tmp_path / "a.db", "test", SCHEMA)
    return tmp_path / "a.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with Database.open(path, "test") as opened:
        yield opened


async def test_what_was_written_is_there_after_a_restart(path: Path) -> None:
    for word in ("a", "b"):
        async with Database.open(path, "test") as database:
            assert await database.write(put(word)) == 1
    async with Database.open(path, "test") as database:
        assert await database.read(words) == ["a", "b"]


async def test_what_was_deleted_is_not_in_the_file_any_more(path: Path) -> None:
    async with Database.open(path, "test") as database:
        await database.write(put("秘密の合言葉"))
    assert "秘密の合言葉".encode() in path.read_bytes()
    async with Database.open(path, "test") as database:
        await database.write(lambda db: db.execute("DELETE FROM word").rowcount)
    assert "秘密の合言葉".encode() not in path.read_bytes()


async def test_what_waits_together_is_committed_together(database: Database) -> None:
    groups: list[list[Any]] = []
    database.on_commit(
        lambda _, results: len(results), lambda results, _: groups.append([*results])
    )
    await asyncio.gather(*(database.write(put(f"{n}")) for n in range(100)))
    assert sum(map(len, groups)) == 100
    assert len(groups) <= 2
    assert len(await database.read(words)) == 100


async def test_what_is_done_before_a_commit_is_part_of_it(database: Database) -> None:
    seen = []

    def before(db: sqlite3.Connection, results: Any) -> str:
        put("seal")(db)
        return f"{len(results)} sealed"

    database.on_commit(before, lambda results, made: seen.append((list(results), made)))
    await database.write(lambda db: put("a")(db) and "result")
    assert seen == [(["result"], "1 sealed")]
    assert await database.read(words) == ["a", "seal"]


async def test_nobody_is_told_before_it_is_durable(database: Database, path: Path) -> None:
    """When `after` runs, a copy of the files made there and then has the words."""
    copies: list[Path] = []

    def after(_results: Any, _made: Any) -> None:
        copy = path.parent / f"copy{len(copies)}"
        copy.mkdir()
        for file in path.parent.glob("a.db*"):
            shutil.copy(file, copy / file.name)
        copies.append(copy)

    database.on_commit(lambda _db, _results: None, after)
    await database.write(put("a"))
    with closing(sqlite3.connect(copies[0] / "a.db")) as db:
        assert words(db) == ["a"]


async def test_a_mistake_undoes_only_its_own(database: Database) -> None:
    def refuse(db: sqlite3.Connection) -> None:
        put("never")(db)
        raise Refused(Reason.FORBIDDEN)

    outcomes = await asyncio.gather(
        database.write(put("a")),
        database.write(refuse),
        database.write(put("a")),  # a second time: the constraint says no
        database.write(put("b")),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [int, Refused, sqlite3.IntegrityError, int]
    assert await database.read(words) == ["a", "b"]


async def test_a_caller_who_leaves_breaks_nothing(database: Database) -> None:
    leaving = [asyncio.create_task(database.write(put(f"leaving {n}"))) for n in range(20)]
    staying = [asyncio.create_task(database.write(put(f"staying {n}"))) for n in range(20)]
    for task in leaving[:10]:
        task.cancel()
    await asyncio.sleep(0)
    for task in leaving[10:]:
        task.cancel()
    await asyncio.gather(*staying)
    written = await database.read(words)
    assert [word for word in written if "staying" in word] == [f"staying {n}" for n in range(20)]
    assert await database.write(put("and on")) == 1


@pytest.mark.parametrize("hook", ["before", "after"])
async def test_a_bug_in_a_hook_is_told_and_not_waited_for(database: Database, hook: str) -> None:
    def broken(*_: Any) -> None:
        raise KeyError(hook)

    def fine(*_: Any) -> None:
        pass

    database.on_commit(*((broken, fine) if hook == "before" else (fine, broken)))
    async with asyncio.timeout(20):
        with pytest.raises(KeyError, match=hook):
            await database.write(put("a"))
        database.on_commit(fine, fine)
        assert await database.write(put("b")) == 1
    # Before the commit it undid everything; after it there was nothing to undo.
    assert await database.read(words) == (["b"] if hook == "before" else ["a", "b"])


async def test_a_second_instance_is_kept_out(database: Database, path: Path) -> None:
    with pytest.raises(StoreFault, match="another instance"):
        async with Database.open(path, "test"):
            pass
    assert await database.write(put("a")) == 1


async def test_opening_never_creates(tmp_path: Path) -> None:
    with pytest.raises(StoreFault, match="sekisho init"):
        async with Database.open(tmp_path / "mistyped.db", "test"):
            pass
    assert list(tmp_path.iterdir()) == []


def test_a_store_is_made_once_and_for_its_owner(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        create_database(path, "test", SCHEMA)


async def test_a_store_of_another_kind_is_not_taken(path: Path) -> None:
    with pytest.raises(StoreFault, match="not of a zone"):
        async with Database.open(path, "zone"):
            pass


async def test_a_foreign_database_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "foreign.db"
    path.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE store (kind TEXT)")
    with pytest.raises(StoreFault, match="not a store of Sekisho"):
        async with Database.open(path, "test"):
            pass


@pytest.mark.parametrize(("first", "number"), [(0, 16), (20, 80), (100, 50), (4096, 4096)], ids=str)
async def test_a_damaged_store_is_not_opened(path: Path, first: int, number: int) -> None:
    async with Database.open(path, "test") as database:
        await asyncio.gather(*(database.write(put(f"{n:200}")) for n in range(100)))
    with path.open("r+b") as file:
        file.seek(first)
        file.write(os.urandom(number))
    with pytest.raises(StoreFault, match=r"damaged|not a store|cannot be opened"):
        async with Database.open(path, "test"):
            pass


async def test_a_text_file_is_not_a_store(tmp_path: Path) -> None:
    (tmp_path / "a.db").touch(mode=0o600)
    (tmp_path / "a.db").write_text("word\n" * 1000)
    with pytest.raises(StoreFault, match="damaged"):
        async with Database.open(tmp_path / "a.db", "test"):
            pass


async def test_a_full_disk_is_said_and_survived(database: Database) -> None:
    def limit(db: sqlite3.Connection) -> None:
        db.execute("PRAGMA max_page_count = 12")

    def unlimit(db: sqlite3.Connection) -> None:
        db.execute("PRAGMA max_page_count = 1000000")

    await database.write(put("before"))
    await database.read(limit)
    with pytest.raises(Unavailable, match="full"):
        await database.write(put("x" * 100_000))
    assert await database.read(words) == ["before"]
    await database.read(unlimit)
    assert await database.write(put("after")) == 1
    assert await database.read(words) == ["before", "after"]


# Writes for ever in a process of its own, and says so each time it has written.
WRITER = """
import asyncio, sys
from pathlib import Path
from runtime.database import Database

async def main():
    async with Database.open(Path(sys.argv[1]), "test") as database:
        for n in range(200):
            await database.write(
                lambda db: db.execute("INSERT INTO word VALUES (?)", (f"{n:2000}",))
            )
            print("written", flush=True)

asyncio.run(main())
"""


def run_writer(path: Path, *before: str | Path) -> tuple[int, int]:
    """Return the exit code of a writer, and how many words it said were written."""
    done = subprocess.run(
        [*before, sys.executable, "-c", WRITER, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.splitlines().count("written")


def kept(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return len(words(db))


def test_an_error_of_the_disk_ends_the_process_and_loses_nothing(path: Path) -> None:
    """The write-ahead log may not grow beyond 200 blocks of 1 KiB, and fails with EFBIG."""
    code, said = run_writer(path, "bash", "-c", 'ulimit -f 200; exec "$@"', "bash")
    assert code == EXIT_IO_ERROR
    assert said > 4
    assert kept(path) in (said, said + 1)


@pytest.mark.needs("strace")
def test_a_failed_fsync_ends_the_process_and_is_not_tried_again(path: Path) -> None:
    log = path.parent / "strace.log"
    inject = ("-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO:when=8")
    code, said = run_writer(path, "strace", "-f", "-qq", "-o", log, *inject)
    assert code == EXIT_IO_ERROR
    assert said > 0
    assert kept(path) in (said, said + 1)
    _, _, after = log.read_text().partition("INJECTED")
    assert after
    assert "sync(" not in after
