"""Text: every character that can be seen, and no other.

What is taken out cannot be seen and can deceive or smuggle: controls, direction controls,
zero-width and tag characters.  What Japanese needs stays: variation sequences of kanji (葛󠄀),
private-use characters (外字), and the joiners within an emoji.
"""

import re
from collections.abc import Iterable

from sanitizer import charset, intermediate
from sanitizer.outcome import FileReason, FileRefused, Removed
from sanitizer.report import Report

_EMOJI = "[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]"
_KANJI = "[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    chr(plane << 16 | low) for plane in range(15) for low in (0xFFFE, 0xFFFF)
)

# Each with the characters it takes out.  Joiners and selectors stay where they belong: behind
# nothing that is itself taken out, which is why these come last.
HIDDEN: tuple[tuple[Removed, re.Pattern[str]], ...] = (
    (Removed.BYTE_ORDER_MARK, re.compile("^\ufeff")),
    (Removed.TAG_CHARACTERS, re.compile("[\U000e0000-\U000e00ff\U000e01f0-\U000effff]")),
    (
        Removed.BIDI_CONTROLS,
        re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"),
    ),
    (
        Removed.CONTROL_CHARACTERS,
        re.compile(f"[\0-\x08\x0b-\x1f\x7f-\x9f\U000f0000-\U0010ffff{_NONCHARACTERS}]"),
    ),
    (
        Removed.INVISIBLE_CHARACTERS,
        re.compile(
            "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u2060-\u2065"
            "\u206a-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb"
            "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a]"
            f"|(?<!{_KANJI})[\U000e0100-\U000e01ef]"
            "|(?<![0-9#*\u00a9\u00ae\u203c\u2049\u2122-\u3163\u3165-\u3299"
            "\U0001f000-\U0001faff])[\ufe0e\ufe0f]"
            f"|(?<!{_EMOJI})(?<!{_EMOJI}\ufe0f)\u200d|\u200d(?!{_EMOJI})"
        ),
    ),
)


def decode_text(untrusted: bytes, report: Report) -> Iterable[intermediate.Record]:
    """Yield the text in `untrusted`, without what cannot be seen."""
    text = charset.decode(untrusted)
    if text is None:
        raise FileRefused(FileReason.BROKEN)
    if untrusted.startswith(b"\xef\xbb\xbf"):
        report.removed[Removed.BYTE_ORDER_MARK] += 1
    yield intermediate.IntermediateText(visible_text(text, report))


def visible_text(text: str, report: Report) -> str:
    """Return `text` with line ends as line feeds and nothing that cannot be seen."""
    text = re.sub("\r\n|[\r\u0085\u2028\u2029]", "\n", text)
    for kind, hidden in HIDDEN:
        text, count = hidden.subn("", text)
        if count:
            report.removed[kind] += count
    return text
