"""Text as it may cross: what every character in it shows, and nothing that does not show.

    NFC, never NFKC     ① ㈱ ﾊﾟ ～ mean something else than 1 (株) パ ~
    what is removed     is counted by class, and the sender is told
    what is kept        葛󠄀飾 and 辻󠄀: a registered variation of an ideograph is somebody's name

Whether words may cross is the policy's to say.  This is the reference: the verify stage has a
check of its own that shares no code with it.  Sources: Unicode Standard Annexes 15 and 31,
Technical Reports 36, Technical Standards 37 (variation sequences) and 51 (emoji).
"""

import re
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal
from unicodedata import category, decomposition, is_normalized, normalize

from msgspec import Struct

from wire.emoji import PICTOGRAPHS, STYLED
from wire.fields import MAX_NAME
from wire.ivd import is_registered

# What an unknown media type gets: no program opens it by itself.
UNKNOWN_EXTENSION: Final = "bin"

_OPEN_XML = "application/vnd.openxmlformats-officedocument"
_MACRO = "macroenabled.12"

EXTENSIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "application/gzip": "gz",
        "application/msword": "doc",
        "application/pdf": "pdf",
        "application/rtf": "rtf",
        "application/vnd.ms-excel": "xls",
        f"application/vnd.ms-excel.sheet.{_MACRO}": "xlsm",
        "application/vnd.ms-outlook": "msg",
        "application/vnd.ms-powerpoint": "ppt",
        f"application/vnd.ms-powerpoint.presentation.{_MACRO}": "pptm",
        f"application/vnd.ms-word.document.{_MACRO}": "docm",
        "application/vnd.oasis.opendocument.presentation": "odp",
        "application/vnd.oasis.opendocument.spreadsheet": "ods",
        "application/vnd.oasis.opendocument.text": "odt",
        f"{_OPEN_XML}.presentationml.presentation": "pptx",
        f"{_OPEN_XML}.spreadsheetml.sheet": "xlsx",
        f"{_OPEN_XML}.wordprocessingml.document": "docx",
        "application/x-7z-compressed": "7z",
        "application/zip": "zip",
        "image/avif": "avif",
        "image/bmp": "bmp",
        "image/gif": "gif",
        "image/heic": "heic",
        "image/jpeg": "jpg",
        "image/png": "png",
        "image/tiff": "tiff",
        "image/webp": "webp",
        "message/rfc822": "eml",
        "text/csv": "csv",
        "text/html": "html",
        "text/plain": "txt",
        "text/tab-separated-values": "tsv",
        "text/xml": "xml",
    }
)

# What becomes of private-use characters, whose meaning is a site's own (外字).
Gaiji = Literal["keep", "replace", "hold"]
GETA: Final = "〓"  # the printers' mark for a character they have no type for

# Vietnamese and IPA stack two marks, Hebrew with cantillation four; a tower of more hides the lines
# above and below it.
MAX_MARKS: Final = 4


class Normalised(Struct, frozen=True, gc=False):
    """A text, how many characters were taken out of it by class, and whether a person must look."""

    text: str
    removed: Mapping[str, int]
    held: bool


# Nearly all that is written here: assigned, visible, no mark, never decomposed by NFC.  A text of
# these is done after one search.
_SUSPECT: Final = (
    r"[^\n\t -~\xa1-\xac\xae-\xff‐-‧‰-⁞"
    r"₠-₿℀-℥℧-℩ℬ-↋←-⌨⌫-␦"
    r"①-⟿　-〩〰-〾ぁ-ゖ゛-ヿㄱ-ㅣㇰ-㈞㈠-㏿"
    r"㐀-䶿一-鿿！-ﾟ￠-￦"
    r"\U0001f300-\U0001f64f\U0001f680-\U0001f6c5\U0001f900-\U0001f9ff\U00020000-\U0002a6df]"
)
_SUSPECTS: Final = re.compile(_SUSPECT)
_TOWER: Final = re.compile(f"{_SUSPECT}{{{MAX_MARKS + 1},}}")

_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Letters, marks and symbols that draw nothing (Default_Ignorable_Code_Point, and the empty Braille
# cell).  Those of the category Cf need no list.
_BLANK: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\ufffc"
)
_STYLES: Final = frozenset(map(chr, range(0xFE00, 0xFE0F)))
_PICTOGRAPH: Final = re.compile(f"[{PICTOGRAPHS}]")

