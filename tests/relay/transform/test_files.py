"""Files on their way through a transform stage, with the real sanitizer in its real jail."""

import hashlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from msgspec.structs import replace
from PIL import Image

from tests.relay.transform.near import Near
from tests.relay.transform.site import (
    POLICY,
    act,
    decide,
    eventually,
    file_ref,
    make_node,
    post,
    running,
)
from tests.relay.transform.verify import Verify, body_of, is_ready
from tests.relay.transform.world import arriving, world
from wire.bodies import MessagePost, MessageWithdraw
from wire.events import FileRef
from wire.fields import MAX_CHUNK_BYTES
from wire.frames import FrameType, write_chunk
from wire.reasons import Reason
from wire.receipts import Flag, Verdict

CANARY = b"CANARY-35.6895-139.6917"


def photo() -> bytes:
    """A JPEG with EXIF, a place in it, and something behind its end."""
    image = Image.effect_noise((600, 400), 60).convert("RGB")
    exif = image.getexif()
    exif[0x010E] = CANARY.decode()
    exif.get_ifd(0x8825).update({1: "N", 2: (35.0, 41.0, 22.0), 3: "E", 4: (139.0, 41.0, 30.0)})
    target = BytesIO()
    image.save(target, "JPEG", exif=exif, quality=90)
    return target.getvalue() + CANARY


async def test_a_photo_crosses_re_rendered_and_without_its_place(folder: Path) -> None:
    data = photo()
    ref = file_ref(data, "写真.JPG", "image/jpeg")
    async with world(folder) as w:
        said = post("現場の写真", ref)
        await w.near.send(said)
        await w.near.taken(1)
        await w.near.send_file(data)
        await w.near.verdict(1, Verdict.ARRIVED, file=1)
        told = await w.near.verdict(1, file=1)
        assert told.verdict is Verdict.ALTERED
        item = await w.verify.item(is_ready)
        body = body_of(item)
        assert (body.message, body.file, body.state) == (said.id, ref.fid, "altered")
        assert (body.name, body.media, body.revision) == ("写真.jpg", "image/jpeg", 1)
        assert {"exif", "gps", "trailing-data"} <= {word for word, _ in body.removed}
        assert told.removed == tuple(sorted(word for word, _ in body.removed))
        assert body.sha256 is not None
        clean = w.verify.files[body.sha256]
        assert len(clean) == body.size
        assert CANARY not in clean
        assert b"Exif" not in clean
        assert item.file is not None
        assert item.file.sha256_in == hashlib.sha256(data).hexdigest()
        # Neither what came in nor what went out stays behind.
        await eventually(lambda: not list((w.node.folder / "cleaned").iterdir()))
        assert arriving(w) == []
        # The message itself went ahead, and its file has no hash there.
        first = w.verify.items[0].event
        assert first is not None
        assert [file.sha256 for file in first.files] == [None]


async def test_a_large_text_goes_in_many_pieces(folder: Path) -> None:
    data = "あいうえお\n".encode() * 60_000
    assert len(data) > 3 * MAX_CHUNK_BYTES
    async with world(folder) as w:
        await w.near.send(post("", file_ref(data, "議事録.txt", "text/plain")))
        await w.near.taken(1)
        await w.near.send_file(data)
        assert (await w.near.verdict(1, file=1)).verdict is Verdict.DELIVERED
        body = body_of(await w.verify.item(is_ready))
        assert body.state == "clean"
        assert body.sha256 is not None
        # The sanitizer writes texts for Windows: a mark in front, and its line ends.
        clean = w.verify.files[body.sha256].decode("utf-8-sig")
        assert clean.splitlines() == data.decode().splitlines()


FILES: dict[str, tuple[bytes, str, str, Reason]] = {
    "of an unknown kind": (b"\0\1\2\3" * 9, "a.xyz", "x/y", Reason.FILE_KIND),
    "of another kind": (b"just a text", "a.jpg", "image/jpeg", Reason.FILE_MISMATCH),
    "a program": (
        b"MZ" + b"\0" * 200,
        "更新 (1).exe",
        "application/x-msdownload",
        Reason.FILE_KIND,
    ),
    "broken": (photo()[:300], "a.jpg", "image/jpeg", Reason.FILE_BROKEN),
    "empty": (b"", "a.txt", "text/plain", Reason.FILE_BROKEN),
}


@pytest.mark.parametrize("case", FILES)
async def test_a_file_is_refused_and_both_sides_are_told(folder: Path, case: str) -> None:
    data, name, media, reason = FILES[case]
    async with world(folder) as w:
        await w.near.send(post("添付", file_ref(data, name, media)))
        await w.near.taken(1)
        await w.near.send_file(data)
        told = await w.near.verdict(1, file=1)
        assert (told.verdict, told.reason) == (Verdict.REFUSED, reason)
        item = await w.verify.item(is_ready)
        body = body_of(item)
        assert (item.decision, body.state, body.reason) == ("refused", "refused", reason)
        assert (body.sha256, body.size) == (None, 0)
        # Nobody gets it, so its name is text, and its own.
        assert body.name == name
        assert (await w.near.verdict(1)).verdict is Verdict.DELIVERED
        assert arriving(w) == []


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda ref: [ref] * 3, Reason.TOO_LARGE),
        (lambda ref: [replace(ref, size=10**8)], Reason.TOO_LARGE),
        (lambda ref: [replace(ref, sha256=None)], Reason.FILE_BROKEN),
    ],
)
async def test_a_message_whose_files_break_the_policy_is_refused(
    folder: Path, spoil: Callable[[FileRef], list[FileRef]], reason: Reason
) -> None:
    ref = file_ref(b"text", "a.txt", "text/plain")
    said = post("添付", *spoil(ref))
    async with world(folder, POLICY + "[files]\nmax_count = 2\n") as w:
        await w.near.send(said)
        told = await w.near.verdict(1)
        assert (told.verdict, told.reason) == (Verdict.REFUSED, reason)


