"""The client loses nothing and does nothing twice, whatever becomes of its connections."""

import ast
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from sekisho_client import Client, Event, Message, Problem, Unreachable
from sekisho_client.errors import Fault
from sekisho_client.people import Snapshot
from tests.conftest import ROOT
from tests.zone.api.conftest import People, peopled, town
from zone.store import event_log


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[People]:
    async with peopled(tmp_path / "n") as made:
        yield made


def test_the_client_needs_aiohttp_and_nothing_else() -> None:
    needed = set()
    for path in (ROOT / "client" / "sekisho_client").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                needed.add((node.module or "").partition(".")[0])
            elif isinstance(node, ast.Import):
                needed |= {alias.name.partition(".")[0] for alias in node.names}
    assert needed - sys.stdlib_module_names == {"aiohttp", "sekisho_client"}


async def texts(client: Client, since: str, until: str) -> list[str]:
    """Follow until somebody says `until`."""
    heard: list[str] = []
    async with aclosing(client.events(since)) as events:  # type: ignore[type-var] # a generator
        async for event in events:
            heard.append(event.data_as(Message).text or "")
            if heard[-1] == until:
                break
    return heard


async def test_events_go_on_over_a_restart_of_the_daemon(tmp_path: Path) -> None:
    folder = tmp_path / "n"
    async with peopled(folder) as people:
        token, ids, room = people.town.token, people.town.ids, people.room
        cursor = (await people.taro.snapshot()).cursor
        follower = Client(people.town.api, token, ids["taro"])
        await follower.__aenter__()
        hearing = asyncio.create_task(texts(follower, cursor, "四"))
        await people.hana.post(room, "一")
        await people.hana.post(room, "二")
    async with town(folder, fresh=False) as here:
        hana = await here.client(ids["hana"], token)
        await hana.post(room, "三")
        await hana.post(room, "四")
        assert await hearing == ["一", "二", "三", "四"]
        await follower.__aexit__(None, None, None)


async def test_a_cursor_that_is_gone_becomes_a_snapshot(people: People) -> None:
    cursor = (await people.taro.snapshot()).cursor
    await people.hana.post(people.room, "一")
    await people.town.store.write(lambda w: event_log.cut(w.db, keep=0, limit=1000))
    async with aclosing(people.taro.events(cursor)) as events:  # type: ignore[type-var] # a generator
        first: Event = await anext(events)
        assert first.type == "client.resync"
        assert first.data_as(Snapshot).rooms[0].unread == 1
        await people.hana.post(people.room, "二")
        assert (await anext(events)).data_as(Message).text == "二"


async def test_events_from_now_on_start_with_what_comes(people: People) -> None:
    await people.hana.post(people.room, "前")
    async with aclosing(people.taro.events()) as events:  # type: ignore[type-var] # a generator
        hearing = asyncio.ensure_future(anext(events))
        while people.town.store.subscriptions.count() == 0:  # noqa: ASYNC110 - the server says it to nobody
            await asyncio.sleep(0.01)
        await people.hana.post(people.room, "後")
        assert (await hearing).data_as(Message).text == "後"


@asynccontextmanager
async def cut_wire(socket: Path, target: Path, cuts: int) -> AsyncIterator[None]:
    """Carry what is asked, but hang up instead of the first `cuts` answers."""
    left = cuts

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal left
        there_reader, there_writer = await asyncio.open_unix_connection(str(target))
        try:
            while asked := await reader.read(65536):
                there_writer.write(asked)
                answer = await there_reader.read(65536)
                if left > 0:
                    left -= 1
                    return
                writer.write(answer)
        finally:
            there_writer.close()
            writer.close()

    server = await asyncio.start_unix_server(carry, str(socket))
    try:
        yield
    finally:
        server.close()


async def test_a_post_whose_answer_was_lost_is_not_said_twice(
    people: People, tmp_path: Path
) -> None:
    wire, here = tmp_path / "w", people.town
    async with (
        cut_wire(wire, here.api, cuts=2),
        Client(wire, here.token, here.ids["hana"]) as hana,
    ):
        posted = await hana.post(people.room, "一")
        said = (await people.taro.messages(people.room)).items
        assert [m.id for m in said] == [posted.id]


async def test_where_nobody_answers_the_client_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sekisho_client.transport.FIRST_PAUSE_S", 0.01)
    async with Client(tmp_path / "nobody.sock", "t", "u") as client:
        with pytest.raises(Unreachable):
            await client.me()


async def test_a_problem_carries_what_the_server_said(people: People) -> None:
    with pytest.raises(Problem) as caught:
        await people.hana.post(people.room, "x" * 9000)
    problem = caught.value
    assert (problem.code, problem.status) == ("invalid", 422)
    assert problem.errors == [Fault("/text", "invalid")]


async def test_a_large_file_makes_the_journey(people: People) -> None:
    content = bytes(range(256)) * 20_000
    file = await people.hana.upload("写真.jpg", content, media="image/jpeg")
    await people.hana.post(people.room, "", files=[file.id])
    assert b"".join([p async for p in people.taro.download(file.id)]) == content
