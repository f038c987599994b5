"""The words and links of a page: where and how large they may be, and how many.

Words are invisible, so they stand inside the page, in whole points, as large as some print is, and
there are no more than print has room for.  A link has a place to be clicked.
"""

import re

from sanitizer.check.rule import CheckFailed, demand_rule
from sanitizer.check.text import check_characters

_PLACE = rb"(0|[1-9][0-9]{0,4})"
LINK = rb"<< /Type /Annot /Subtype /Link /Rect \[%b\] /Border \[0 0 0\] " % (
    b" ".join([_PLACE.replace(b"(", b"(?:")] * 4)
)
LINK += rb"/A << /S /URI /URI <(?:[0-9a-f]{2})+> >> >>"
_EACH_LINK = re.compile(rb"/Rect \[%b\].*?/URI <([0-9a-f]+)>" % b" ".join([_PLACE] * 4))
_ADDRESS = re.compile(rb"(?:https?://|mailto:)[!#-;=?-\[\]_a-z~]{1,2000}", re.I)
LEAST_SIDE, MAX_LINKS, MAX_ADDRESS_BYTES = 2, 1000, 32_768

_WORDS = re.compile(
    rb"/F ([1-9][0-9]{0,3}) Tf ([1-9][0-9]{0,3}\.[0-9]{5}) Tz (1 0 0 1|0 -1 1 0) "
    rb"%b %b Tm <((?:[0-9a-f]{4})+)> Tj\n" % (_PLACE, _PLACE)
)
DOWNWARD = b"0 -1 1 0"
POINTS_A_CHARACTER, SOME_CHARACTERS = 25, 500


def check_links(links: bytes, size: tuple[float, float]) -> None:
    """Raise `CheckFailed` unless each of `links` lies on a page of `size` points."""
    found = _EACH_LINK.findall(links)
    for *corners, address in found:
        left, bottom, right, top = map(int, corners)
        is_inside = right <= size[0] and top <= size[1]
        demand_rule(is_inside and right - left >= LEAST_SIDE, "place of a link")
        demand_rule(top - bottom >= LEAST_SIDE, "place of a link")
        is_safe = _ADDRESS.fullmatch(bytes.fromhex(address.decode("ascii"))) is not None
        demand_rule(is_safe, "address of a link")
    room = sum(len(address) // 2 for *_, address in found)
    demand_rule(len(found) <= MAX_LINKS and room <= MAX_ADDRESS_BYTES, "more links than a page has")


def check_words(contents: bytes, at: int, size: tuple[float, float]) -> int:
    """Return where the words of a page of `size` points end that begin at `at`."""
    left = SOME_CHARACTERS + int(size[0] * size[1]) // POINTS_A_CHARACTER
    while words := _WORDS.match(contents, at):
        left -= len(words[6]) // 4
        demand_rule(left >= 0, "more words than a page has room for")
        _check_place(words, size)
        _check_text(words[6])
        at = words.end()
    return at


def _check_place(words: re.Match[bytes], size: tuple[float, float]) -> None:
    """The line lies inside the page; its length, in whole points, decides how it is stretched."""
    height, across, up = int(words[1]), int(words[4]), int(words[5])
    natural = len(words[6]) // 4 * height
    length = round(float(words[2]) * natural / 100)
    demand_rule(length > 0 and words[2] == b"%.5f" % (100 * length / natural), "stretch of words")
    if words[3] == DOWNWARD:
        is_inside = across + height <= size[0] and length <= up <= size[1]
    else:
        bottom = up - height // 5
        is_inside = across + length <= size[0] and bottom >= 0 and bottom + height <= size[1]
    demand_rule(is_inside, "words beyond the page")


def _check_text(codes: bytes) -> None:
    try:
        text = bytes.fromhex(codes.decode("ascii")).decode("utf-16-be")
    except UnicodeDecodeError:
        raise CheckFailed("words that are no text") from None
    demand_rule("\n" not in text and "\r" not in text and "\t" not in text, "a line end in a line")
    check_characters(text)
