"""How texts are compared in a search.  Pure.

Width, case, kana and the variant of a character make no difference: 葛󠄀飾 is found as 葛飾,
ﾜｸﾁﾝ and わくちん as ワクチン, ＡＢＣ and ① as abc and 1.  What people wrote stays as they wrote
it; only what is compared is folded.
"""

from bisect import bisect_right
from typing import Final
from unicodedata import is_normalized, normalize

_KATAKANA: Final = range(0x30A1, 0x30F7)  # ァ to ヶ; each has its hiragana 96 places before it
_TO_HIRAGANA: Final = 0x60
# They choose among the shapes of a character, or join pictures: not seen by themselves.
_UNSEEN: Final = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0), range(0x200D, 0x200E))
# What keyboards write for one and the same sign, and NFKC leaves apart.
_LOOKALIKES: Final = {"〜": "~", "−": "-", "‐": "-", "–": "-", "“": '"', "”": '"', "’": "'"}

_TABLE: Final = (
    {code: code - _TO_HIRAGANA for code in _KATAKANA}
    | {code: None for unseen in _UNSEEN for code in unseen}
    | {ord(char): same for char, same in _LOOKALIKES.items()}
)


def fold_text(text: str) -> str:
    """Return `text` as it is compared: one space where there is any, none at the ends."""
    folded = normalize("NFKC", text).casefold().translate(_TABLE)
    return " ".join(folded.split())


def place_in(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the part of `text`, a line, that became `fold(text)[start:end]`."""
    if is_normalized("NFKC", text) and len(fold_text(text)) == len(text):
        return start, end  # nearly always: each character became one
    lengths = range(len(text) + 1)

    def behind(count: int) -> int:
        return bisect_right(lengths, count, key=lambda n: len(fold_text(text[:n]))) - 1

    first, last = behind(start), max(behind(end), behind(end - 1) + 1)
    return first, first + len(text[first:last].rstrip())
