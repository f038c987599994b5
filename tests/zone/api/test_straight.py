"""A reader who waits is written to straight: in order, once, and no more than they take."""

import asyncio
import re
from collections.abc import Sequence

import pytest

from sekisho_client.messages import NewMessage
from tests.zone.api.asking import request, signed_in
from tests.zone.api.conftest import People
from zone.store import subscriptions
from zone.store.sealing import Numbered

HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "A" * 22 + "==",
}


@pytest.mark.parametrize("path", ["/v1/stream", "/v1/events"])
async def test_who_stops_reading_and_goes_on_is_told_everything_once(
    people: People, path: str
) -> None:
    """They are written to straight, then by their task in pieces, then straight again."""
    here, count = people.town, 0
    headers = signed_in(here.token, here.ids["taro"], Accept="text/event-stream")
    if path == "/v1/stream":
        headers |= HANDSHAKE
    reader, writer = await asyncio.open_unix_connection(str(here.api), limit=4096)
    try:
        writer.write(request("GET", path, headers))
        await reader.readuntil(b"\r\n\r\n")

        async def talk(times: int) -> bytes:
            nonlocal count
            for _ in range(times):
                await people.hana.post(people.room, f"<{count}>" + "長" * 900)
                count += 1
            return f"<{count - 1}>".encode()

        raw = await until(reader, await talk(3))
        raw += await until(reader, await talk(250))  # three times what a socket holds
        raw += await until(reader, await talk(3))
    finally:
        writer.close()
    assert re.findall(rb'"text":"<(\d+)>', raw) == [b"%d" % n for n in range(count)]


async def test_what_a_silent_reader_does_not_take_is_not_copied_for_him(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits with all the others' and is dropped: the socket's buffer is no way round that."""
    monkeypatch.setattr(subscriptions, "MAX_LAG", 100)
    here = people.town
    headers = signed_in(here.token, here.ids["taro"], **HANDSHAKE)
    reader, writer = await asyncio.open_unix_connection(str(here.api), limit=4096)
    try:
        writer.write(request("GET", "/v1/stream", headers))
        await reader.readuntil(b"\r\n\r\n")
        for n in range(60):
            batch = [
                NewMessage(room=people.room, client_key=f"{n}-{i}", text="長" * 900)
                for i in range(10)
            ]
            await people.hana.post_batch(batch)
        raw = await until(reader, b"resume from your cursor")
    finally:
        writer.close()
    assert raw.count(b'"message.created"') < 600


async def until(reader: asyncio.StreamReader, word: bytes) -> bytes:
    raw = b""
    async with asyncio.timeout(20):
        while word not in raw:
            raw += await reader.read(65536)
    return raw


async def test_what_the_log_told_of_is_not_told_again(people: People) -> None:
    """A commit can be read from the log before the streams are told of it."""
    store, cursor = people.town.store, (await people.taro.snapshot()).cursor
    said: list[Sequence[Numbered]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store.subscriptions, "publish", said.append)  # it is told a little later
        await people.hana.post(people.room, "一")
    async with people.taro.session.ws_connect("/v1/stream", params={"since": cursor}) as socket:
        assert [one["data"]["text"] for one in (await socket.receive_json())["items"]] == ["一"]
        for entries in said:
            store.subscriptions.publish(entries)
        await people.hana.post(people.room, "二")
        told: list[str] = []
        while "二" not in told:
            told += [one["data"]["text"] for one in (await socket.receive_json())["items"]]
        assert told == ["二"]


async def test_nothing_follows_the_goodbye(people: People) -> None:
    """RFC 6455, section 5.5.1: no data frame is sent behind a close frame."""
    here = people.town
    headers = signed_in(here.token, here.ids["taro"], **HANDSHAKE)
    reader, writer = await asyncio.open_unix_connection(str(here.api))
    try:
        writer.write(request("GET", "/v1/stream", headers))
        await until(reader, b'"cursor"')
        writer.write(b"\x81\x81\0\0\0\0x")  # a frame, which is not allowed; and no close frame
        goodbye = await until(reader, b"nothing is sent here")
        await people.hana.post(people.room, "まだ？")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await reader.readexactly(1)
    finally:
        writer.close()
    assert goodbye[0] == 0x88
