"""The index is made of the store alone: lost, damaged, old or interrupted, it is rebuilt."""

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from lgwan_side.zone import SIDE
from tests.conftest import ROOT
from tests.zone.conftest import ROOM, SITE, STAFF, Place, author, key_of
from tests.zone.search.test_search import caught_up
from wire.bodies import MessagePost
from wire.reasons import Unavailable
from zone.search import service as searches
from zone.search.finding import IndexQuery
from zone.search.query_words import read_words
from zone.search.service import SearchService
from zone.store import event_log, notifications
from zone.store import store as stores
from zone.store.side_effects import SIDE_EFFECTS
from zone.store.store import ZoneStore
from zone.store.writing import Writing


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[Place, SearchService]]:
    """Open the store in `folder` and its search."""
    async with (
        ZoneStore.open(folder, SIDE, SITE, key_of(SIDE), SIDE_EFFECTS) as store,
        SearchService.open(store) as search,
    ):
        yield Place(store, SIDE), search


async def say(store: ZoneStore, texts: list[str]) -> None:
    """Post to the room, all in one transaction."""

    def work(writing: Writing) -> None:
        for text in texts:
            name = writing.mint("ms", writing.now)
            event = writing.act(author(STAFF), MessagePost(text), room=ROOM, crosses=False, id=name)
            notifications.tell(writing, event, writing.side.zone)

    await store.write(work)


async def count(search: SearchService, words: str) -> int:
    """Return how many messages have `words`."""
    total, below = 0, None
    while True:
        asked = IndexQuery(rooms={ROOM: 0}, words=read_words(words), limit=200, below=below)
        page = await search.find(asked)
        total, below = total + len(page.items), page.next
        if below is None:
            return total


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A store with 300 messages and a whole index."""
    stores.create_zone_store(tmp_path)
    async with opened(tmp_path) as (place, search):
        await say(place.store, [f"訓練 {n}" for n in range(300)])
        await caught_up(search)
        assert await count(search, "訓練") == 300
    return tmp_path


def lose(folder: Path) -> None:
    (folder / "search/search.db").unlink()


def cut(folder: Path) -> None:
    os.truncate(folder / "search/search.db", 20_000)


def scribble(folder: Path) -> None:
    with (folder / "search/search.db").open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xa5" * 4096 * 8)


def empty(folder: Path) -> None:
    (folder / "search/search.db").write_bytes(b"")


def overwrite(folder: Path) -> None:
    (folder / "search/search.db").write_bytes(b"not a database" * 1000)


def sql(statement: str) -> Callable[[Path], None]:
    def run(folder: Path) -> None:
        with closing(sqlite3.connect(folder / "search/search.db")) as db:
            db.execute(statement)
            db.commit()

    run.__name__ = statement.partition(" SET ")[0].lower().replace(" ", "-")
    return run


FAULTS = [
    lose,
    cut,
    scribble,
    empty,
    overwrite,
    sql("PRAGMA user_version = 0"),
    sql("UPDATE progress SET tag = 'another'"),
    sql("DROP TABLE document"),
    # As after the store was restored from a backup: the index knows what never was.
    sql("UPDATE progress SET position = position + 1"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_an_index_that_is_no_use_is_rebuilt(
    folder: Path, fault: Callable[[Path], None]
) -> None:
    fault(folder)
    async with opened(folder) as (place, search):
        await say(place.store, ["訓練はこれで終わり"])
        await caught_up(search)
        assert await count(search, "訓練") == 301
        assert await count(search, "訓練 299") == 1


async def test_what_was_said_while_there_was_no_search_is_caught_up_with(folder: Path) -> None:
    async with ZoneStore.open(folder, SIDE, SITE, key_of(SIDE), SIDE_EFFECTS) as store:
        await say(store, ["その間の訓練"] * 250)
    async with opened(folder) as (_, search):
        await caught_up(search)
        assert await count(search, "訓練") == 550


async def test_an_index_behind_a_log_that_was_cut_is_made_anew(folder: Path) -> None:
    async with ZoneStore.open(folder, SIDE, SITE, key_of(SIDE), SIDE_EFFECTS) as store:
        await say(store, ["その間の訓練"] * 50)
        await store.write(lambda writing: event_log.cut(writing.db, keep=1, limit=1_000))
    async with opened(folder) as (_, search):
        await caught_up(search)
        assert await count(search, "訓練") == 350


async def test_damage_met_while_it_is_open_is_mended(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searches, "FIRST_PAUSE_S", 0.01)
    async with opened(folder) as (_, search):
        await caught_up(search)
        sql("DROP TABLE document")(folder)
        with pytest.raises(Unavailable):
            await count(search, "訓練")
        async with asyncio.timeout(20):
            while True:
                try:
                    found = await count(search, "訓練")
                except Unavailable:
                    found = 0
                if found == 300:
                    return
                await asyncio.sleep(0.01)


KILLED = """
import asyncio, sys
from pathlib import Path
from tests.zone.search.test_rebuilding import opened, say

async def main():
    async with opened(Path(sys.argv[1])) as (place, search):
        for n in range(10_000):
            await say(place.store, [f"避難 {n} {i}" for i in range(20)])
            print("said", flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("lines", [1, 9])
async def test_a_kill_while_it_is_written_loses_and_doubles_nothing(
    folder: Path, lines: int
) -> None:
    lose(folder)  # so that history is being read as well
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        KILLED,
        str(folder),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    for _ in range(lines):
        while await process.stdout.readline() != b"said\n":  # it logs there as well
            assert not process.stdout.at_eof()
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    async with opened(folder) as (place, search):
        await caught_up(search)
        stored = await place.store.read(
            lambda db: db.execute("SELECT count(*), sum(text LIKE '避難%') FROM message").fetchone()
        )
        assert stored[1] >= 20 * lines
        assert await count(search, "避難") == stored[1]
        assert await count(search, "訓練") == 300
