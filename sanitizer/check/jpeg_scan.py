"""The coded pixels of a JPEG, followed code by code to their end.

What a decoder skips would be seen by nobody: bits behind the last block, runs of zeros that end in
nothing, blocks beyond the picture.  So every block is followed, with no more than its lengths in
mind: of a block only the first coefficient is known, the mean of its pixels, which must be one that
pixels can have.  Source: ITU-T T.81, annexes F and K.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import chain, repeat
from typing import NamedTuple

from sanitizer.check.rule import CheckFailed, demand_rule

# A table says for the next 16 bits how many of them are known, and what they mean.
BITS = 16
# How far a code goes in its block stands above the bits that say where we are in a piece.
PLACE_BITS = 20
AT = (1 << PLACE_BITS) - 1
END_OF_BLOCK, SIXTEEN_ZEROS = 0x00, 0xF0
COEFFICIENTS = 64
# Added to the place in a block by the code that ends it.
ENDED = 128
# Marks what is to be taken apart, code by code.
LONG = 1 << PLACE_BITS + 14
# Added to the difference of two means, so that none is below nought.
ZERO = 2048
# Eight times 128, by which a mean of pixels is less or more than gray.
LARGEST_MEAN = 1024

# A block takes at most so many bytes: 64 codes of 16 bits with values of 10 or 11.
BLOCK_BYTES = 64 * 27 // 8 + 1
PIECE_BYTES = 1 << 16

Table = Sequence[int]


class _Block(NamedTuple):
    """One block in the order of a scan: its component, and the tables of its codes."""

    component: int
    first: Table
    others: Table
    single: Table


class _Frame(NamedTuple):
    """What a scan is of; `tables` by the number each has in the file."""

    width: int
    height: int
    tables: Mapping[int, bytes]
    steps: Sequence[int]


def follow_scan(
    scan: bytes, size: tuple[int, int], tables: Mapping[int, bytes], steps: Sequence[int]
) -> None:
    """Raise `CheckFailed` unless `scan` is the blocks of a picture of `size`, and no bit more.

    `tables`: the Huffman tables as they stand in the file, by their number.
    `steps`: of each component, the step of its first coefficient.
    """
    data = scan.replace(b"\xff\0", b"\xff")
    units = _units(_Frame(*size, tables, steps))
    limits = [LARGEST_MEAN // step + 1 for step in steps]
    means = [0] * len(steps)
    at, start = 0, 0
    is_more = True
    while is_more:
        piece = data[start : start + PIECE_BYTES]
        demand_rule(bool(piece), "coded pixels cut short")
        is_last = start + PIECE_BYTES >= len(data)
        stop = 8 * (PIECE_BYTES + 8 if is_last else PIECE_BYTES - 6 * BLOCK_BYTES)
        at, is_more = _follow_piece(_windows(piece), at, stop, units, means, limits)
        start, at = start + at // 16 * 2, at % 16
    spare = 8 * len(data) - 8 * start - at
    demand_rule(0 <= spare < 8 and ~data[-1] & (1 << spare) - 1 == 0, "bits behind the last block")


def _windows(piece: bytes) -> list[int]:
    """Return, for every second byte, the 32 bits from it on; ones behind the end, which no code is.

    Spread at once, which is faster than to take bits out as they are needed.
    """
    piece += b"\xff" * (12 - len(piece) % 4)
    count = len(piece) // 4 - 1
    found = [0] * (2 * count)
    found[0::2] = struct.unpack_from(f">{count}I", piece)
    found[1::2] = struct.unpack_from(f">{count}I", piece, 2)
    return found


def _follow_piece(
    windows: list[int],
    at: int,
    stop: int,
    units: Iterator[Sequence[_Block]],
    means: list[int],
    limits: Sequence[int],
) -> tuple[int, bool]:
    """Follow units from bit `at` on until bit `stop`; return where they end, and whether more come.

    Written for speed: a photograph has half a million of these blocks.
    """
    full = COEFFICIENTS << PLACE_BITS
    for unit in units:
        for component, first, others, single in unit:
            entry = first[windows[at >> 4] >> 16 - (at & 15) & 0xFFFF]
            at += entry & 31
            if entry >= LONG:
                size = entry >> PLACE_BITS & 15
                value = windows[at >> 4] >> 16 - (at & 15) & 0xFFFF
                at += size
                means[component] += _signed(value >> 16 - size, size)
            else:
                means[component] += (entry >> PLACE_BITS) - ZERO
            if not -limits[component] <= means[component] <= limits[component]:
                raise CheckFailed("a mean that no pixels have")
            state = 1 << PLACE_BITS | at
            while state < full:
                state += others[windows[state >> 4 & 0xFFFF] >> 16 - (state & 15) & 0xFFFF]
            place = state >> PLACE_BITS
            if place == COEFFICIENTS or ENDED < place < ENDED + COEFFICIENTS:
                at = state & AT
            else:
                at = _follow_singly(windows, at, single)
        if at > stop:
            return at, True
    return at, False


def _follow_singly(windows: list[int], at: int, single: Table) -> int:
    """Follow one block code by code, and return where it ends: its codes may be long."""
    place, only_zeros = 1, False
    while place < COEFFICIENTS:
        entry = single[windows[at >> 4] >> 16 - (at & 15) & 0xFFFF]
        demand_rule(entry != LONG, "no code")
        at += entry & 31
        is_zeros = entry >= LONG
        place += 16 if is_zeros else entry >> PLACE_BITS
        demand_rule(not (only_zeros and place > ENDED), "zeros before the end of a block")
        only_zeros = is_zeros
    is_ended = ENDED < place < ENDED + COEFFICIENTS
    demand_rule((place == COEFFICIENTS and not only_zeros) or is_ended, "a block too long")
    return at


def _signed(value: int, size: int) -> int:
    """Return the number that `size` bits stand for (T.81, F.1.2.1.1)."""
    return value if value >> size - 1 else value - (1 << size) + 1


def _units(frame: _Frame) -> Iterator[Sequence[_Block]]:
    """Yield the blocks that stand together, from the upper left on.

    Of a picture in colours: four of light, two by two, and one of each colour for the same pixels.
    """
    side = 8 if len(frame.steps) == 1 else 16
    across, down = -(-frame.width // side), -(-frame.height // side)
    odd = [-(-length // 8) % 2 == 1 and side == 16 for length in (frame.width, frame.height)]
    rows = ((odd[1] and row == down - 1) for row in range(down))
    return chain.from_iterable(
        chain(
            repeat(_unit(frame, is_narrow=False, is_low=is_low), across - 1),
            (_unit(frame, is_narrow=odd[0], is_low=is_low),),
        )
        for is_low in rows
    )


def _unit(frame: _Frame, *, is_narrow: bool, is_low: bool) -> Sequence[_Block]:
    """Return the blocks of a unit.

    `is_narrow`, `is_low`: the right or the lower blocks of light lie beyond the picture.  Such a
    block is empty: as the one before, and ended at once.
    """
    tables = frame.tables
    light = _Block(0, _firsts(tables[0x00]), _together(tables[0x10]), _singles(tables[0x10]))
    if len(frame.steps) == 1:
        return (light,)
    empty = _Block(0, _only_zero(tables[0x00]), _only_end(tables[0x10]), _only_end(tables[0x10]))
    lights = [
        empty if (is_narrow and column) or (is_low and row) else light
        for row in (0, 1)
        for column in (0, 1)
    ]
    colour = _Block(1, _firsts(tables[0x01]), _together(tables[0x11]), _singles(tables[0x11]))
    return (*lights, colour, colour._replace(component=2))


def _codes(table: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield symbol, length and bits of each code of a table (T.81, annex C)."""
    counts, symbols = table[1:17], iter(table[17:])
    code = 0
    for length, count in enumerate(counts, 1):
        for _ in range(count):
            yield next(symbols), length, code
            code += 1
        code <<= 1


