"""Names of things, and the one order of events."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wire.ids import ENTROPY_BYTES, ID_LENGTH, MESSAGE, ROOM, is_id, mint_id, minted_at
from wire.lane import Hop, Lane, Link, Zone
from wire.order import (
    END,
    MAX_COUNT,
    ahead_ms,
    hlc_after,
    hlc_of,
    last_place,
    make_stamp,
    next_hlc,
    purge_stamp,
)

TIMES = st.integers(0, 2**48 - 1)
ENTROPY = st.binary(min_size=ENTROPY_BYTES, max_size=ENTROPY_BYTES)
COUNTS = st.integers(0, MAX_COUNT)
LAST_MOMENT = MAX_COUNT // 2048
MOMENTS = st.integers(1, LAST_MOMENT)


@given(TIMES, ENTROPY)
def test_a_minted_id_is_an_id_of_its_kind(now: int, entropy: bytes) -> None:
    minted = mint_id(MESSAGE, now=now, entropy=entropy)
    assert len(minted) == ID_LENGTH
    assert is_id(MESSAGE, minted)
    assert not is_id(ROOM, minted)
    assert minted_at(minted) == now


@given(TIMES, TIMES, ENTROPY, ENTROPY)
def test_ids_of_later_milliseconds_sort_behind(a: int, b: int, x: bytes, y: bytes) -> None:
    if a < b:
        assert mint_id(ROOM, now=a, entropy=x) < mint_id(ROOM, now=b, entropy=y)


@given(TIMES, ENTROPY, TIMES, ENTROPY)
def test_no_two_ids_are_alike(a: int, x: bytes, b: int, y: bytes) -> None:
    assert (mint_id(ROOM, now=a, entropy=x) == mint_id(ROOM, now=b, entropy=y)) is (
        (a, x) == (b, y)
    )


def test_an_id_is_a_ulid_in_lower_case() -> None:
    # The example of the specification: 01ARZ3NDEKTSV4RRFFQ69G5FAV.
    number = 0
    for char in "01arz3ndektsv4rrffq69g5fav":
        number = number * 32 + "0123456789abcdefghjkmnpqrstvwxyz".index(char)
    minted = mint_id(ROOM, now=number >> 80, entropy=(number % 2**80).to_bytes(10))
    assert minted == "rm_01arz3ndektsv4rrffq69g5fav"


@pytest.mark.parametrize(
    "untrusted",
    [
        "",
        "rm",
        "rm_",
        "rm_" + "0" * 25,
        "rm_" + "0" * 27,
        "rm-" + "0" * 26,
        "RM_" + "0" * 26,
        "rm_" + "O" * 26,
        "rm_8" + "0" * 25,
        "rm_" + "u" * 26,
        "rm_" + "0" * 25 + "\n",
        "rm_" + "０" * 26,
        "ms_" + "0" * 26,
        "rm_" + "0" * 26 + "\n",
    ],
)
def test_what_is_no_id_is_not_taken_for_one(untrusted: str) -> None:
    assert not is_id(ROOM, untrusted)


@given(COUNTS, COUNTS, st.sampled_from(Zone), st.sampled_from(Zone), *[st.integers(0, 15)] * 2)
def test_stamps_sort_as_text_as_their_parts_do(
    a: int, b: int, here: Zone, there: Zone, x: int, y: int
) -> None:
    one, other = (a, here == Zone.LGWAN, x), (b, there == Zone.LGWAN, y)
    assert (make_stamp(a, here, x) < make_stamp(b, there, y)) is (one < other)
    assert (make_stamp(a, here, x) == make_stamp(b, there, y)) is (one == other)
    assert len(make_stamp(a, here, x)) == 16


STAMPS = st.builds(make_stamp, COUNTS, st.sampled_from(Zone), st.integers(0, 15))
PLACES = st.builds(make_stamp, COUNTS, st.sampled_from(Zone))


@given(COUNTS, st.sampled_from(Zone))
def test_a_stamp_tells_the_count_of_its_event(count: int, zone: Zone) -> None:
    assert hlc_of(make_stamp(count, zone)) == count


@given(COUNTS, COUNTS, st.sampled_from(Zone), st.integers(0, 15))
def test_the_last_place_of_a_count_is_behind_all_that_was_said_up_to_it(
    count: int, other: int, zone: Zone, revision: int
) -> None:
    assert (make_stamp(other, zone, revision) <= last_place(count, zone)) is (other <= count)


@given(COUNTS, COUNTS, STAMPS, STAMPS)
def test_a_time_up_to_which_things_are_deleted_only_goes_forwards(
    one: int, other: int, a: str, b: str
) -> None:
    assert (purge_stamp(one, a) < purge_stamp(other, b)) is ((one, a) < (other, b))


@given(COUNTS, STAMPS, STAMPS)
def test_of_two_purges_up_to_one_time_the_later_event_decides(before: int, a: str, b: str) -> None:
    assert (purge_stamp(before, a) < purge_stamp(before, b)) is (a < b)


@example(make_stamp(MAX_COUNT, Zone.LGWAN, 15), make_stamp(MAX_COUNT, Zone.LGWAN))
@given(STAMPS, PLACES)
def test_no_stamp_sorts_behind_the_end(at: str, position: str) -> None:
    assert max(at, position) < END


@given(st.lists(COUNTS.filter(lambda count: count < MAX_COUNT)), COUNTS, MOMENTS)
def test_what_is_made_after_something_was_seen_comes_behind_it(
    seen: list[int], own: int, now: int
) -> None:
    clock = own
    for received in seen:
        clock = hlc_after(clock, received)
    assert next_hlc(clock, now) > max([own, *seen])


@given(MOMENTS, MOMENTS, st.sampled_from(Zone), st.sampled_from(Zone))
def test_what_is_done_later_by_the_clock_comes_later_in_whatever_zone(
    earlier: int, later: int, here: Zone, there: Zone
) -> None:
    """The zone that has said much is not ahead of the one that has said nothing."""
    if earlier == later:
        return
    earlier, later = sorted((earlier, later))
    assert make_stamp(next_hlc(0, earlier), here) < make_stamp(next_hlc(0, later), there)


@given(st.lists(st.integers(-(10**6), 10**6), max_size=20), MOMENTS)
def test_a_clock_that_is_set_back_never_repeats_a_stamp(steps: list[int], now: int) -> None:
    clock, made = 0, []
    for step in steps:
        now = max(0, now + step)
        clock = next_hlc(clock, now)
        made.append(clock)
    assert made == sorted(set(made))


@given(MOMENTS, st.integers(-(10**9), 10**9))
def test_how_far_a_stamp_is_ahead_is_told_in_milliseconds(now: int, ahead: int) -> None:
    there = max(0, now + ahead)
    assert ahead_ms(next_hlc(0, there), now) == there - now


def test_stamps_have_room_until_the_year_2109() -> None:
    assert next_hlc(0, LAST_MOMENT) <= MAX_COUNT < next_hlc(0, LAST_MOMENT + 1)
    assert datetime.fromtimestamp(LAST_MOMENT / 1000, UTC).year == 2109


@pytest.mark.parametrize("zone", Zone)
def test_a_lane_leads_out_of_one_zone_into_the_other(zone: Zone) -> None:
    lane = Lane.leaving(zone)
    assert lane.source is zone
    assert lane.target is not zone
    assert Lane.leaving(lane.target).target is zone


def test_on_each_link_one_role_speaks() -> None:
    speakers = {(lane, hop): Link("site", lane, hop).sender for lane in Lane for hop in Hop}
    assert speakers == {
        (Lane.IMPORT, Hop.SOURCE): "internet-source",
        (Lane.IMPORT, Hop.RELEASE): "import-release",
        (Lane.EXPORT, Hop.SOURCE): "lgwan-source",
        (Lane.EXPORT, Hop.RELEASE): "export-release",
    }
