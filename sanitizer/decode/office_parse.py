"""A part of an Office file as a tree: in transitional names, of characters that can be seen.

What is done with the tree is in the other modules called `office_…`.
Source: ISO/IEC 29500-1 (strict) and 29500-4 (transitional).
"""

import re
from datetime import datetime

from lxml import etree

from sanitizer.decode.text import visible_text
from sanitizer.outcome import FileReason, FileRefused
from sanitizer.report import Report

OFFICE = "http://schemas.openxmlformats.org/"
RELATIONSHIP_IDS = f"{OFFICE}officeDocument/2006/relationships"
WORD = f"{OFFICE}wordprocessingml/2006/main"
SHEET = f"{OFFICE}spreadsheetml/2006/main"
SLIDE = f"{OFFICE}presentationml/2006/main"

# The strict form of the standard differs in its names, and in cells that hold dates as dates.
_STRICT = re.compile(rb"([\"'])http://purl\.oclc\.org/ooxml/(\w+)/([\w/]*)\1")
_TRANSITIONAL = rb"\1http://schemas.openxmlformats.org/\2/2006/\3\1"
FIRST_DAY = datetime(1899, 12, 30)  # noqa: DTZ001 - Excel's days have no zone

# Whatever `visible` may take out, and some that it may leave: worth a look at each text.
_DOUBTFUL = re.compile(
    "[\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U0001fffe-\U0001ffff\U0002fffe-\U0002ffff"
    "\U0003fffe-\U0010ffff]"
)
# Excel's own way to write a character that XML cannot hold.
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def parse_part(untrusted: bytes) -> etree._Element:
    """Return the root of a part, or raise `Refused`."""
    if re.search(rb"<!(DOCTYPE|ENTITY)", untrusted) or untrusted[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise FileRefused(FileReason.BROKEN)  # no Office program writes either
    is_strict = b"http://purl.oclc.org/ooxml/" in untrusted
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(
            _STRICT.sub(_TRANSITIONAL, untrusted) if is_strict else untrusted, parser
        )
    except etree.XMLSyntaxError:
        raise FileRefused(FileReason.BROKEN) from None
    if is_strict:
        _number_dates(root)
    return root


def _number_dates(root: etree._Element) -> None:
    """Turn cells that hold a date into the number of its day, as all other Excel files have it."""
    for cell in root.iter(f"{{{SHEET}}}c"):
        value = cell.find(f"{{{SHEET}}}v")
        if cell.get("t") != "d" or value is None:
            continue
        try:
            date = datetime.fromisoformat((value.text or "").rstrip("Z"))
            value.text = repr((date.replace(tzinfo=None) - FIRST_DAY).total_seconds() / 86400)
            del cell.attrib["t"]
        except ValueError:
            cell.set("t", "str")


def show(root: etree._Element, report: Report) -> None:
    """Take out of all texts and attributes below `root` what cannot be seen.

    Comes first: a formula or field is judged as it will be read.
    """
    text = etree.tostring(root, encoding="unicode")
    is_sheet = root.tag.startswith(f"{{{SHEET}}}")
    if not (_DOUBTFUL.search(text) or (is_sheet and _ESCAPED.search(text))):
        return
    for element in root.iter():
        element.text = _shown(element.text, report, is_sheet=is_sheet)
        element.tail = _shown(element.tail, report, is_sheet=is_sheet)
        for key, value in element.attrib.items():
            shown = _shown(str(value), report, is_sheet=is_sheet)
            if shown != value:
                element.set(key, shown or "")


def _shown(text: str | None, report: Report, *, is_sheet: bool) -> str | None:
    if text is None:
        return None
    if is_sheet:
        text = _ESCAPED.sub(lambda escaped: _unescaped(escaped, report), text)
    return visible_text(text, report) if _DOUBTFUL.search(text) else text


def _unescaped(escaped: re.Match[str], report: Report) -> str:
    """Return nothing for what cannot be seen; a line end, or what only looks so, as it stands."""
    character = chr(int(escaped[1], 16))
    return escaped[0] if character in "\t\r" or visible_text(character, report) else ""
