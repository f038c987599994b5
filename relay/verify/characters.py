"""Which characters may be in what is released.  Pure.

Written on its own, against the same rules as the transform stage's normaliser, and
sharing nothing with it but the registry of ideographic variants: that one says yes
to what it made, this one has to be convinced.
"""

import re
import unicodedata
from typing import Final

from wire.ivd import is_registered

BREAKS: Final = frozenset("\n\t")

# Unicode general categories of what cannot be seen or is not there.  Private use, where
# 外字 are, is a setting.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})
# Letters and marks that show nothing (Default_Ignorable_Code_Point, and blank braille).
_FILLERS = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\ufffc"
)
_STYLES = frozenset(map(chr, range(0xFE00, 0xFE0F)))
_IDEOGRAPHIC_SELECTORS = frozenset(map(chr, range(0xE0100, 0xE01F0)))
# Harmless in their place only.
_PLACED = _IDEOGRAPHIC_SELECTORS | frozenset("\u200d\ufe0f")

# UAX #15, "Stream-Safe Text Format": no language stacks more.
MAX_MARKS = 30

_PICTURES = "\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
# Reserved for emoji to come (emoji-data.txt, Extended_Pictographic): phones know them before we do.
_RESERVED_PICTURES = re.compile("[\U0001f000-\U0001faff\U0001fc00-\U0001fffd]")
_MISPLACED = re.compile(
    # An emoji's selector belongs behind a symbol that has two styles, or makes a keycap of a digit,
    "(?<![0-9#*\u00a9\u00ae\u203c\u2049\u2100-\u2bff\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001faff])\ufe0f|(?<=[0-9#*])\ufe0f(?!\u20e3)"
    # and a joiner between two pictures.
    f"|(?<![\ufe0f{_PICTURES}])\u200d|\u200d(?![{_PICTURES}])"
)


class Characters:
    """The characters that may be released on one lane.

    Those once looked up are remembered, which nearly all of the next text consists of;
    there are fewer than 150,000 to remember.
    """

    def __init__(self, *, private_use: bool) -> None:
        """Allow 外字 if `private_use`."""
        self._private_use = private_use
        self._plain: set[str] = set()

    def permit(self, text: str, *, breaks: bool) -> bool:
        """Return whether `text` is in NFC and every character can be seen.

        Line breaks and tabs are permitted if `breaks`.
        """
        if text.isascii() and text.isprintable():
            return True
        odd = {each for each in set(text) - self._plain if not self._is_plain(each)}
        if breaks:
            odd -= BREAKS
        if odd and not self._are_in_place(text, odd):
            return False
        return unicodedata.is_normalized("NFC", text)

    def _is_plain(self, character: str) -> bool:
        category = unicodedata.category(character)
        if (category == "Co" and self._private_use) or (
            category == "Cn" and _RESERVED_PICTURES.fullmatch(character)
        ):
            category = "So"
        unseen = category in _UNSEEN or character in _FILLERS or character in _STYLES
        if unseen or category[0] == "M":
            return False
        self._plain.add(character)
        return True

    def _are_in_place(self, text: str, odd: set[str]) -> bool:
        marks = {each for each in odd if _is_mark(each)}
        if odd - marks - _PLACED:
            return False
        return (
            _MISPLACED.search(text) is None
            and (odd.isdisjoint(_IDEOGRAPHIC_SELECTORS) or _are_variants(text))
            and (not marks or _longest_run(text, marks) <= MAX_MARKS)
        )


def _is_mark(character: str) -> bool:
    return (
        unicodedata.category(character)[0] == "M"
        and character not in _FILLERS
        and character not in _STYLES
        and character not in _PLACED
    )


def _are_variants(text: str) -> bool:
    """Return whether each ideographic selector is registered for what it follows."""
    return all(
        at > 0 and is_registered(text[at - 1], each)
        for at, each in enumerate(text)
        if each in _IDEOGRAPHIC_SELECTORS
    )


def _longest_run(text: str, marks: set[str]) -> int:
    longest = run = 0
    for each in text:
        run = run + 1 if each in marks else 0
        longest = max(longest, run)
    return longest
