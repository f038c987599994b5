"""Plain text is UTF-8, lines end in CR LF, and every character can be seen."""

import re

from sanitizer.check.rule import demand_rule

# A joiner stands between emoji; a selector behind what it selects a form of.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef\ufe00-\ufe0d\ufeff"
    "\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000effff\U000f0000-\U0010ffff]"
    "|(?<![\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])[\U000e0100-\U000e01ef]"
    "|(?<![0-9#*\u00a9\u00ae\u203c\u2049\u2122-\u3299\U0001f000-\U0001faff])[\ufe0e\ufe0f]"
    "|(?<![\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\ufe0f])\u200d"
    "|\u200d(?![\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff])"
    "|[\U0001fffe\U0001ffff\U0002fffe\U0002ffff\U0003fffe\U0003ffff\U0004fffe\U0004ffff"
    "\U0005fffe\U0005ffff\U0006fffe\U0006ffff\U0007fffe\U0007ffff\U0008fffe\U0008ffff"
    "\U0009fffe\U0009ffff\U000afffe\U000affff\U000bfffe\U000bffff\U000cfffe\U000cffff"
    "\U000dfffe\U000dffff]"
)
# Each of these, whatever is near it: most texts have none, and this is found out fast.
_DOUBTFUL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U0001fffe\U0001ffff"
    "\U0002fffe\U0002ffff\U0003fffe-\U0010ffff]"
)
_STRAY_LINE_END = re.compile("\r(?!\n)|(?<!\r)\n")


def check_text(untrusted: bytes) -> None:
    try:
        text = untrusted.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    check_characters(text)


def check_visible(text: str) -> None:
    """Raise `CheckFailed` unless each character is one that can be seen, or any line end."""
    is_seen = _DOUBTFUL.search(text) is None or _HIDDEN.search(text) is None
    demand_rule(is_seen, "a character that cannot be seen")


def check_characters(text: str) -> None:
    """Raise `CheckFailed` unless each character is one that can be seen, or ends a line."""
    check_visible(text)
    demand_rule(_STRAY_LINE_END.search(text) is None, "a line end other than CR LF")
