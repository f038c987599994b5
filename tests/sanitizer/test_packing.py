"""Packed data is taken in one way only, and a zlib that packs otherwise is told."""

import random
import zlib

import pytest

from sanitizer.check import packing
from sanitizer.check.rule import CheckFailed

SAMPLES = {
    "nothing": b"",
    "a byte": b"x",
    "runs": bytes(100_000),
    "chance": random.Random(1).randbytes(300_000),
    "text": b"".join(b"<w:t>%d</w:t>" % n for n in range(40_000)),
}


def packed(data: bytes, way: packing.Packing) -> bytes:
    packer = zlib.compressobj(
        way.level, zlib.DEFLATED, way.window_bits, zlib.DEF_MEM_LEVEL, way.strategy
    )
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("way", [packing.MEMBER, packing.FAST, packing.PAGE, packing.STENCIL])
def test_what_is_packed_as_ours_is_comes_out(name: str, way: packing.Packing) -> None:
    data = SAMPLES[name]
    assert packing.unpacked(packed(data, way), way, len(data)) == data


def test_no_bit_of_packed_data_can_be_another_while_it_holds_the_same() -> None:
    data = SAMPLES["text"][:3000]
    good = packed(data, packing.MEMBER)
    for bit in range(8 * len(good)):
        changed = bytearray(good)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            other = packing.unpacked(bytes(changed), packing.MEMBER, len(data))
        except CheckFailed:
            continue
        assert other != data, bit


@pytest.mark.parametrize("other", [0, 1, 9])
def test_another_way_to_pack_the_same_does_not_pass(other: int) -> None:
    data = SAMPLES["text"]
    with pytest.raises(CheckFailed, match="another way"):
        packing.unpacked(packed(data, packing.PLAIN._replace(level=other)), packing.PLAIN, 1 << 20)


def test_what_is_cut_short_or_goes_on_or_holds_too_much_does_not_pass() -> None:
    data = SAMPLES["text"]
    good = packed(data, packing.MEMBER)
    for bad in (good[:-1], good[: len(good) // 2], b"", good + b"\0", good + good):
        with pytest.raises(CheckFailed):
            packing.unpacked(bad, packing.MEMBER, len(data))
    with pytest.raises(CheckFailed):
        packing.unpacked(good, packing.MEMBER, len(data) - 1)


def test_nothing_passes_where_zlib_packs_in_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    assert packing.packs_as_known()
    packing.packs_as_known.cache_clear()
    monkeypatch.setattr(packing, "_SAMPLE_SHA256", "0" * 64)
    try:
        assert not packing.packs_as_known()
        with pytest.raises(CheckFailed, match="zlib"):
            packing.unpacked(packed(b"x", packing.MEMBER), packing.MEMBER, 1)
    finally:
        packing.packs_as_known.cache_clear()
