"""File names for people to see: cleaned, short, and with the extension of what is inside.

A name is never used as a path, here or by anyone who takes it from here; it is made harmless for
those who save the file all the same.
"""

import re
import unicodedata

MAX_CHARACTERS = 100
# The longest name Linux and most others can store; 85 kanji fill it.
MAX_BYTES = 255

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_LEADING = re.compile(r"^[\s.\-]+")
# Devices of Windows, with whatever extension.
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])", re.I)


def clean_name(untrusted_name: str, extension: str) -> str:
    """Return `untrusted_name` fit to be seen and saved, ending in `.extension`."""
    last = re.split(r"[/\\／＼]", untrusted_name)[-1]
    visible = "".join(
        character
        for character in unicodedata.normalize("NFC", last)
        if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    )
    stem = visible.rpartition(".")[0] or visible
    stem = _LEADING.sub("", _FORBIDDEN.sub("_", stem)).rstrip(" .")
    if not stem or _RESERVED.fullmatch(stem.partition(".")[0]):
        stem = f"_{stem}"
    suffix = f".{extension}"
    stem = stem[: MAX_CHARACTERS - len(suffix)]
    while len((stem + suffix).encode("utf-8")) > MAX_BYTES:
        stem = stem[:-1]
    return stem.rstrip(" .") + suffix