_JOINER, _EMOJI_STYLE = "\u200d", "\ufe0f"
_IDEOGRAPHIC: Final = "\U000e0100-\U000e01ef"
# These mean something only after what they belong to: see `_in_sequences`.
_SELECTORS: Final = re.compile(f"[{_JOINER}{_EMOJI_STYLE}{_IDEOGRAPHIC}]")

_ELEMENT = f"(?:[{STYLED}]{_EMOJI_STYLE}|[{PICTOGRAPHS}][\U0001f3fb-\U0001f3ff]?)"
# What is joined is a picture, and not ©, ™, ㊗ or the like.
_PART = f"(?=[\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]){_ELEMENT}"
_SEQUENCES: Final = re.compile(
    # No emoji has more than four parts: 👨‍👩‍👧‍👦.
    f"(?P<emoji>{_PART}(?:{_JOINER}{_PART}){{1,3}}"
    f"|[{STYLED}]{_EMOJI_STYLE}"
    f"|[0-9#*]{_EMOJI_STYLE}\u20e3)"
    f"|(?P<base>[^\x00-\u33ff])(?P<selector>[{_IDEOGRAPHIC}])"
    f"|(?P<stray>{_SELECTORS.pattern})"
)


def normalise_text(untrusted: str, *, gaiji: Gaiji = "replace") -> Normalised:
    """Return `untrusted` as it may cross.  What is normal already comes back as it is.

    `removed` is empty if nothing was taken out; its keys are `bidi`, `invisible`, `tag`,
    `control`, `noncharacter`, `unassigned`, `surrogate`, `annotation`, `variation`, `joiner`,
    `marks`, and, of what was replaced, `private-use` and `compatibility-ideograph`.
    """
    if _SUSPECTS.search(untrusted) is None and is_normalized("NFC", untrusted):
        return Normalised(untrusted, _NOTHING, False)
    removed: Counter[str] = Counter()
    held = gaiji == "hold" and any(category(char) == "Co" for char in untrusted)
    before, text = None, untrusted
    # Each step only removes or replaces, so this comes to rest; that it then changes nothing
    # any more is what makes it idempotent.  Two rounds, three if a removal brought marks together.
    while text != before:
        before = text
        text = _visible(_with_line_feeds(text), gaiji, removed)
        text = _in_sequences(text, removed)
        # Before NFC, which takes the square of the length of a tower.
        text = normalize("NFC", _without_towers(text, removed))
    return Normalised(text, MappingProxyType(dict(removed)), held)


_NOTHING: Final[Mapping[str, int]] = MappingProxyType({})
_LINE_ENDS: Final = re.compile("\r\n?|[\u2028\u2029]")


def _with_line_feeds(text: str) -> str:
    return _LINE_ENDS.sub("\n", text)


def _visible(text: str, gaiji: Gaiji, removed: Counter[str]) -> str:
    """Take out every character that is never visible, wherever it stands."""

    def shown(match: re.Match[str]) -> str:
        char = match[0]
        kind = _class_of(char)
        if kind is None or (kind == "private-use" and gaiji != "replace"):
            return char
        removed[kind] += 1
        match kind:
            case "private-use":
                return GETA
            case "compatibility-ideograph":
                return normalize("NFC", char)
        return ""

    return _SUSPECTS.sub(shown, text)


def _class_of(char: str) -> str | None:
    """Return the class of characters that `char` is removed as, or None if it stays."""
    if char in _BLANK:
        return "invisible"
    if char in _STYLES:
        return "variation"
    match category(char):
        case "Cc":
            return None if char in "\n\t" else "control"
        case "Cf":
            return _format_class_of(char)
        case "Cn":
            return _unassigned_class_of(char)
        case "Cs":
            return "surrogate"
        case "Co":
            return "private-use"
        case "Lo" if decomposition(char) and normalize("NFC", char) != char and _is_ideograph(char):
            return "compatibility-ideograph"
    return None


def _format_class_of(char: str) -> str | None:
    if char == _JOINER:
        return None
    if char in _BIDI:
        return "bidi"
    if "\ufff9" <= char <= "\ufffb":
        return "annotation"
    return "tag" if char >= "\U000e0000" else "invisible"


