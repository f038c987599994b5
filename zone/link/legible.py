"""Which characters a zone shows of what the relay released: all that people write and see.  Pure.

A zone does not take the relay's word for it.  The list is that of the verify stage with 外字, and
the code is another: a test asks both about every character of Unicode.

    alone       letters, signs, pictures, spaces; a line break or a tab in a paragraph
    in place    combining marks (at most 30 on end), the joiner and the style of emoji, and
                the registered variants of an ideograph
    never       controls, directions, tags, fillers, halves of pairs, what Unicode has not named
"""

import re
import unicodedata
from enum import Enum
from functools import lru_cache
from typing import Final

from wire.ivd import is_registered

# No language stacks more (UAX #15, "Stream-Safe Text Format").
LONGEST_STACK: Final = 30

# Nearly all that is said here: one look, and nothing of it needs a place or has another form.
_USUAL: Final = re.compile(
    "[ -~\u3000-\u3029\u3030-\u303f\u3041-\u3096\u309b-\u30ff\u4e00-\u9fff\uff01-\uff9f\n\t]*"
)
_BREAK: Final = re.compile("[\n\t]")


class _Kind(Enum):
    """What a character may do."""

    ALONE = "stands alone"
    BREAK = "ends a line"
    MARK = "combines with what is before it"
    JOINER = "joins two pictures"
    STYLE = "has a sign drawn as a picture"
    VARIANT = "chooses the form of an ideograph"
    NEVER = "cannot be seen"


_SELECTORS: Final = range(0xE0100, 0xE01F0)
_STYLE, _JOINER, _KEYCAP = "\ufe0f", "\u200d", "\u20e3"
# These have a category that shows, and show nothing; the space of braille, too.
_BLANK: Final = frozenset(
    map(
        chr,
        (
            *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F),
            *(0x2800, 0x3164, 0xFFA0, 0xFFFC),
            *range(0xFE00, 0xFE0F),
        ),
    )
)
# Where emoji are, and where those to come will be, which our tables do not name yet.
_TO_COME: Final = (range(0x1F000, 0x1FB00), range(0x1FC00, 0x1FFFE))
_PICTURES: Final = (
    *(range(0x2190, 0x2200), range(0x2600, 0x27C0), range(0x2B00, 0x2C00)),
    range(0x1F000, 0x1FB00),
)
# What has two styles: digits, which a keycap follows, and signs.
_DIGITS: Final = frozenset("0123456789#*")
_STYLED: Final = frozenset("©®‼⁉〰〽㊗㊙")
_STYLED_RANGES: Final = (range(0x2100, 0x2C00), range(0x1F000, 0x1FB00))


def is_legible(text: str, *, breaks: bool) -> bool:
    """Return whether all of `text` can be seen, and is in NFC; `breaks` is for paragraphs."""
    if _USUAL.fullmatch(text):
        return breaks or _BREAK.search(text) is None
    return _is_in_order(text, breaks) and unicodedata.is_normalized("NFC", text)


def _is_in_order(text: str, breaks: bool) -> bool:
    stack = 0
    for at, char in enumerate(text):
        kind = _kind(char)
        stack = stack + 1 if kind is _Kind.MARK else 0
        match kind:
            case _Kind.NEVER:
                return False
            case _Kind.BREAK if not breaks:
                return False
            case _Kind.MARK if stack > LONGEST_STACK:
                return False
            case _Kind.JOINER | _Kind.STYLE | _Kind.VARIANT:
                before, behind = text[at - 1 : at], text[at + 1 : at + 2]
                if not _has_place(kind, before, char, behind):
                    return False
    return True


def _has_place(kind: _Kind, before: str, char: str, behind: str) -> bool:
    """Return whether a character stands between the right two, each of which may be missing."""
    if not before:
        return False
    match kind:
        case _Kind.VARIANT:
            return is_registered(before, char)
        case _Kind.STYLE:
            if before in _DIGITS:
                return behind == _KEYCAP
            return before in _STYLED or _is_within(before, _STYLED_RANGES)
        case _:
            from_picture = before == _STYLE or _is_within(before, _PICTURES)
            return from_picture and bool(behind) and _is_within(behind, _PICTURES)


def _is_within(char: str, ranges: tuple[range, ...]) -> bool:
    return any(ord(char) in each for each in ranges)


@lru_cache(maxsize=4_096)
def _kind(char: str) -> _Kind:
    code = ord(char)
    if char == _JOINER:
        return _Kind.JOINER
    if char == _STYLE:
        return _Kind.STYLE
    if code in _SELECTORS:
        return _Kind.VARIANT
    if char in _BLANK:
        return _Kind.NEVER
    if char in "\n\t":
        return _Kind.BREAK
    match unicodedata.category(char):
        case "Mn" | "Mc" | "Me":
            return _Kind.MARK
        case "Cc" | "Cf" | "Cs" | "Zl" | "Zp":
            return _Kind.NEVER
        case "Cn":
            return _Kind.ALONE if _is_within(char, _TO_COME) else _Kind.NEVER
        case _:
            return _Kind.ALONE
