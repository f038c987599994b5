"""What a link does, whatever carries it: one suite for Unix sockets and for TLS."""

import asyncio
import os
import socket
import ssl
import struct
from contextlib import AsyncExitStack, suppress

import pytest

from runtime import links
from runtime.links import Connection, dial_link, name_of
from runtime.listening import bind_endpoint, listen_on
from tests.runtime.ends import (
    ENOUGH_S,
    HELLO,
    TAKES,
    Ends,
    dial_raw,
    relay_at,
    soon,
)
from wire.fields import MAX_CHUNK_BYTES
from wire.frames import HEADER, FrameType, write_frame
from wire.reasons import Reason, Refused, Unavailable


async def test_what_is_sent_arrives_in_order(ends: Ends) -> None:
    frames = [HELLO, (FrameType.CHUNK, os.urandom(MAX_CHUNK_BYTES)), (FrameType.HELLO, b"")]
    async with relay_at(ends.listening) as arrived:
        async with dial_link(ends.dialling, TAKES) as connection:
            for frame in frames:
                await connection.send(*frame)
            assert [await soon(arrived) for _ in frames] == frames
        assert await soon(arrived) is None


async def test_both_sides_speak(ends: Ends) -> None:
    async def echo(connection: Connection) -> None:
        async for frame in connection.frames():
            await connection.send(*frame)

    async with (
        listen_on(bind_endpoint(ends.listening), TAKES, echo),
        dial_link(ends.dialling, TAKES) as connection,
    ):
        await connection.send(*HELLO)
        async with asyncio.timeout(ENOUGH_S):
            assert await anext(connection.frames()) == HELLO


async def fill(connection: Connection) -> None:
    """Send 50 MiB, which no buffer on the way holds."""
    async with asyncio.timeout(ENOUGH_S):
        for _ in range(200):
            await connection.send(FrameType.CHUNK, bytes(MAX_CHUNK_BYTES))


async def test_a_sender_waits_for_a_slow_reader(ends: Ends) -> None:
    reading, ended = asyncio.Event(), asyncio.Event()
    taken = []

    async def handle(connection: Connection) -> None:
        await reading.wait()
        taken.extend([len(body) async for _, body in connection.frames()])
        ended.set()

    async with asyncio.timeout(ENOUGH_S), listen_on(bind_endpoint(ends.listening), TAKES, handle):
        async with dial_link(ends.dialling, TAKES) as connection:
            filling = asyncio.create_task(fill(connection))
            await asyncio.wait([filling], timeout=0.3)
            assert not filling.done()
            reading.set()
            await filling
        await ended.wait()
    assert taken == [MAX_CHUNK_BYTES] * 200


async def test_a_frame_may_come_in_pieces(ends: Ends) -> None:
    async with relay_at(ends.listening) as arrived:
        _, writer = await dial_raw(ends)
        for byte in write_frame(*HELLO):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)
        assert await soon(arrived) == HELLO
        writer.close()


async def test_half_a_frame_is_none(ends: Ends) -> None:
    async with relay_at(ends.listening) as arrived:
        _, writer = await dial_raw(ends)
        writer.write(write_frame(*HELLO)[:-1])
        writer.close()
        assert await soon(arrived) is None


async def test_who_begins_a_frame_must_end_it(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "FRAME_TIMEOUT_S", 0.1)
    async with relay_at(ends.listening) as arrived:
        _, writer = await dial_raw(ends)
        writer.write(write_frame(*HELLO)[:3])
        refusal = await soon(arrived)
        assert isinstance(refusal, Refused)
        assert refusal.reason is Reason.TOO_SLOW
        writer.close()


async def test_a_drop_now_and_then_is_not_enough(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "FRAME_TIMEOUT_S", 0.2)
    async with relay_at(ends.listening) as arrived:
        _, writer = await dial_raw(ends)

        async def drip() -> None:
            with suppress(OSError):
                for byte in write_frame(FrameType.CHUNK, bytes(1000)):
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(0.02)

        dripping = asyncio.create_task(drip())
        refusal = await soon(arrived)
        assert isinstance(refusal, Refused)
        assert refusal.reason is Reason.TOO_SLOW
        dripping.cancel()
        writer.close()


async def test_silence_between_frames_is_no_fault(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "FRAME_TIMEOUT_S", 0.05)
    async with relay_at(ends.listening) as arrived, dial_link(ends.dialling, TAKES) as connection:
        for _ in range(2):
            await connection.send(*HELLO)
            assert await soon(arrived) == HELLO
            await asyncio.sleep(0.2)
        assert arrived.empty()