def _unassigned_class_of(char: str) -> str | None:
    if ord(char) & 0xFFFE == 0xFFFE or "\ufdd0" <= char <= "\ufdef":
        return "noncharacter"
    # Emoji are encoded every year, and telephones have them before Python does.
    return None if _PICTOGRAPH.match(char) else "unassigned"


def _is_ideograph(char: str) -> bool:
    return "\uf900" <= char <= "\ufaff" or "\U0002f800" <= char <= "\U0002fa1f"


def _in_sequences(text: str, removed: Counter[str]) -> str:
    """Take out every selector and joiner that does not stand where it means something."""
    if _SELECTORS.search(text) is None:
        return text

    def meant(match: re.Match[str]) -> str:
        if match["emoji"]:
            return match[0]
        if match["base"]:
            if is_registered(match["base"], match["selector"]):
                return match[0]
            removed["variation"] += 1
            return match["base"]
        removed["joiner" if match["stray"] == _JOINER else "variation"] += 1
        return ""

    return _SEQUENCES.sub(meant, text)


def _without_towers(text: str, removed: Counter[str]) -> str:
    """Keep `MAX_MARKS` of the combining marks that stand on one another."""

    def levelled(match: re.Match[str]) -> str:
        kept, height = [], 0
        for char in match[0]:
            is_mark = category(char) in ("Mn", "Me") and _SELECTORS.match(char) is None
            height = height + 1 if is_mark else 0
            if height <= MAX_MARKS:
                kept.append(char)
        if len(kept) < len(match[0]):
            removed["marks"] += len(match[0]) - len(kept)
        return "".join(kept)

    return _TOWER.sub(levelled, text)


NAMELESS: Final = "file"

# What separates folders, drives, streams and arguments somewhere.  In CP932 the backslash is shown
# as a yen sign; what only looks like a separator is changed as well.
_SEPARATORS: Final = re.compile(r"""[/\\:*?"<>|\n\t¥￥／＼⁄∕∖⧵⧸⧹﹨]""")
_DEVICES: Final = re.compile(
    r"(?:con|prn|aux|nul|clock\$|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*(?:\.|$)", re.IGNORECASE
)
_LEADING: Final = " .-\u2010\u2011\u2012\u2013\u2014\u2212\uff0d\uff0e\u3000\xa0"
_TRAILING: Final = " .\uff0e\u3000\xa0"
# Up to five letters and digits, and not digits alone: 「議事録.2024」 ends in a year.
_EXTENSION: Final = re.compile(r"\.(?=[0-9]*[A-Za-z])[0-9A-Za-z]{1,5}$")


def file_name(untrusted: str, media: str) -> str:
    """Return what a file is called on a screen: at most 100 characters, ending as `media` does.

    Nothing is ever stored under this name; it is made harmless for those who save the file all the
    same, on Windows too.
    """
    ending = f".{extension_of(media)}"
    name = _in_one_line(untrusted)
    stem = _EXTENSION.sub("", name.rstrip(_TRAILING)).lstrip(_LEADING)
    # Cutting may leave a joiner without its other half.
    stem = normalise_text(stem[: MAX_NAME - len(ending)]).text.rstrip(_TRAILING) or NAMELESS
    if _DEVICES.match(stem):
        stem = f"_{stem}"[: MAX_NAME - len(ending)]
    return f"{stem}{ending}"


def shown_name(untrusted: str) -> str:
    """Return what a file is called that nobody gets: its own name, as text for a screen.

    「installer.exe」 is said to have been refused, and not 「installer.bin」.
    """
    name = _in_one_line(untrusted)[:MAX_NAME]
    # Cutting may leave a joiner without its other half.
    return normalise_text(name).text.lstrip(_LEADING).rstrip(_TRAILING) or NAMELESS


def _in_one_line(untrusted: str) -> str:
    return _SEPARATORS.sub("_", normalise_text(untrusted).text)


def extension_of(untrusted_media: str) -> str:
    """Return the extension, without its dot, that a file of this type is shown with."""
    return EXTENSIONS.get(untrusted_media.partition(";")[0].strip().lower(), UNKNOWN_EXTENSION)
