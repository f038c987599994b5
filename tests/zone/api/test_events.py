"""The log is followed three ways, over broken connections, without loss or doubles."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sekisho_client import Client, Message, Problem
from sekisho_client.messages import NewMessage
from sekisho_client.people import Member, Room
from tests.zone.api.asking import ask, signed_in
from tests.zone.api.conftest import People, peopled, town
from tests.zone.api.test_messages import code_of
from zone.api.http import event_stream
from zone.api.resources import streams
from zone.settings import RequestLimits
from zone.store import event_log, subscriptions
from zone.store.event_log import write_cursor

Heard = AsyncIterator[tuple[str, str]]  # cursor, text


async def by_polling(client: Client, cursor: str) -> Heard:
    """Hear one long poll."""
    batch = await client.poll(cursor, wait=20)
    for item in batch.items:
        yield item.cursor, item.data_as(Message).text or ""


async def by_events(client: Client, cursor: str) -> Heard:
    """Hear server-sent events."""
    headers = {"Accept": "text/event-stream", "Last-Event-ID": cursor}
    async with client.session.get("/v1/events", headers=headers) as response:
        place = ""
        async for line in response.content:
            if line.startswith(b"id: "):
                place = line[4:].decode().strip()
            if line.startswith(b'data: {"'):
                item = json.loads(line[6:])
                assert item["cursor"] == place
                yield place, item["data"]["text"]


async def by_socket(client: Client, cursor: str) -> Heard:
    """Hear a WebSocket."""
    async with client.session.ws_connect("/v1/stream", params={"since": cursor}) as socket:
        async for message in socket:
            batch = json.loads(message.data)
            for item in batch["items"]:
                yield item["cursor"], item["data"]["text"]


Transport = Callable[[Client, str], Heard]
TRANSPORTS = pytest.mark.parametrize("transport", [by_polling, by_events, by_socket])


@TRANSPORTS
async def test_nothing_is_lost_or_doubled_over_broken_connections(
    people: People, transport: Transport
) -> None:
    """The reader hangs up after every third event, while others go on talking."""
    cursor = (await people.taro.snapshot()).cursor
    expected = [f"{i}" for i in range(120)]

    async def talk() -> None:
        for text in expected:
            await people.hana.post(people.room, text)

    talking = asyncio.create_task(talk())
    heard: list[str] = []
    while len(heard) < len(expected):
        async with aclosing(transport(people.taro, cursor)) as stream:  # type: ignore[type-var] # a generator
            count = 0
            async for place, text in stream:
                heard.append(text)
                cursor, count = place, count + 1
                if count == 3 or len(heard) == len(expected):
                    break
    await talking
    assert heard == expected


@TRANSPORTS
async def test_a_reader_resumes_from_the_log_of_before_a_restart(
    tmp_path: Path, transport: Transport
) -> None:
    folder = tmp_path / "n"
    async with peopled(folder) as people:
        cursor = (await people.taro.snapshot()).cursor
        texts = [str(i) for i in range(event_stream.PIECE + 20)]
        for i in range(0, len(texts), 256):
            await people.hana.post_batch(
                [NewMessage(room=people.room, client_key=t, text=t) for t in texts[i : i + 256]]
            )
    async with town(folder, fresh=False) as here:
        client = await here.client(people.town.ids["taro"], people.town.token)
        heard: list[str] = []
        while len(heard) < len(texts):
            async with aclosing(transport(client, cursor)) as stream:  # type: ignore[type-var] # a generator
                async for place, text in stream:
                    heard.append(text)
                    cursor = place
                    if len(heard) == len(texts):
                        break
        assert heard == texts


async def test_who_is_in_no_room_hears_nothing_of_it(people: People) -> None:
    here, cursor = people.town, (await people.jiro.snapshot()).cursor
    await people.hana.post(people.room, "秘密")
    batch = await people.jiro.poll(cursor, wait=0)
    assert batch.items == []
    assert batch.cursor == write_cursor(here.store.tag, here.store.subscriptions.high)


async def test_a_cursor_moves_on_over_what_is_for_others(people: People) -> None:
    """Else a quiet user's cursor would grow too old while they follow."""
    here, cursor = people.town, (await people.jiro.snapshot()).cursor
    waiting = asyncio.create_task(people.jiro.poll(cursor, wait=1))
    await asyncio.sleep(0.1)
    await people.hana.post(people.room, "秘密")
    batch = await waiting
    assert batch.items == []
    assert batch.cursor == write_cursor(here.store.tag, here.store.subscriptions.high)


async def test_whoever_is_brought_in_is_told_what_he_was_brought_into(people: People) -> None:
    cursor = (await people.jiro.snapshot()).cursor
    await people.hana.set_member(people.room, people.town.ids["jiro"])
    await people.hana.remove_member(people.room, people.town.ids["jiro"])
    told = (await people.jiro.poll(cursor, wait=0)).items
    assert [event.type for event in told] == ["room.updated", "member.set"]
    assert told[0].data_as(Room).name == "防災"
    assert (told[1].data_as(Member).role, told[1].room) == ("none", people.room)


def gone_cursors(tag: str, high: int) -> list[str]:
    other = "0" * 8 if tag != "0" * 8 else "1" * 8
    return [
        f"{other}1",
        f"{tag}{high + 1:x}",
        f"{tag}",
        f"{tag}-1",
        f"{tag}0x1",
        f"{tag}01",
        "nonsense",
        f"{tag}" + "f" * 17,
        f"{tag} 1",
    ]


