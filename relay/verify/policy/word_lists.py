"""Lists of words as the verify stage reads them: an entry matches as it is written.  Pure.

Written on its own, against the same rule as the transform stage's.  An entry that folding leaves
alone, but for case and width, is looked for in the folded text, so that 極㊙ is 極秘; one that
folding would make another word (㊙) is looked for in the text as it is written.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from relay.verify.policy.patterns import Pattern

_KINDS_OF_WIDTH = ("<wide>", "<narrow>")


def _same_but_wide(sign: str) -> str | None:
    """Return the sign from which `sign` differs by its width alone, or None."""
    kind = unicodedata.decomposition(sign).partition(" ")[0]
    return unicodedata.normalize("NFKC", sign) if kind in _KINDS_OF_WIDTH else None


_NARROWED: Final[Mapping[str, str]] = {
    sign: other
    for sign in map(chr, [0x3000, *range(0xFF01, 0xFFEF)])
    if (other := _same_but_wide(sign)) is not None
}
_WIDE = re.compile(f"[{''.join(_NARROWED)}]")  # few texts have any: to look is all it costs


def as_written(text: str) -> str:
    """Return `text` without regard to case and width, and otherwise as it is."""
    narrowed = _WIDE.sub(lambda found: _NARROWED[found[0]], text)
    return unicodedata.normalize("NFC", narrowed).casefold()


def as_seen(text: str) -> str:
    """Return `text` with every sign as what it looks like."""
    return unicodedata.normalize("NFKC", text).casefold()


class Searched:
    """A text in the two spellings that are searched, each made when it is first asked for."""

    def __init__(self, text: str) -> None:
        """Search `text`."""
        self.text = text

    @cached_property
    def seen(self) -> str:
        """The text as it looks."""
        return as_seen(self.text)

    @cached_property
    def written(self) -> str:
        """The text as it is written."""
        return as_written(self.text)


@dataclass(frozen=True, slots=True)
class ListedWords:
    """A list of words: its name, what it does, and its entries by how they are looked for."""

    name: str
    action: str
    plain: tuple[str, ...]
    peculiar: tuple[str, ...]
    patterns: tuple[Pattern, ...]

    def occur(self, searched: Searched) -> bool:
        """Return whether any of its entries is in a text."""
        return (
            any(word in searched.seen for word in self.plain)
            or any(word in searched.written for word in self.peculiar)
            or any(
                each.occurs(searched.seen) or each.occurs(searched.written)
                for each in self.patterns
            )
        )


def list_words(
    name: str, action: str, words: Sequence[str], patterns: Sequence[str]
) -> ListedWords:
    """Return a list of words, or raise `relay.verify.policy.patterns.PatternFault`."""
    plain = tuple(as_seen(word) for word in words if as_seen(word) == as_written(word))
    peculiar = tuple(as_written(word) for word in words if as_seen(word) != as_written(word))
    return ListedWords(name, action, plain, peculiar, tuple(map(Pattern, patterns)))
