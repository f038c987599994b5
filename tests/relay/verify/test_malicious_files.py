"""A transform stage that has been taken over (threat T14) hands over bytes of its own as a file."""

from pathlib import Path

import pytest

from tests.relay.verify import pictures
from tests.relay.verify.log import demand_a_leaf_for_each_release, leaves, words
from tests.relay.verify.peers import FarZone, Transform
from tests.relay.verify.place import announced, event, file_event, item, make_node, running, until
from wire.bodies import KINDS
from wire.events import Event
from wire.reasons import Reason
from wire.receipts import Verdict

SAFE = b"\xe5\xae\x89\xe5\x85\xa8\r\n"
SOURCE = b"MZ\x90\x00 this is what the near zone sent"


@pytest.fixture
def folder(root: Path) -> Path:
    return make_node(root, kinds=sorted(KINDS), max_file_bytes=1_000_000)


def as_png(data: bytes, **changes: object) -> tuple[Event, bytes]:
    return file_event(1, data, name="図.png", media="image/png", **changes), data


BYTES: dict[str, tuple[Event, bytes]] = {
    "the source's own bytes": (file_event(1, SOURCE), SOURCE),
    "the source's own bytes as a picture": as_png(SOURCE),
    "a picture under another name": (file_event(1, pictures.PNG), pictures.PNG),
    "text as a picture": as_png(SAFE),
    "a payload in a comment": as_png(pictures.WITH_A_COMMENT),
    "a payload in a chunk of its own": as_png(pictures.WITH_A_PRIVATE_CHUNK),
    "an archive behind the end": as_png(pictures.WITH_A_TAIL),
    "more pixels than there are": as_png(pictures.WITH_A_BOMB),
    "pixels to spare": as_png(pictures.WITH_PIXELS_TO_SPARE),
    "bytes behind the pixels": as_png(pictures.WITH_BYTES_BEHIND_THE_PIXELS),
    "a wrong checksum": as_png(pictures.WITH_A_WRONG_CHECKSUM),
    "cut short": as_png(pictures.CUT_SHORT),
    "not a stream of pixels": as_png(pictures.WITH_NO_STREAM),
    "text with hidden characters": (
        file_event(1, "予\u200b算\r\n".encode()),
        "予\u200b算\r\n".encode(),
    ),
    "text that is not UTF-8": (file_event(1, b"\x82\xa0\r\n"), b"\x82\xa0\r\n"),
    "bytes of another hash": (file_event(1, SAFE), "安心\r\n".encode()),
    "more bytes than announced": (file_event(1, SAFE, size=len(SAFE) - 1), SAFE),
    "bytes that never end": (file_event(1, SAFE), SAFE * 500_000),
}


@pytest.mark.parametrize("behaviour", BYTES)
async def test_a_file_is_refused_and_the_far_zone_is_told_so(folder: Path, behaviour: str) -> None:
    about, data = BYTES[behaviour]
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item(about=about), item(about=event(2)))
        await until(lambda: 2 in transform.verdicts())
        await transform.send_file(data, name=announced(about))
        await until(lambda: 1 in transform.verdicts())
        await until(lambda: len(far.events) == 2)
        assert not transform.closed
    assert transform.verdicts()[1] is Verdict.REFUSED
    assert transform.reason(1) is Reason.FILE_CHECK
    assert far.states_told_of(1) == ["refused"]
    assert far.pieces == 0
    assert list((folder / "expected").iterdir()) == []
    assert words(leaves(folder)) == [("event.released", None), ("event.released", "file-check")]
    demand_a_leaf_for_each_release(folder, far)