async def test_a_cursor_that_is_not_of_this_log_is_gone(people: People) -> None:
    here = people.town
    for cursor in gone_cursors(here.store.tag, here.store.subscriptions.high):
        assert await code_of(people.taro.poll(cursor)) == "cursor-gone"
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await people.taro.session.ws_connect("/v1/stream", params={"since": cursor})
        assert caught.value.status == 410
        headers = signed_in(here.token, here.ids["taro"], Accept="text/event-stream")
        headers["Last-Event-ID"] = cursor
        assert (await ask(here.api, "GET", "/v1/events", headers)).status == 410


async def test_a_cursor_too_old_for_the_log_is_gone_and_the_next_is_not(people: People) -> None:
    here = people.town
    cursor = (await people.taro.snapshot()).cursor
    for text in ("一", "二", "三"):
        await people.hana.post(people.room, text)
    everything = (await people.taro.poll(cursor)).items
    await here.store.write(lambda w: event_log.cut(w.db, keep=2, limit=1000))
    assert await code_of(people.taro.poll(cursor)) == "cursor-gone"
    later = (await people.taro.poll(everything[0].cursor)).items
    assert later == everything[1:]
    await here.store.write(lambda w: event_log.cut(w.db, keep=0, limit=1000))
    assert (await people.taro.poll(everything[2].cursor, wait=0)).items == []
    assert await code_of(people.taro.poll(everything[1].cursor)) == "cursor-gone"


async def test_a_quiet_stream_is_bookmarked(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "BOOKMARK_S", 0.05)
    cursor = (await people.jiro.snapshot()).cursor
    async with people.jiro.session.ws_connect("/v1/stream", params={"since": cursor}) as socket:
        await socket.receive_json()
        await people.hana.post(people.room, "秘密")
        batch = await socket.receive_json()
        while batch["cursor"] == cursor:
            batch = await socket.receive_json()
        assert batch["items"] == []
    headers = {"Accept": "text/event-stream"}
    async with people.jiro.session.get("/v1/events", headers=headers) as response:
        lines = [await response.content.readline() for _ in range(3)]
    assert lines[1:] == [b"event: bookmark\n", b"data: {}\n"]


@asynccontextmanager
async def unread_socket(people: People) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with people.taro.session.ws_connect("/v1/stream") as socket:
        await socket.receive_json()
        yield socket


async def test_a_slow_reader_is_let_go_and_resumes(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that stays behind is dropped; what was said is not."""
    monkeypatch.setattr(subscriptions, "MAX_LAG", 10)
    cursor = (await people.taro.snapshot()).cursor
    async with unread_socket(people) as socket:
        texts = [str(i) for i in range(30)]
        messages = [NewMessage(room=people.room, client_key=t, text=t) for t in texts]
        await people.hana.post_batch(messages)
        message = await socket.receive()
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert message.data == aiohttp.WSCloseCode.TRY_AGAIN_LATER
    told = (await people.taro.poll(cursor)).items
    assert [event.data_as(Message).text for event in told] == [str(i) for i in range(30)]


async def test_whoever_writes_over_a_stream_is_shown_out(people: People) -> None:
    for send in ("send_str", "send_bytes"):
        async with unread_socket(people) as socket:
            await getattr(socket, send)("x" if send == "send_str" else b"x")
            assert (await socket.receive()).data == aiohttp.WSCloseCode.POLICY_VIOLATION


async def test_a_flood_of_pings_and_an_oversized_frame_end_a_stream(people: People) -> None:
    async with unread_socket(people) as socket:
        for _ in range(streams.MAX_CONTROL_FRAMES):
            await socket.ping()
        await socket.ping()
        assert (await closing_code(socket)) == aiohttp.WSCloseCode.POLICY_VIOLATION
    async with unread_socket(people) as socket:
        await socket.send_bytes(b"x" * (streams.MAX_FRAME_BYTES + 1))
        assert (await closing_code(socket)) == aiohttp.WSCloseCode.MESSAGE_TOO_BIG


async def closing_code(socket: aiohttp.ClientWebSocketResponse) -> Any:
    while True:
        message = await socket.receive()
        if message.type is aiohttp.WSMsgType.CLOSE:
            return message.data


async def test_streams_of_one_frontend_are_counted_and_given_back(tmp_path: Path) -> None:
    async with peopled(tmp_path / "n", RequestLimits(frontend_streams=2)) as people:
        async with unread_socket(people), unread_socket(people):
            with pytest.raises(Problem) as caught:
                await people.jiro.poll("")
            assert (caught.value.code, caught.value.status) == ("quota", 429)
            assert people.town.store.subscriptions.count() == 2
        for _ in range(100):  # until the server has seen them close
            if people.town.store.subscriptions.count() == 0:
                break
            await asyncio.sleep(0.01)
        await people.jiro.poll("", wait=0)


async def test_a_plain_request_for_the_socket_is_refused(people: People) -> None:
    here = people.town
    answer = await ask(here.api, "GET", "/v1/stream", signed_in(here.token, here.ids["taro"]))
    assert (answer.status, answer.json["code"]) == (422, "invalid")