def _span(length: int, code: int) -> slice:
    """Return which 16 bits begin with a code."""
    return slice(code << BITS - length, code + 1 << BITS - length)


def _filled(entries: Iterator[tuple[slice, int]], otherwise: int) -> list[int]:
    found = [otherwise] * (1 << BITS)
    for span, entry in entries:
        found[span] = [entry] * (span.stop - span.start)
    return found


@cache
def _firsts(table: bytes) -> Table:
    """Return, for 16 bits, the length of a first coefficient's code and value, and the value.

    Where both are longer than that, the length of the code and that of the value.  What is no code
    changes the mean beyond all bounds.
    """

    def entries() -> Iterator[tuple[slice, int]]:
        for size, length, code in _codes(table):
            if length + size > BITS:
                yield _span(length, code), LONG | size << PLACE_BITS | length
                continue
            for value in range(1 << size):
                number = _signed(value, size) if size else 0
                whole = code << size | value
                yield _span(length + size, whole), (number + ZERO) << PLACE_BITS | length + size

    return _filled(entries(), (4 * ZERO) << PLACE_BITS)


@cache
def _singles(table: bytes) -> Table:
    """Return, for 16 bits, the length of another coefficient's code and value, and how far it goes.

    `LONG` alone stands for no code, with a length for sixteen zeros.
    """

    def entries() -> Iterator[tuple[slice, int]]:
        for symbol, length, code in _codes(table):
            zeros, size = symbol >> 4, symbol & 15
            if symbol == END_OF_BLOCK:
                entry = ENDED << PLACE_BITS | length
            elif symbol == SIXTEEN_ZEROS:
                entry = LONG | length
            else:
                entry = (zeros + 1) << PLACE_BITS | length + size
            yield _span(length, code), entry

    return _filled(entries(), LONG)


@cache
def _together(table: bytes) -> Table:
    """Return the same for as many codes as the 16 bits hold wholly.

    Zeros and what is no code go too far for a block, so that it is followed singly.
    """
    single = _singles(table)
    found = list(single)
    for bits, entry in enumerate(single):
        length, place = entry & 31, entry >> PLACE_BITS
        while length < BITS and place < ENDED:
            after = single[bits << length & 0xFFFF]
            if after >= LONG or length + (after & 31) > BITS:
                break
            length, place = length + (after & 31), place + (after >> PLACE_BITS)
        found[bits] = place << PLACE_BITS | length
    return found


@cache
def _only_zero(table: bytes) -> Table:
    """Return a table of first coefficients that takes none but the same as before."""
    same = (
        (_span(length, code), ZERO << PLACE_BITS | length)
        for size, length, code in _codes(table)
        if size == 0
    )
    return _filled(same, (4 * ZERO) << PLACE_BITS)


@cache
def _only_end(table: bytes) -> Table:
    """Return a table of other coefficients that takes none but the end."""
    ends = (
        (_span(length, code), ENDED << PLACE_BITS | length)
        for symbol, length, code in _codes(table)
        if symbol == END_OF_BLOCK
    )
    return _filled(ends, LONG)
