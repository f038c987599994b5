"""What somebody looks for: words, "phrases in quotes", and -words that must not be there.  Pure.

The index has a language of its own; nothing that is typed ever reaches it.
"""

import re
from typing import Final, NamedTuple

from wire.reasons import Reason, Refused
from zone.search.folding import fold_text

MAX_QUERY = 200  # two lines of a screen
MAX_WORDS = 10

_WORD: Final = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>\S+))')


class SearchWords(NamedTuple):
    """Folded.  All of `wanted` must be in a text, none of `unwanted` may be."""

    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()

    def fit(self, folded: str) -> bool:
        """Return whether a folded text is one that is looked for."""
        return all(word in folded for word in self.wanted) and not any(
            word in folded for word in self.unwanted
        )


def read_words(untrusted: str) -> SearchWords:
    """Return the words in what was typed.  Raises `Refused` if there are too many."""
    wanted: dict[str, None] = {}
    unwanted: dict[str, None] = {}
    for match in _WORD.finditer(fold_text(untrusted)):
        word = (match["word"] or match["phrase"] or "").strip()
        if word:
            (unwanted if match["minus"] else wanted)[word] = None
    if len(wanted) + len(unwanted) > MAX_WORDS:
        raise Refused(Reason.INVALID, f"at most {MAX_WORDS} words")
    return SearchWords(tuple(wanted), tuple(unwanted))