async def test_time_we_take_ourselves_is_not_the_peers(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "FRAME_TIMEOUT_S", 0.2)
    taken = []
    done = asyncio.Event()

    async def handle(connection: Connection) -> None:
        async for frame in connection.frames():
            taken.append(frame)
            await asyncio.sleep(0.3)
        done.set()

    async with listen_on(bind_endpoint(ends.listening), TAKES, handle):
        _, writer = await dial_raw(ends)
        first, rest = write_frame(*HELLO)[:3], write_frame(*HELLO)[3:]
        writer.write(write_frame(*HELLO) + first)
        await asyncio.sleep(0.1)
        writer.write(rest)
        writer.write_eof() if writer.can_write_eof() else writer.close()
        async with asyncio.timeout(ENOUGH_S):
            await done.wait()
        assert taken == [HELLO, HELLO]
        writer.close()


@pytest.mark.parametrize(
    ("untrusted", "reason"),
    [
        (b"GET / HTTP/1.1\r\n", Reason.MALFORMED),
        (HEADER.pack(b"SK", 99, 1, 0), Reason.WRONG_TYPE),
        (write_frame(FrameType.RECEIPT, b""), Reason.WRONG_TYPE),
        (HEADER.pack(b"SK", FrameType.CHUNK, 1, 2**32 - 1), Reason.BAD_SIZE),
    ],
)
async def test_what_is_no_frame_ends_the_link(ends: Ends, untrusted: bytes, reason: Reason) -> None:
    async with relay_at(ends.listening) as arrived:
        reader, writer = await dial_raw(ends)
        writer.write(untrusted)
        refusal = await soon(arrived)
        assert isinstance(refusal, Refused)
        assert refusal.reason is reason
        async with asyncio.timeout(ENOUGH_S):
            with suppress(OSError, ssl.SSLError):
                assert await reader.read() == b""
        writer.close()


async def test_a_link_that_breaks_ends(ends: Ends) -> None:
    async with relay_at(ends.listening) as arrived:
        _, writer = await dial_raw(ends)
        writer.write(write_frame(*HELLO))
        assert await soon(arrived) == HELLO
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()  # with TCP, a reset
        assert await soon(arrived) is None


async def test_to_send_on_a_broken_link_is_unavailable(ends: Ends) -> None:
    gone = asyncio.Event()

    async def hang_up(connection: Connection) -> None:
        connection.close()
        gone.set()

    async with (
        listen_on(bind_endpoint(ends.listening), TAKES, hang_up),
        dial_link(ends.dialling, TAKES) as connection,
    ):
        await gone.wait()
        with pytest.raises(Unavailable):
            await fill(connection)


async def test_nobody_at_home_is_unavailable(ends: Ends) -> None:
    with pytest.raises(Unavailable, match=name_of(ends.dialling)):
        async with dial_link(ends.dialling, TAKES):
            pass


async def test_the_newest_connection_wins(ends: Ends) -> None:
    begun: asyncio.Queue[Connection] = asyncio.Queue()
    ended: asyncio.Queue[Connection] = asyncio.Queue()

    async def handle(connection: Connection) -> None:
        begun.put_nowait(connection)
        try:
            async for _ in connection.frames():
                pass
        except asyncio.CancelledError:
            ended.put_nowait(connection)
            raise

    async with (
        asyncio.timeout(ENOUGH_S),
        listen_on(bind_endpoint(ends.listening), TAKES, handle),
        AsyncExitStack() as stack,
    ):
        older = await stack.enter_async_context(dial_link(ends.dialling, TAKES))
        first = await begun.get()
        newer = await stack.enter_async_context(dial_link(ends.dialling, TAKES))
        await begun.get()
        assert await ended.get() is first
        assert [frame async for frame in older.frames()] == []
        await newer.send(*HELLO)


async def test_one_can_come_back(ends: Ends) -> None:
    for _ in range(3):
        async with relay_at(ends.listening) as arrived:
            for _ in range(2):
                async with dial_link(ends.dialling, TAKES) as connection:
                    await connection.send(*HELLO)
                    assert await soon(arrived) == HELLO
                assert await soon(arrived) is None


async def test_who_is_cancelled_at_once_is_hung_up_on_too(ends: Ends) -> None:
    async def handle(_: Connection) -> None:
        await asyncio.Event().wait()

    async with asyncio.timeout(ENOUGH_S), listen_on(bind_endpoint(ends.listening), TAKES, handle):
        reader, writer = await dial_raw(ends)
        other = await dial_raw(ends)
        with suppress(OSError, ssl.SSLError):
            assert await reader.read() == b""
    with suppress(OSError, ssl.SSLError):
        assert await other[0].read() == b""
    writer.close()
    other[1].close()


async def test_who_stops_listening_cancels_who_handles(ends: Ends) -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def handle(_: Connection) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async with listen_on(bind_endpoint(ends.listening), TAKES, handle):
        _, writer = await dial_raw(ends)
        await begun.wait()
    assert cancelled.is_set()
    writer.close()
