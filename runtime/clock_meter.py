"""How far the clock at the other end of a link is from ours, as NTP measures it.

    we ask        asked ─────────────────▶  told     its clock, at once
    it answers    now   ◀─────────────────
    offset = told - (asked + now) / 2, right to half of the time between asked and now

Of the latest answers the one that was quickest counts, as in NTP's clock filter (RFC 5905,
section 10).  It informs, and moves no clock: setting clocks is the host's to do.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Final

from wire.records import ClockReading

# So often is the other end asked, and no more often does it answer.
EVERY_S: Final = 10.0
ANSWER_EVERY_S: Final = 0.5
KEPT: Final = 4
# What took longer tells nothing.
LONGEST_MS: Final = 10_000


class ClockMeter:
    """Asks and answers on one link.  `clock` is ours, in milliseconds since 1970."""

    def __init__(self, clock: Callable[[], int]) -> None:
        """Know nothing yet."""
        self._clock = clock
        self._asked = 0
        self._answered_at = -ANSWER_EVERY_S
        self._found: deque[tuple[int, int]] = deque(maxlen=KEPT)  # round trip, offset

    @property
    def offset_ms(self) -> int | None:
        """By how much the other clock is ahead of ours; negative if it is behind."""
        return min(self._found)[1] if self._found else None

    def question(self) -> bytes:
        """Return the body of the next question."""
        self._asked = self._clock()
        return ClockReading(self._asked, 0).encode()

    def take(self, untrusted: bytes) -> bytes | None:
        """Take in a reading, and return what is to be answered, if anything.

        Raises `Refused`.  Whoever asks too often is not answered.
        """
        reading, now = ClockReading.decode(untrusted), self._clock()
        if reading.told == 0:
            if time.monotonic() - self._answered_at < ANSWER_EVERY_S:
                return None
            self._answered_at = time.monotonic()
            return ClockReading(reading.asked, now).encode()
        took = now - reading.asked
        if reading.asked == self._asked and 0 <= took <= LONGEST_MS:
            self._asked = 0
            self._found.append((took, reading.told - (reading.asked + now) // 2))
        return None
