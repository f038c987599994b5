"""What a zone makes itself is bounded before it answers: what could not cross is never accepted."""

from functools import partial

import msgspec
import pytest

from lgwan_side.zone import SIDE
from runtime.bounds import TOLERANCE_MS
from tests.wire.numbers import bodies, edges, event_of
from tests.zone.halves import Half, Time
from wire.bodies import MessagePost
from wire.events import Event
from wire.order import ahead_ms
from wire.reasons import Reason, Refused, Unavailable
from zone.store.writing import Writing

OWN = ("hlc", "at")  # which the zone says itself


def act(half: Half, event: Event) -> Event:
    said = partial(Writing.act, author=event.author, body=event.body, room=event.room, crosses=True)
    return half.write(said)


def test_a_number_out_of_bounds_is_refused_by_its_name_and_nothing_is_left_of_it() -> None:
    half = Half(SIDE, Time())
    now = half.time.now
    found = [
        edge
        for edge in edges(lambda body: event_of(body, 1, now), now, TOLERANCE_MS + 3_600_000)
        if edge.fate in ("bounds", "clock") and edge.field not in OWN
    ]
    assert {"before", "until", "call.seconds", "content.due"} < {edge.field for edge in found}
    for edge in found:
        with pytest.raises(Refused) as caught:
            act(half, msgspec.convert(edge.event, Event))
        assert caught.value.reason in (Reason.OUT_OF_BOUNDS, Reason.CLOCK_AHEAD), edge
        assert edge.field in caught.value.detail
    assert half.leaving == []


def test_what_somebody_might_mean_is_made() -> None:
    half = Half(SIDE, Time())
    for number, body in enumerate(bodies(half.time.now)):
        act(half, event_of(body, number, half.time.now))
    assert len(half.leaving) == len(bodies(0))


def test_while_the_store_is_ahead_of_the_clock_nothing_is_accepted_that_could_not_cross() -> None:
    half = Half(SIDE, Time())
    said = event_of(MessagePost("x"), 1, 0)
    half.time.ahead = TOLERANCE_MS + 1_000
    ahead = act(half, said)
    half.time.ahead = 0
    with pytest.raises(Unavailable, match="s ahead: see sekisho doctor"):
        act(half, said)
    half.time.ahead = 2_000  # as time goes by
    assert act(half, said).hlc == ahead.hlc + 1


def test_a_clock_that_is_set_back_a_little_stops_nothing() -> None:
    half = Half(SIDE, Time())
    said = event_of(MessagePost("x"), 1, 0)
    half.time.ahead = TOLERANCE_MS - 1_000
    before = act(half, said)
    half.time.ahead = 0
    assert act(half, said).hlc > before.hlc
    assert ahead_ms(half.clock.hlc, half.time.now) <= TOLERANCE_MS
