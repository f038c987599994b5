"""The verify stage's own look for Individual Numbers (マイナンバー).  Pure.

It knows the plain spellings only: twelve digits, or three groups of four, with the right check
digit, and nothing near that says it is another number or part of something longer.  The transform
stage knows many more; what this one finds, that one must have found, so that it is no surprise
when both are honest.
"""

import re
import unicodedata
from typing import Final

_PLAIN = re.compile(r"(?<![0-9])(?:[0-9]{12}|[0-9]{4}([ -])[0-9]{4}\1[0-9]{4})(?![0-9])")
_WEIGHTS: Final = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)

# As many characters before and behind are looked at for what the number is.
_NEAR, _FAR = 6, 40
_OWN_NAME = re.compile(r"(?:個人番号|マイナンバー)(?:は|が|:|\s){0,3}\Z")
# Beginnings of words for other numbers, and of what is measured.
_OTHER: Final = (
    *(
        "番",
        "コード",
        "ナンバ",
        "no",
        "id",
        "code",
        "#",
        "num",
        "電話",
        "tel",
        "fax",
        "ファ",
        "携帯",
    ),
    *(
        "内線",
        "phone",
        "口座",
        "通帳",
        "振込",
        "免許",
        "伝票",
        "送り状",
        "追跡",
        "整理",
        "受付",
        "届",
    ),
    *("order", "invoice", "track", "ticket", "account", "acct", "ref", "serial", "receipt", "req"),
    *("customer", "case", "シリアル", "jan", "isbn", "s/n", "申", "問"),
)
_MEASURES: Final = frozenset("円ドユ千万億バ%¥$€+\\b")
_YEARS: Final = ("19", "20")
_UNSEEN: Final = frozenset({"Cf", "Me", "Mn"})
_LETTERS: Final = frozenset("oli○◯")


def may_show_individual_number(seen: str) -> bool:
    """Return whether it is worth looking closely at any part of `seen`."""
    return _PLAIN.search(seen) is not None


def shows_individual_number(seen: str) -> bool:
    """Return whether `seen`, a text folded by compatibility and case, plainly shows one."""
    return any(_is_one(seen, found) for found in _PLAIN.finditer(seen))


def _is_one(seen: str, found: re.Match[str]) -> bool:
    digits = [int(sign) for sign in found[0] if sign.isdecimal()]
    rest = sum(d * w for d, w in zip(digits, _WEIGHTS, strict=False)) % 11
    if digits[-1] != (0 if rest <= 1 else 11 - rest):
        return False
    before, behind = seen[: found.start()], seen[found.end() :]
    if not _is_apart(before[-1:], before[-_NEAR:]) or not _is_apart(behind[:1], behind[:_NEAR]):
        return False
    if _OWN_NAME.search(before[-_FAR:]):
        return True
    if found[0].startswith(_YEARS) or not _MEASURES.isdisjoint(before[-3:] + behind[:4]):
        return False
    around = before[-_FAR:] + "\n" + behind[:_FAR]
    return not any(word in around for word in _OTHER)


def _is_apart(neighbour: str, near: str) -> bool:
    """Return whether nothing next to the digits belongs to them."""
    is_tied = neighbour.isascii() and (neighbour.isalnum() or neighbour in set("-._/:,+~"))
    return not (neighbour and is_tied) and not any(
        sign in _LETTERS
        or unicodedata.numeric(sign, None) is not None
        or unicodedata.category(sign) in _UNSEEN
        for sign in near
    )
