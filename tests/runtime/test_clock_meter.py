"""Each link measures how far the clock at its other end is from ours."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from runtime.clock_meter import KEPT, ClockMeter
from runtime.links import dial_link
from runtime.listening import bind_endpoint, listen_on
from sekisho.clock import now_ms
from tests.runtime.ends import ENOUGH_S, TAKES, unix_ends
from wire.frames import FrameType
from wire.reasons import Reason, Refused
from wire.records import ClockReading


class World:
    """Two clocks, of which the other is `ahead`, and a line that takes its time."""

    def __init__(self, ahead: int) -> None:
        self.now, self.ahead = 1_790_000_000_000, ahead
        self.near = ClockMeter(lambda: self.now)
        self.far = ClockMeter(lambda: self.now + self.ahead)

    def ask(self, there: int, back: int) -> None:
        question = self.near.question()
        self.now += there
        self.far._answered_at = float("-inf")
        answer = self.far.take(question)
        assert answer is not None
        self.now += back
        self.near.take(answer)


@pytest.mark.parametrize("ahead", [-400_000, -3, 0, 2_000])
def test_the_offset_is_right_to_half_of_the_way(ahead: int) -> None:
    world = World(ahead)
    for there, back in ((900, 100), (10, 20), (0, 3_000)):
        world.ask(there, back)
    assert world.near.offset_ms is not None
    assert abs(world.near.offset_ms - ahead) <= 15


def test_a_clock_that_was_set_is_seen_after_a_few_answers() -> None:
    world = World(0)
    world.ask(0, 0)
    world.ahead = 60_000
    for _ in range(KEPT):
        world.ask(5, 5)
    assert world.near.offset_ms == 60_000


def test_an_answer_to_no_question_or_much_too_late_tells_nothing() -> None:
    world = World(0)
    world.near.take(ClockReading(world.now, world.now + 9_000).encode())
    assert world.near.offset_ms is None
    world.ask(10_000, 1)
    assert world.near.offset_ms is None


def test_whoever_asks_too_often_is_not_answered() -> None:
    world = World(0)
    assert world.far.take(world.near.question()) is not None
    assert world.far.take(world.near.question()) is None


def test_what_is_no_reading_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        World(0).near.take(b"SKO1")
    assert caught.value.reason is Reason.BAD_SIZE


async def test_both_ends_of_a_link_go_on_talking_while_clocks_are_compared(tmp_path: Path) -> None:
    ends, came = unix_ends(tmp_path), []
    ahead: Callable[[], int] = lambda: now_ms() + 60_000  # noqa: E731 - a clock

    async def handle(connection: object) -> None:
        async for frame in connection.frames():  # type: ignore[attr-defined] # a connection
            came.append(frame)
            await connection.send(FrameType.HELLO, b"answer")  # type: ignore[attr-defined]

    async with (
        asyncio.timeout(ENOUGH_S),
        listen_on(bind_endpoint(ends.listening), TAKES, handle, ahead),
        dial_link(ends.dialling, TAKES, now_ms) as connection,
    ):
        await connection.send(FrameType.HELLO, b"question")
        frames = connection.frames()
        assert await anext(frames) == (FrameType.HELLO, b"answer")
        assert connection.meter is not None
        reading = asyncio.ensure_future(anext(frames))
        while True:
            await asyncio.sleep(0.01)
            if connection.meter.offset_ms is not None:
                break
        reading.cancel()
        assert abs(connection.meter.offset_ms - 60_000) < 5_000
    assert came == [(FrameType.HELLO, b"question")]
