"""The terms under which a text is indexed, and by which it is found again.  Pure.

    避難所  ->  避 難 所 避難 難所     each character, and each pair of neighbours

A word is looked for by pairs that cover it, and whatever they bring is compared with the
word itself, so a pair too few costs time and never truth.

Every term begins with its room.  A search therefore never touches what was said in other
rooms: nothing of it can be heard from how long an answer takes.  A term is made of small
letters and digits only, so no character is lost and none has a meaning to the index.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from zone.search.query_words import SearchWords

# More pairs find little more and each is looked up in each room.
MAX_PAIRS = 3

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_CODE_LENGTH: Final = 4  # 36^4 is more than there are characters, and rooms
_NAME_LENGTH: Final = 6


def _code(number: int, length: int) -> str:
    code = ""
    for _ in range(length):
        number, digit = divmod(number, len(_DIGITS))
        code = _DIGITS[digit] + code
    return code


class _Codes(dict[str, str]):
    def __missing__(self, char: str) -> str:
        code = self[char] = _code(ord(char), _CODE_LENGTH)
        return code


_codes = _Codes()  # of the characters met so far, which are some thousands


def room_code(room: int) -> str:
    """Return what the terms of the room of this number begin with."""
    return _code(room, _CODE_LENGTH)


# The code of a character begins with a digit or a letter up to n: U+10FFFF is "nvnj".
def author_term(author: int) -> str:
    """Return the term of what the author of this number said, without its room."""
    return "za" + _code(author, _NAME_LENGTH)


def type_term(kind: str) -> str:
    """Return the term of things of one type, as `message`, without its room."""
    return "zt" + kind.replace("-", "")


FILE_TERM: Final = "zf"  # of what has a file


def terms_of(folded: str) -> set[str]:
    """Return the terms of a folded text, without its room."""
    codes = [_codes[char] for char in folded]
    return {*codes, *map(str.__add__, codes, codes[1:])}


def pairs_of(word: str) -> list[str]:
    """Return terms of which a text that has `word` has all."""
    if len(word) == 1:
        return [_codes[word]]
    starts = [*range(0, len(word) - 1, 2), len(word) - 2]
    step = -(-len(starts) // MAX_PAIRS)
    return list(dict.fromkeys(_codes[word[i]] + _codes[word[i + 1]] for i in starts[::step]))


class Demand(NamedTuple):
    """What the index is asked for in each room: what has all of some terms and none of others."""

    all_of: tuple[str, ...]
    none_of: tuple[str, ...]


def demand_for(words: SearchWords, filters: Iterable[str]) -> Demand:
    """Return how to ask for `words` and for the terms `filters`."""
    found = [term for word in words.wanted for term in pairs_of(word)]
    # One or two characters are one term exactly; a longer word is not, and is compared later.
    never = [pairs_of(word)[0] for word in words.unwanted if len(word) <= 2]
    return Demand(tuple(dict.fromkeys([*found, *filters])), tuple(never))


def match_expression(wanted: Demand, rooms: Iterable[int]) -> str:
    """Return the question to the index, in its own language (SQLite FTS5, section 3)."""
    return " OR ".join(_in_room(wanted, room_code(room)) for room in rooms)


def _in_room(wanted: Demand, room: str) -> str:
    asked = " AND ".join(room + term for term in wanted.all_of)
    never = " OR ".join(room + term for term in wanted.none_of)
    return f"(({asked}) NOT ({never}))" if never else f"({asked})"
