"""Pieces of files that are turned away at the door, over a real socket."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.relay.transform.site import file_ref, post
from tests.relay.transform.world import world
from wire.frames import FrameType, write_chunk
from wire.reasons import Reason
from wire.receipts import Verdict

CHUNKS: dict[str, tuple[Callable[[bytes, str], bytes], Reason]] = {
    "not announced": (lambda _, __: write_chunk("0" * 64, 0, b"x"), Reason.UNANNOUNCED),
    "not the next": (lambda d, sha: write_chunk(sha, 1, d), Reason.GAP),
    "too long": (lambda d, sha: write_chunk(sha, 0, d + b"!"), Reason.BAD_SIZE),
    "of another content": (lambda d, sha: write_chunk(sha, 0, d[::-1]), Reason.WRONG_HASH),
    "empty": (lambda _, sha: bytes.fromhex(sha) + bytes(4), Reason.BAD_SIZE),
}


@pytest.mark.parametrize("case", CHUNKS)
async def test_a_chunk_is_turned_away(folder: Path, case: str) -> None:
    chunk, reason = CHUNKS[case]
    data = b"a text of some bytes"
    ref = file_ref(data, "a.txt", "text/plain")
    async with world(folder) as w:
        await w.near.send(post("添付", ref))
        await w.near.taken(1)
        assert ref.sha256 is not None
        await w.near.connection.send(FrameType.CHUNK, chunk(data, ref.sha256))
        await w.near.closed()
        item = await w.verify.item(lambda item: item.event is None)
        assert item.reason is reason
        assert list((w.node.folder / "arriving").iterdir()) == []
        # What was announced is still awaited, and comes again from the beginning.
        async with w.near.connected():
            await w.near.send_file(data)
            assert (await w.near.verdict(1, file=1)).verdict is Verdict.DELIVERED


async def test_a_file_that_never_is_what_was_announced_is_given_up(folder: Path) -> None:
    data = b"a text"
    ref = file_ref(data, "a.txt", "text/plain")
    assert ref.sha256 is not None
    async with world(folder) as w:
        await w.near.send(post("添付", ref))
        await w.near.taken(1)
        await w.near.connection.send(FrameType.CHUNK, write_chunk(ref.sha256, 0, data[::-1]))
        await w.near.closed()
        for _ in range(2):
            async with w.near.connected():
                chunk = write_chunk(ref.sha256, 0, data[::-1])
                await w.near.connection.send(FrameType.CHUNK, chunk)
                await w.near.closed()
        async with w.near.connected():
            told = await w.near.verdict(1, file=1)
            assert (told.verdict, told.reason) == (Verdict.REFUSED, Reason.FILE_BROKEN)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A disk that makes nothing durable before the gate opens."""
    opened, fsync = threading.Event(), os.fsync

    def slowly(descriptor: int) -> None:
        opened.wait()
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", slowly)
    yield opened
    opened.set()


async def test_text_does_not_wait_for_a_file_to_be_durable(
    folder: Path, gate: threading.Event
) -> None:
    data = b"a text of some bytes"
    async with world(folder) as w:
        with opening(gate):
            await w.near.send(post("添付", file_ref(data, "a.txt", "text/plain")))
            await w.near.taken(1)
            await w.near.send_file(data)
            await w.near.send(post("そのあと"))
            await w.near.taken(2)
        assert (await w.near.verdict(1, file=1)).verdict is Verdict.DELIVERED


async def test_a_file_that_comes_again_while_it_is_made_durable_is_taken_in_once(
    folder: Path, gate: threading.Event
) -> None:
    data = b"a text of some bytes"
    async with world(folder) as w:
        with opening(gate):
            await w.near.send(post("添付", file_ref(data, "a.txt", "text/plain")))
            await w.near.taken(1)
            await w.near.send_file(data)
            await w.near.send_file(data)
        assert (await w.near.verdict(1, file=1)).verdict is Verdict.DELIVERED
        await w.near.send(post("そのあと"))
        await w.near.taken(2)


@contextmanager
def opening(gate: threading.Event) -> Iterator[None]:
    """Open the gate at the end, whatever happens."""
    try:
        yield
    finally:
        gate.set()
