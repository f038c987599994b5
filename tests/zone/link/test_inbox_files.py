"""Files that come over the link: announced first, checked, and kept as they were announced."""

import asyncio
import hashlib
import os
import threading
import time
import zlib

import pytest

from tests.zone.conftest import GUEST, ROOM, author
from tests.zone.events import NOW, an_id
from tests.zone.link.test_inbox import Door, said, text_of
from wire.bodies import FileReady, RelayNotice
from wire.events import Event, FileRef
from wire.frames import FrameType, write_chunk
from wire.reasons import Reason, Refused
from wire.records import Acknowledgement
from zone.copy import files, registers


def picture(extra: bytes = b"") -> bytes:
    """Return a small PNG, with a chunk that does not belong there if asked."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data).to_bytes(4)
        return len(data).to_bytes(4) + kind + data + crc

    head = (2).to_bytes(4) + (3).to_bytes(4) + bytes([8, 2, 0, 0, 0])
    rows = zlib.compress(b"".join(b"\2" + bytes(6) for _ in range(3)))
    body = chunk(b"IHDR", head) + (chunk(b"tEXt", extra) if extra else b"") + chunk(b"IDAT", rows)
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


async def announced(
    door: Door, data: bytes, sha256: str | None = None, *, at: int = NOW, hlc: int = 1
) -> str:
    """Have the relay announce a message with one file, ready; return the file's hash.

    The relay says at `at`, with `hlc`, that it is ready.
    """
    found = sha256 or hashlib.sha256(data).hexdigest()
    post = said(1)
    file = FileRef(an_id("fl", 1), "写真.png", "", 0, None)
    post = Event(post.id, 1, NOW, ROOM, post.author, post.body, [file])
    ready = FileReady(
        post.id,
        file.fid,
        "altered",
        1,
        "写真.png",
        "image/png",
        len(data),
        found,
        None,
        [("gps", 1)],
    )
    notice = Event(an_id("ac", 2), hlc, at, ROOM, post.author, ready)
    await door.relay.send(FrameType.ENVELOPE, door.relay.released([post, notice]))
    return found


async def test_a_file_that_was_announced_arrives(door: Door) -> None:
    data = picture()
    async with door.open():
        sha256 = await announced(door, data)
        await door.relay.send(FrameType.CHUNK, write_chunk(sha256, 0, data))
        word = Acknowledgement.decode(await door.relay.got(FrameType.ACKNOWLEDGEMENT, 2))
    assert (word.high, word.sha256) == (0, sha256)
    found = await door.place.store.read(lambda db: files.find(db, an_id("fl", 1)))
    assert found is not None
    assert (found[0].state, found[0].removed) == ("altered", [("gps", 1)])
    assert (found[0].width, found[0].height) == (2, 3)
    assert (door.place.store.blobs / sha256).read_bytes() == data


async def test_a_file_like_one_that_is_here_is_not_waited_for(door: Door) -> None:
    """The relay was told that these bytes are here, and may not send them again."""
    data = picture()
    async with door.open():
        sha256 = await announced(door, data)
        await door.relay.send(FrameType.CHUNK, write_chunk(sha256, 0, data))
        await door.relay.got(FrameType.ACKNOWLEDGEMENT, 2)
        ref = FileRef(an_id("fl", 2), "同じ写真.png", "", 0, None)
        ready = FileReady(
            an_id("ms", 3),
            ref.fid,
            "altered",
            1,
            "同じ写真.png",
            "image/png",
            len(data),
            sha256,
            None,
            [],
        )
        again = said(3)
        again = Event(again.id, 3, NOW, ROOM, again.author, again.body, [ref])
        notice = Event(an_id("ac", 4), 3, NOW, ROOM, again.author, ready)
        await door.relay.send(FrameType.ENVELOPE, door.relay.released([again, notice]))
        await door.relay.got(FrameType.ACKNOWLEDGEMENT, 3)
    found = await door.place.store.read(lambda db: files.find(db, ref.fid))
    assert found is not None
    assert (found[0].state, found[0].sha256) == ("altered", sha256)
    assert (found[0].width, found[0].height) == (2, 3)


async def test_text_does_not_wait_for_a_file_to_be_durable(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, gate, fsync = picture(), threading.Event(), os.fsync

    def slowly(descriptor: int) -> None:
        gate.wait()
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", slowly)
    async with door.open():
        try:
            sha256 = await announced(door, data)
            await door.relay.send(FrameType.CHUNK, write_chunk(sha256, 0, data))
            await door.relay.send(FrameType.ENVELOPE, door.relay.released([said(3, "そのあと")]))
            await door.relay.got(FrameType.ACKNOWLEDGEMENT, 2)
            assert await text_of(door.place, 3) == "そのあと"
        finally:
            gate.set()
        word = Acknowledgement.decode(await door.relay.got(FrameType.ACKNOWLEDGEMENT, 3))
    assert word.sha256 == sha256


async def test_a_file_that_is_not_as_we_draw_them_is_not_kept(door: Door) -> None:
    data = picture(b"comment\0what nobody drew")
    async with door.open():
        sha256 = await announced(door, data)
        await door.relay.send(FrameType.CHUNK, write_chunk(sha256, 0, data))
        await door.relay.got(FrameType.ACKNOWLEDGEMENT, 2)
    found = await door.place.store.read(lambda db: files.find(db, an_id("fl", 1)))
    assert found is not None
    assert (found[0].state, found[0].reason) == ("refused", "file-check")
    assert not (door.place.store.blobs / sha256).exists()


async def test_a_file_that_nobody_announced_is_refused(door: Door) -> None:
    chunk = write_chunk("ab" * 32, 0, b"from nowhere")
    assert await door.refuses(FrameType.CHUNK, chunk) is Reason.UNANNOUNCED


async def test_a_file_whose_announcement_was_not_believed_does_not_stop_the_lane(
    door: Door,
) -> None:
    """Its bytes come all the same, and are not kept; what follows them arrives."""
    data = picture()
    async with door.open():
        sha256 = await announced(door, data, hlc=2**53 - 1)
        await door.relay.send(FrameType.CHUNK, write_chunk(sha256, 0, data))
        word = Acknowledgement.decode(await door.relay.got(FrameType.ACKNOWLEDGEMENT, 2))
        await door.relay.send(FrameType.ENVELOPE, door.relay.released([said(3, "そのあと")]))
        await door.relay.got(FrameType.ACKNOWLEDGEMENT, 3)
    assert (word.high, word.sha256) == (0, sha256)
    assert await text_of(door.place, 3) == "そのあと"
    assert list(door.place.store.blobs.iterdir()) == []


async def test_what_the_relay_says_is_believed_though_its_clock_is_ahead(door: Door) -> None:
    """Nobody says it a second time: its times are put back to ours."""
    years = 10 * 365 * 86_400_000
    now = int(time.time() * 1000)
    data = picture()
    async with door.open():
        sha256 = await announced(door, data, at=now + years)
        await door.relay.send(FrameType.CHUNK, write_chunk(sha256, 0, data))
        await door.relay.got(FrameType.ACKNOWLEDGEMENT, 2)
        held = RelayNotice(
            an_id("ms", 3), "held", 1, "message.post", "words-secret", until=now + years + 3_600_000
        )
        notice = Event(an_id("ac", 4), 3, now + years, ROOM, author(GUEST), held)
        await door.relay.send(FrameType.ENVELOPE, door.relay.released([notice]))
        await door.relay.got(FrameType.ACKNOWLEDGEMENT, 3)
    found = await door.place.store.read(lambda db: files.find(db, an_id("fl", 1)))
    assert found is not None
    assert found[0].state == "altered"
    word = await door.place.store.read(lambda db: registers.value(db, an_id("ms", 3), "notice"))
    assert word is not None
    said_at, until, _ = word[-3:]
    assert abs(said_at - now) < 60_000
    assert abs(until - now - 3_600_000) < 60_000


async def test_a_file_with_another_content_than_announced_is_refused(door: Door) -> None:
    async with door.open() as session:
        sha256 = await announced(door, picture(), "ab" * 32)
        await door.relay.send(FrameType.CHUNK, write_chunk(sha256, 0, picture()))
        trouble = await asyncio.wait_for(session, 10)
    assert isinstance(trouble, Refused)
    assert trouble.reason is Reason.WRONG_HASH
    assert list(door.place.store.blobs.iterdir()) == []
