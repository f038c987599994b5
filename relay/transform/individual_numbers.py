"""Individual Numbers (個人番号, My Number) in whatever spelling people give them.  Pure.

Twelve digits, the last of which is a check digit.  Of other numbers of twelve digits one in eleven
passes it by chance, so that form and surroundings decide as well:

* how the digits are grouped and by what, and that they are not part of something longer;
* a word close before: 個人番号 makes any grouping one, 伝票番号 says that it is another number.

What is given up for that: a number right behind a word for another number is taken at its word,
and twelve digits that nothing is said of are found though one in eleven is something else.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import accumulate, pairwise
from operator import mul
from typing import NamedTuple

from relay.transform.labels import NumberLabel, label_before, label_behind

DIGITS = 12

# Stands between texts that are searched as one.  No text in normal form holds it.
BETWEEN = "\x1e"

_JAPANESE = [
    "〇零○◯",
    "一壱壹弌",
    "二弐貳弍",
    "三参參弎",
    "四肆",
    "五伍",
    "六陸",
    "七漆",
    "八捌",
    "九玖",
]
# Signs that are read as digits: of other scripts, in circles, in Japanese, in documents (壱).
_SIGNS = {
    code: str(unicodedata.digit(chr(code)))
    for code in range(0x80, 0x10000)
    if unicodedata.digit(chr(code), -1) >= 0 and unicodedata.is_normalized("NFKC", chr(code))
} | {ord(sign): str(digit) for digit, signs in enumerate(_JAPANESE) for sign in signs}
_LETTERS = str.maketrans("oli", "011")
# Not seen, and nothing between two digits: joiners, selectors, the frame of a keycap.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\u20dd-\u20e3\ufeff]+")
_ROUND = "○◯"
_SIGN = f"[0-9oli{''.join(map(chr, _SIGNS))}]"
_NO_GAP = "".join(chr(code) for code in _SIGNS if not chr(code).isalnum())
_GAP = rf"(?:(?![{BETWEEN}{_NO_GAP}])[\W_ーの]){{0,4}}"
# What may be a number, taken greedily for speed: in most texts nothing is long enough.
_ROW = re.compile(rf"{_SIGN}++(?:{_GAP}+{_SIGN}++)*+")
_ONE_SIGN = re.compile(_SIGN)
_AROUND = 40  # characters, in which a label stands
_RUN = re.compile(rf"[0-9](?:{_GAP}[0-9])*")
_GROUP = re.compile(r"[0-9]+")
_TOKEN = re.compile(r"[0-9a-z]+")
# Words that people write a number to without a space.
_GLUED = re.compile(r"(no|tel|fax|id|number|mynumber)(?=[0-9])")
# 一 where a dash is meant, since it looks like one.
_ONE_AS_DASH = re.compile(r"(?<![0-9])([0-9]{4})一([0-9]{4})一([0-9]{4})(?![0-9])")

_SPACE, _LINE, _DASH = " ", "\n", "-"
# Between the groups of amounts, addresses and times, which are no numbers of people.
_WEAK = {(3, ","), (3, "."), (1, ","), (2, "/"), (2, ":"), (2, "-"), (2, "."), (2, ","), (6, ",")}
_SIZES = (12, 6, 4, 3, 2, 1)
_AMOUNT = re.compile(r"\s?(?:円|ドル|ユーロ|千円|万|億|バイト|bytes?\b|%|¥|\$)")
_MONEY = ("¥", "$", "€", "+", "\\")


class _Run(NamedTuple):
    """Groups of digits and what stands between them: one gap fewer than groups.

    `digits`: all of them, and `begins` at which of these which group begins, their end included.
    `is_even`: all groups are of one size, and no dash is between any.
    """

    groups: Sequence[re.Match[str]]
    gaps: Sequence[str]
    digits: str
    begins: Mapping[int, int]
    is_even: bool


def count_individual_numbers(text: str) -> int:
    """Return how many Individual Numbers `text` seems to hold.  It need not be folded."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    seen = _UNSEEN.sub("", folded)
    return sum(_count_near(seen, row) for row in _ROW.finditer(seen) if _is_long(row[0]))


def _is_long(row: str) -> bool:
    """Return whether `row` has digits enough, at most half of them letters that look like one."""
    if len(row) < DIGITS:
        return False
    if row.isascii() and row.isdecimal():  # in tables nearly all: worth being quick about
        return len(row) == DIGITS and is_individual_number(row)
    signs = _ONE_SIGN.findall(row)
    return len(signs) >= DIGITS and 2 * sum(sign in "oli" for sign in signs) <= len(signs)


def _count_near(seen: str, row: re.Match[str]) -> int:
    """Return how many numbers stand in `row` of `seen`, of which what is around it is looked at."""
    begins = max(0, row.start() - _AROUND)
    plain = _plain(seen[begins : row.end() + _AROUND])
    first, end = row.start() - begins, row.end() - begins
    found = sum(_count(plain, run) for run in _runs(plain, first, end))
    if not found and row[0][0] in _ROUND:  # no zero, but where an entry of a list begins
        found = sum(_count(plain, run) for run in _runs(plain, first + 1, end))
    return found


def _plain(seen: str) -> str:
    """Return `seen`, as long as it is, with its digits as 0 to 9, and without those in words."""
    dashed = _ONE_AS_DASH.sub(r"\1-\2-\3", seen)
    return _TOKEN.sub(_digits_of, dashed.translate(_SIGNS))


