"""Tiles as C2SP tlog-tiles has them; the example is that document's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.audit.tiles import (
    MAX_BUNDLE_BYTES,
    Tile,
    decode_bundle,
    decode_tile,
    encode_bundle,
    tile_at,
    tiles_between,
)
from wire.reasons import Refused


def test_a_tree_of_70000_has_the_tiles_that_the_standard_names() -> None:
    tiles = list(tiles_between(0, 70_000))
    assert [tile for tile in tiles if tile.width < 256] == [
        Tile(0, 273, 112),
        Tile(1, 1, 17),
        Tile(2, 0, 1),
    ]
    assert [tile.index for tile in tiles if tile.width == 256 and tile.level == 0] == [*range(273)]
    assert [tile for tile in tiles if tile.width == 256 and tile.level == 1] == [Tile(1, 0, 256)]


def test_a_tree_of_256_has_one_full_tile_and_the_first_hash_above_it() -> None:
    assert list(tiles_between(0, 256)) == [Tile(0, 0, 256), Tile(1, 0, 1)]


@pytest.mark.parametrize(
    ("index", "path"),
    [(0, "000"), (999, "999"), (1000, "x001/000"), (1234067, "x001/x234/067")],
)
def test_paths_are_those_of_the_standard(index: int, path: str) -> None:
    assert Tile(1, index, 256).path == f"tile/1/{path}"
    assert Tile(0, index, 7).path == f"tile/0/{path}.p/7"
    assert Tile(0, index, 7).bundle_path == f"tile/entries/{path}.p/7"


@given(st.integers(0, 200_000), st.integers(0, 3000))
def test_a_tree_has_every_tile_once_whatever_steps_it_grew_in(old: int, more: int) -> None:
    one_step = {(tile.level, tile.index): tile for tile in tiles_between(0, old + more)}
    two_steps = {(tile.level, tile.index): tile for tile in tiles_between(0, old)}
    two_steps |= {(tile.level, tile.index): tile for tile in tiles_between(old, old + more)}
    assert one_step == two_steps


def test_full_tiles_are_not_touched_again() -> None:
    assert list(tiles_between(512, 513)) == [Tile(0, 2, 1)]
    assert list(tiles_between(513, 513)) == []


@pytest.mark.parametrize(("level", "index", "size"), [(0, 0, 0), (0, 1, 256), (1, 0, 255)])
def test_a_tile_without_hashes_is_not_there(level: int, index: int, size: int) -> None:
    with pytest.raises(IndexError):
        tile_at(level, index, size)


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_what_is_bundled_comes_out_again(records: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(records)) == records


def test_the_longest_record_fits() -> None:
    bundle = encode_bundle([bytes(65_535)] * 256)
    assert len(bundle) == MAX_BUNDLE_BYTES
    assert decode_bundle(bundle)[255] == bytes(65_535)


def test_a_bundle_cut_anywhere_but_between_records_is_refused() -> None:
    bundle = encode_bundle([b"one", b"three"])
    for end in set(range(len(bundle))) - {0, 5}:
        with pytest.raises(Refused, match="ends inside"):
            decode_bundle(bundle[:end])


def test_a_tile_is_made_of_whole_hashes() -> None:
    assert decode_tile(bytes(64)) == [bytes(32), bytes(32)]
    with pytest.raises(Refused, match="whole hash"):
        decode_tile(bytes(63))
