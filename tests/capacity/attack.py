"""What a taken-over encoder hides in a file that looks like ours, and how much of it passes.

An attack is a file with cargo in it.  How much the check takes is found by trying: a mebibyte
first, and less until it passes.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sanitizer.check.check import CheckFailed, check_file

# The goal for each picture or page; behind the end of a stream it is nothing.
MOST_HIDDEN = 64
SIZES = (1 << 20, 1 << 16, 1 << 14, 1 << 12, 1 << 10, 256, 64, 16, 4, 1)


class Channel(StrEnum):
    """What becomes of cargo that passes."""

    HIDDEN = "hidden"  # nobody sees it: at most 64 bytes a picture or page
    WORDS = "words"  # it is among the words of the file, which are judged
    RATE = "rate"  # it stands in place of sound or film, as many bytes as these may have
    NUMBERS = "numbers"  # it stands in numbers of a layout: a place, a width, a colour


class DoesNotFit(Exception):
    """So much cargo cannot be hidden in this way at all."""


@dataclass(frozen=True)
class Attack:
    """`build` hides cargo in a file of type `media`; it may raise `DoesNotFit`."""

    media: str
    what: str
    build: Callable[[bytes], bytes]
    channel: Channel = Channel.HIDDEN


def cargo(size: int) -> bytes:
    """Return so many bytes that look like chance, as a program that is packed does."""
    return b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(size // 32 + 1))[:size]


def accepted(attack: Attack, sizes: tuple[int, ...] = SIZES) -> int:
    """Return the largest of `sizes` with which the file passes, 0 if it does with none."""
    return next((size for size in sizes if _passes(attack, size)), 0)


def _passes(attack: Attack, size: int) -> bool:
    try:
        check_file(attack.media, attack.build(cargo(size)))
    except (CheckFailed, DoesNotFit):
        return False
    return True