def _digits_of(token: re.Match[str]) -> str:
    """Return the digits of a token that is a number, l and O read as digits; no digit otherwise."""
    said = token[0]
    word = glued[0] if (glued := _GLUED.match(said)) else ""
    number = said.removeprefix(word)
    if (read := number.translate(_LETTERS)).isdecimal():
        return word + read
    return re.sub("[0-9]", "x", said)


def _runs(plain: str, first: int, last: int) -> Iterator[_Run]:
    """Yield the runs between two offsets of `plain`."""
    for found in _RUN.finditer(plain, first, last):
        groups = list(_GROUP.finditer(plain, found.start(), found.end()))
        between = pairwise(groups)
        gaps = [_gap(plain[one.end() : other.start()]) for one, other in between]
        is_even = len({len(group[0]) for group in groups}) == 1 and _DASH not in gaps
        digits = "".join(group[0] for group in groups)
        sizes = accumulate((group.end() - group.start() for group in groups), initial=0)
        yield _Run(groups, gaps, digits, {at: n for n, at in enumerate(sizes)}, is_even)


def _gap(between: str) -> str:
    """Return what kind of thing stands between two groups: a space, a line break, or a mark."""
    mark = "".join(between.split())
    if mark:
        is_dash = all(unicodedata.category(c) == "Pd" or c in "ー−~〜・_" for c in mark)
        return _DASH if is_dash else mark
    return _LINE if "\n" in between else _SPACE


def _count(plain: str, run: _Run) -> int:
    """Return how many numbers stand in `run`; no group is used twice."""
    found, free = 0, 0
    for begins, first in run.begins.items():
        end = run.begins.get(begins + DIGITS)
        if first < free or end is None:
            continue
        passes = is_individual_number(run.digits[begins : begins + DIGITS])
        if passes and _is_one(plain, run, first, end):
            found, free = found + 1, end
    return found


def _is_one(plain: str, run: _Run, first: int, end: int) -> bool:
    groups = run.groups[first:end]
    begins = run.groups[first - 1].end() if first else 0
    label = label_before(plain, begins, groups[0].start()) or label_behind(plain, groups[-1].end())
    if label is NumberLabel.OTHER:
        return False
    return _stands_alone(run, first, end) and (
        label is NumberLabel.INDIVIDUAL
        or (_is_usual(run, first, end) and not _is_amount(plain, groups))
    )


def _inner(run: _Run, first: int, end: int) -> set[str]:
    """Return the kinds of gap within; one that goes on in the next line is as in the same."""
    kinds = set(run.gaps[first : end - 1])
    return kinds - {_LINE} if len(kinds) > 1 else kinds


def _stands_alone(run: _Run, first: int, end: int) -> bool:
    """Return whether the groups are no part of a longer number, and if so of a list of such."""
    inner = _inner(run, first, end) or {""}
    outer = {run.gaps[at] for at in (first - 1, end - 1) if 0 <= at < len(run.gaps)}
    if inner == {""}:  # one group, which a mark ties to others
        return not outer & {_DASH, ".", "/", ":"}
    if inner & outer or (_DASH in outer and _SPACE in inner):
        return _is_in_list(run, first, end)
    return True


def _is_in_list(run: _Run, first: int, end: int) -> bool:
    """Return whether `run` is numbers of one form, one behind the other: 4-4-4 4-4-4."""
    width = end - first
    return run.is_even and width > 1 and len(run.groups) % width == 0 and first % width == 0


def _is_usual(run: _Run, first: int, end: int) -> bool:
    """Return whether people group an Individual Number like this."""
    groups, inner = run.groups[first:end], _inner(run, first, end)
    sizes = {len(group[0]) for group in groups}
    if len(sizes) > 1:
        return _is_broken(run, first, end)
    (size,) = sizes
    if size == DIGITS:
        return not _is_time(groups[0][0])
    return size in _SIZES and len(inner) == 1 and not {(size, kind) for kind in inner} & _WEAK


def _is_broken(run: _Run, first: int, end: int) -> bool:
    """Return whether it is grouped in fours, or not at all, but for where a line ends."""
    sizes = [len(run.groups[first][0])]
    kinds: set[str] = set()
    for group, gap in zip(run.groups[first + 1 : end], run.gaps[first : end - 1], strict=True):
        if gap == _LINE and sizes[-1] < 4:
            sizes[-1] += len(group[0])
        elif gap == _LINE and not kinds and sum(sizes) + len(group[0]) == DIGITS:
            return len(sizes) == 1
        else:
            sizes.append(len(group[0]))
            kinds.add(gap)
    return sizes == [4, 4, 4] and len(kinds) == 1


def _is_amount(plain: str, groups: Sequence[re.Match[str]]) -> bool:
    before = plain[max(0, groups[0].start() - 3) : groups[0].start()].rstrip(" ")[-1:]
    return before in _MONEY or _AMOUNT.match(plain, groups[-1].end()) is not None


def _is_time(digits: str) -> bool:
    """Return whether it is a minute of our days, as names of files have it: 202411301510."""
    if not digits.startswith(("19", "20")):
        return False
    try:
        datetime.strptime(digits, "%Y%m%d%H%M")  # noqa: DTZ007 - whether it is one, not which
    except ValueError:
        return False
    return True


# From the left, as article 5 of MIC Ordinance No. 85 of 2014 has it.
_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def is_individual_number(run: str) -> bool:
    """Return whether the twelve digits in `run` end in the check digit they should."""
    *digits, check = map(int, run)
    remainder = sum(map(mul, digits, _WEIGHTS)) % 11
    return check == (0 if remainder <= 1 else 11 - remainder)