async def test_pieces_of_a_refused_message_are_passed_over(folder: Path) -> None:
    data = b"a text"
    ref = file_ref(data, "a.txt", "text/plain")
    async with world(folder) as w:
        await w.near.send(post("機密性3", ref))
        told = await w.near.verdict(1, file=1)
        assert (told.verdict, told.reason) == (Verdict.REFUSED, Reason.UNCLEAN_TEXT)
        await w.near.send_file(data)
        await w.near.send(post("つぎ"))
        assert (await w.near.verdict(2)).verdict is Verdict.DELIVERED
        assert arriving(w) == []


async def test_withdrawing_a_message_drops_its_files(folder: Path) -> None:
    data = b"x" * (MAX_CHUNK_BYTES + 1)
    ref = file_ref(data, "a.txt", "text/plain")
    async with world(folder) as w:
        said = post("添付", ref)
        await w.near.send(said)
        await w.near.taken(1)
        assert ref.sha256 is not None
        first = write_chunk(ref.sha256, 0, data[:MAX_CHUNK_BYTES])
        await w.near.connection.send(FrameType.CHUNK, first)
        await w.near.send(act(said, MessageWithdraw(said.id)))
        told = await w.near.verdict(1, file=1)
        assert (told.verdict, told.reason) == (Verdict.REFUSED, Reason.WITHDRAWN)
        last = write_chunk(ref.sha256, 1, data[MAX_CHUNK_BYTES:])
        await w.near.connection.send(FrameType.CHUNK, last)
        await w.near.send(post("つぎ"))
        assert (await w.near.verdict(3)).verdict is Verdict.DELIVERED
        assert arriving(w) == []
        assert not any(map(is_ready, w.verify.items))


async def test_two_messages_may_have_the_same_file(folder: Path) -> None:
    data = b"the same text"
    async with world(folder) as w:
        for text in "一二":
            await w.near.send(post(text, file_ref(data, f"{text}.txt", "text/plain")))
        await w.near.taken(2)
        await w.near.send_file(data)
        assert (await w.near.verdict(1, file=1)).verdict is Verdict.DELIVERED
        assert (await w.near.verdict(2, file=1)).verdict is Verdict.DELIVERED
        assert arriving(w) == []


async def test_what_did_not_come_to_its_end_is_dropped_with_the_link(folder: Path) -> None:
    data = b"x" * (MAX_CHUNK_BYTES + 1)
    ref = file_ref(data, "a.txt", "text/plain")
    async with world(folder) as w:
        await w.near.send(post("添付", ref))
        await w.near.taken(1)
        assert ref.sha256 is not None
        first = write_chunk(ref.sha256, 0, data[:MAX_CHUNK_BYTES])
        await w.near.connection.send(FrameType.CHUNK, first)
        await eventually(lambda: bool(arriving(w)))
        w.near.connection.close()
        await eventually(lambda: not arriving(w))


async def test_without_room_for_another_file_the_zone_is_asked_to_wait(folder: Path) -> None:
    policy = POLICY + "[files]\nmax_bytes = 1000\n"
    node = make_node(folder, policy, max_arriving_bytes=2_500)
    near, verify = Near(node), Verify(node)
    files = [bytes([65 + i]) * 1_000 for i in range(3)]
    async with verify.listening(), running(node), near.connected():
        held = post("取扱注意", *(file_ref(data, "a.txt", "text/plain") for data in files))
        await near.send(held)
        await near.taken(1)
        await near.send_file(files[0])
        await near.send_file(files[1])
        await near.until(lambda status: Flag.HOLD in status.flags)
        await near.send_file(files[2])
        await near.closed()
        async with near.connected():
            assert Flag.HOLD in (await near.taken(1)).flags
            await decide(node, held.id, "release")
            await near.until(lambda s: s is near.receipts[-1] and Flag.HOLD not in s.flags)
            await near.send_file(files[2])
            for place in (1, 2, 3):
                assert (await near.verdict(1, file=place)).verdict is Verdict.DELIVERED


async def test_a_message_says_nothing_of_what_a_file_claims_to_be(folder: Path) -> None:
    ref = file_ref(b"text", "../../etc/\u202egpj.exe", "No Type\n")
    async with world(folder) as w:
        await w.near.send(post("添付", ref))
        await w.near.verdict(1)
        event = w.verify.items[0].event
        assert event is not None
        assert event.body == MessagePost("添付")
        (file,) = event.files
        assert "/" not in file.name
        assert "\u202e" not in file.name
        assert file.media == "application/octet-stream"
        assert file.sha256 is None, "nobody there is to know the hash of what may be refused"
