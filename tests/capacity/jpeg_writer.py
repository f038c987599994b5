"""JPEG block by block, as an encoder writes it that may do as it likes.  Source: ITU-T T.81, F."""

import struct
from collections.abc import Iterable, Iterator

from sanitizer.encode.picture import encode_picture
from sanitizer.intermediate import Mode, Picture
from tests.capacity.attack import DoesNotFit

END, SIXTEEN_ZEROS = 0x00, 0xF0
LARGEST_SIDE = 16_000

Codes = dict[int, str]


class Coder:
    """Headers and codes of a picture that ours wrote, and other blocks in it."""

    def __init__(self, mode: Mode) -> None:
        self._head = encode_picture(
            "image/jpeg", Picture(mode, 16, 16, 60, 0, b"\x80" * (256 * mode.value))
        )
        self._tables = dict(self._read())

    def _read(self) -> Iterator[tuple[int, Codes]]:
        at = 2
        while self._head[at + 1] != 0xDA:
            (length,) = struct.unpack_from(">H", self._head, at + 2)
            if self._head[at + 1] == 0xC4:
                body = self._head[at + 4 : at + 2 + length]
                yield body[0], dict(_codes(body))
            at += 2 + length
        (length,) = struct.unpack_from(">H", self._head, at + 2)
        self._scan_at = at + 2 + length

    def block(self, mean: int, others: Iterable[int], *, colour: int = 0) -> str:
        """Return the bits of a block.  `mean`: less the one before; then numbers, or codes in text.

        Of `others` each is the next coefficient, none of them 0.
        """
        size, bits = _number(mean)
        written = [self._tables[colour][size] + bits]
        for number in others:
            size, bits = _number(number)
            written.append(self._tables[0x10 | colour][size] + bits)
        return "".join(written) + self._tables[0x10 | colour][END]

    def zeros(self, count: int) -> str:
        """Return the bits of a block of nothing, with `count` codes of sixteen zeros in it."""
        table = self._tables[0x10]
        return self._tables[0][0] + table[SIXTEEN_ZEROS] * count + table[END]

    def file(self, size: tuple[int, int], bits: str) -> bytes:
        """Return a picture of `size` whose coded pixels are `bits`."""
        if max(size) > LARGEST_SIDE:
            raise DoesNotFit
        bits += "1" * (-len(bits) % 8)
        scan = int(bits, 2).to_bytes(len(bits) // 8)
        frame = self._head.index(b"\xff\xc0") + 5
        head = bytearray(self._head[: self._scan_at])
        head[frame : frame + 4] = struct.pack(">HH", size[1], size[0])
        return bytes(head) + scan.replace(b"\xff", b"\xff\0") + b"\xff\xd9"


def _codes(table: bytes) -> Iterator[tuple[int, str]]:
    symbols, code = iter(table[17:]), 0
    for length, count in enumerate(table[1:17], 1):
        for _ in range(count):
            yield next(symbols), f"{code:0{length}b}"
            code += 1
        code <<= 1


def _number(number: int) -> tuple[int, str]:
    """Return how many bits a number has, and these."""
    size = abs(number).bit_length()
    if size == 0:
        return 0, ""
    return size, f"{number if number > 0 else number + (1 << size) - 1:0{size}b}"
