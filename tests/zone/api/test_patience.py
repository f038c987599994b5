"""T31: whoever is silent or slow is shown out, and nobody else notices."""

import asyncio
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from sekisho_client.messages import NewMessage
from tests.zone.api.asking import Answer, ask, parse, request, signed_in
from tests.zone.api.conftest import People, peopled
from zone.api import serve
from zone.api.http import api_request, door, receiving
from zone.api.resources import streams


async def dribble(people: People, start: bytes, more: bytes = b"", pause: float = 0.02) -> bytes:
    """Send the start of a request, then a byte now and then; return what comes until the end."""
    reader, writer = await asyncio.open_unix_connection(str(people.town.api))

    async def drip() -> None:
        for byte in more:
            await asyncio.sleep(pause)
            writer.write(bytes([byte]))

    dripping, came = asyncio.create_task(drip()), b""
    try:
        writer.write(start)
        async with asyncio.timeout(20):
            while piece := await reader.read(65536):
                came += piece
    except ConnectionError:  # closed while we were still talking
        pass
    finally:
        dripping.cancel()
        writer.close()
    return came


async def good(people: People) -> None:
    await people.hana.post(people.room, "x")


@pytest.mark.parametrize(
    ("start", "more"),
    [
        (b"", b""),
        (b"GET /v1/me HTTP/1.1\r\nHost: localhost\r\n", b""),
        (b"GET ", b"/v1/me" + b"x" * 5000),
    ],
)
async def test_a_first_request_that_does_not_end_is_cut_off(
    people: People, monkeypatch: pytest.MonkeyPatch, start: bytes, more: bytes
) -> None:
    monkeypatch.setattr(door, "HEADER_TIMEOUT_S", 0.2)
    slow = asyncio.create_task(dribble(people, start, more))
    await good(people)
    assert await slow == b""
    await good(people)


async def test_a_connection_that_has_asked_is_kept(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "HEADER_TIMEOUT_S", 0.1)
    here = people.town
    text = request("GET", "/v1/me", signed_in(here.token, here.ids["hana"]))
    reader, writer = await asyncio.open_unix_connection(str(here.api))
    writer.write(text)
    first = await reader.readuntil(b"}")
    await asyncio.sleep(0.3)
    writer.write(text)
    assert b"200 OK" in first
    assert b"200 OK" in await reader.readuntil(b"200 OK")
    writer.close()


@pytest.mark.parametrize("more", [b"", b"GET /v1/me HTTP/1.1\r\nHost: localhost\r\nX-Slow: "])
async def test_who_has_asked_once_is_not_waited_for_for_ever_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: bytes
) -> None:
    """Neither silent on a connection that was kept, nor with a second request that does not end."""
    monkeypatch.setattr(serve, "IDLE_TIMEOUT_S", 0.3)
    async with peopled(tmp_path / "n") as people:
        here = people.town
        text = request("GET", "/v1/me", signed_in(here.token, here.ids["hana"]))
        slow = asyncio.create_task(dribble(people, text + more, b"x" * 500 if more else b""))
        await good(people)
        answer = await slow
    assert answer.count(b"HTTP/1.1") == answer.count(b"200 OK") == 1


def start_of(people: People, path: str, length: int, **more: str) -> bytes:
    here = people.town
    headers = signed_in(here.token, here.ids["hana"], **more, **{"Content-Length": str(length)})
    return request("POST", path, headers)


async def test_a_body_that_trickles_in_is_too_slow(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_request, "BODY_TIMEOUT_S", 0.2)
    start = start_of(people, f"/v1/rooms/{people.room}/messages", 5000)
    slow = asyncio.create_task(dribble(people, start, b"x" * 5000))
    await good(people)
    answer = parse(await slow)
    assert (answer.status, answer.json["code"]) == (408, "too-slow")


async def test_a_file_may_take_its_time_but_not_for_ever(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "PATIENCE_S", 0.2)
    digest = "sha-256=:" + "A" * 43 + "=:"
    start = start_of(people, "/v1/files?name=a", 50_000, **{"Content-Digest": digest})
    answer: Answer = parse(await dribble(people, start, b"x" * 50_000))
    assert (answer.status, answer.json["code"]) == (408, "too-slow")
    assert list(people.town.store.blobs.iterdir()) == []


async def test_many_idle_connections_leave_the_daemon_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes beyond the limit is turned away at once; who is in goes on."""
    may_open = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    monkeypatch.setattr(door, "OWN_DESCRIPTORS", may_open - door.REFUSALS - 30)
    monkeypatch.setattr(door, "REFUSAL_S", 0.2)
    async with peopled(tmp_path / "n") as people:
        opened = [await asyncio.open_unix_connection(str(people.town.api)) for _ in range(60)]
        await good(people)
        ended = [asyncio.create_task(read_end(reader)) for reader, _ in opened]
        await asyncio.wait(ended, timeout=5, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(0.3)
        assert 30 <= sum(task.done() for task in ended) < 60
        for _, writer in opened:
            writer.close()
        await asyncio.wait(ended)


async def test_who_has_said_nothing_makes_room_for_who_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one Unix user, whose connections are all silent: each that comes and asks is heard."""
    may_open = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    monkeypatch.setattr(door, "OWN_DESCRIPTORS", may_open - door.REFUSALS - 30)
    monkeypatch.setattr(door, "HEADER_TIMEOUT_S", 600.0)
    monkeypatch.setattr(door, "SILENT_S", 0.0)
    async with peopled(tmp_path / "n") as people:
        here = people.town
        opened = [await asyncio.open_unix_connection(str(here.api)) for _ in range(60)]
        for _ in range(40):
            answer = await ask(here.api, "GET", "/v1/me", signed_in(here.token, here.ids["hana"]))
            assert answer.status == 200
        for _, writer in opened:
            writer.close()


async def read_end(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""


async def test_a_reader_who_reads_nothing_is_let_go(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a WebSocket and over server-sent events; others are told meanwhile."""
    monkeypatch.setattr(streams, "BOOKMARK_S", 0.3)
    monkeypatch.setattr(streams, "SEND_TIMEOUT_S", 0.3)
    here = people.town
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    for path, more in (("/v1/stream", upgrade), ("/v1/events", {"Accept": "text/event-stream"})):
        headers = signed_in(here.token, here.ids["taro"], **more)
        _, writer = await asyncio.open_unix_connection(str(here.api), limit=1024)
        writer.write(request("GET", path, headers))
        await until(lambda: here.store.subscriptions.count() == 1)
        batch = [NewMessage(room=people.room, client_key="k", text="x" * 3000) for _ in range(250)]
        await people.hana.post_batch(batch)
        await until(lambda: here.store.subscriptions.count() == 0)
        writer.close()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - what is waited for rings no bell
            await asyncio.sleep(0.02)
