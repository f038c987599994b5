"""The codes of a GIF's frame: its pixels in the one way to write them.

Source: GIF89a specification, appendix F (LZW with codes of variable length).
"""

import struct
from dataclasses import dataclass, field
from functools import cache

from sanitizer.check.rule import CheckFailed, demand_rule

CLEAR, END = 256, 257
FIRST_BITS, MAX_BITS = 9, 12


def follow_codes(data: bytes, pixels: int) -> set[int]:
    """Return which colours the pixels have; they are exactly `pixels`, and end with the data.

    A table begins with a clear code and is dropped when it is full, never before.
    """
    demand_rule(_codes(data, 0, FIRST_BITS, 1) == (CLEAR,), "no clear code")
    at, drawn, used = FIRST_BITS, 0, set[int]()
    before: _Table | None = None
    while before is None or before.ended_by == CLEAR:
        table = _Table(at)
        table.follow(data)
        drawn += table.drawn()
        demand_rule(drawn <= pixels, "too many pixels")
        demand_rule(not (before and table.used and before.knows(table.used[0])), "a string cut")
        used.update(code for code in set(table.used) if code < CLEAR)
        demand_rule(bool(table.used), "a table of nothing")
        at, before = table.at, table
    demand_rule(before.ended_by == END, "a table that is used when it is full")
    demand_rule(drawn == pixels, "too few pixels")
    demand_rule(
        len(data) == (at + 7) // 8 and data[-1] >> (at - 1) % 8 + 1 == 0, "bytes after the end"
    )
    return used


@dataclass(slots=True)
class _Table:
    """Follows the codes of one table, from bit `at` on to behind the code that ended it.

    Of each code is kept how many pixels it draws (one more than the code it was made from) and the
    colour of the first.
    """

    at: int
    ended_by: int = CLEAR
    used: list[int] = field(default_factory=list)
    _lengths: list[int] = field(default_factory=lambda: [1] * CLEAR + [0, 0])
    _firsts: list[int] = field(default_factory=lambda: [*range(CLEAR), 0, 0])
    _pairs: set[tuple[int, int]] = field(default_factory=set)

    def follow(self, data: bytes) -> None:
        """Where codes get longer is known beforehand, since each makes a new one."""
        for width in range(FIRST_BITS, MAX_BITS + 1):
            codes = _codes(data, self.at, width, (1 << width) + 1 - len(self._lengths))
            is_ended = END in codes
            self._take(codes[: codes.index(END)] if is_ended else codes)
            self.at += width * (len(codes[: codes.index(END)]) + 1 if is_ended else len(codes))
            if is_ended:
                self.ended_by = END
                break
            demand_rule(len(self._lengths) == (1 << width) + 1, "no end code")
        else:
            last = _codes(data, self.at, MAX_BITS, 1)
            demand_rule(bool(last), "no end code")
            self.ended_by, self.at = last[0], self.at + MAX_BITS
        firsts = map(self._firsts.__getitem__, self.used[1:])
        self._pairs = set(zip(self.used, firsts, strict=False))
        demand_rule(len(self._pairs) == max(0, len(self.used) - 1), "a string cut")

    def drawn(self) -> int:
        return sum(self._lengths[END + 1 :]) - len(self._lengths[END + 1 :])

    def knows(self, colour: int) -> bool:
        """Say whether the last string and one more pixel are in the table: it was cut too early."""
        return (self.used[-1], colour) in self._pairs

    def _take(self, codes: tuple[int, ...]) -> None:
        demand_rule(CLEAR not in codes, "a table dropped before it is full")
        lengths, firsts = self._lengths, self._firsts
        try:
            for code in codes:
                lengths.append(lengths[code] + 1)
                firsts.append(firsts[code])
        except IndexError:
            raise CheckFailed("code") from None
        self.used += codes


def _codes(data: bytes, at: int, width: int, count: int) -> tuple[int, ...]:
    """Return `count` codes of `width` bits from bit `at` on, fewer where the data ends before.

    The bits are spread over 16 a code all at once, by halves: code by code takes five times as
    long.
    """
    count = min(count, (8 * len(data) - at) // width)
    if count <= 0:
        return ()
    end = at + count * width
    bits = int.from_bytes(data[at // 8 : (end + 7) // 8], "little") >> at % 8
    bits &= (1 << count * width) - 1
    levels = (count - 1).bit_length()
    for level in reversed(range(levels)):
        low = bits & _low_halves(width, level, levels)
        bits = low | (bits ^ low) << (16 - width << level)
    return struct.unpack(f"<{count}H", bits.to_bytes(2 * count, "little"))


@cache
def _low_halves(width: int, level: int, levels: int) -> int:
    """Return a mask of the first half of each group of `2 << level` codes."""
    half = (1 << (width << level)) - 1
    return int.from_bytes(half.to_bytes(4 << level, "little") * (1 << levels - level - 1), "little")
