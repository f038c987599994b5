"""File names for people to see: cleaned, short, and with the extension of what is inside.

A name is never used as a path, here or by anyone who takes it from here; it is made harmless for
those who save the file all the same.
"""

import re
import unicodedata

from sanitizer.decode.text import visible_text
from sanitizer.report import Report

MAX_CHARACTERS = 100
# The longest name Linux and most others can store; 85 kanji fill it.
MAX_BYTES = 255

# Controls, formats, surrogates, private use, unassigned, separators of lines and paragraphs.
INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")

# Archives nested in folders deeper than this were not made by people.
MAX_FOLDERS = 8

_SEPARATOR = re.compile(r"[/\\／＼]")
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_LEADING = re.compile(r"^[\s.\-]+")
# Devices of Windows, with whatever extension.
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])", re.I)


def clean_name(untrusted_name: str, extension: str) -> str:
    """Return `untrusted_name` fit to be seen and saved, ending in `.extension`."""
    last = _SEPARATOR.split(untrusted_name)[-1]
    return _named(last.rpartition(".")[0] or last, f".{extension}")


def clean_path(untrusted_name: str, extension: str) -> str:
    """Return the name of an archive's member likewise, with the folders it says it is in."""
    *folders, last = _SEPARATOR.split(untrusted_name)
    kept = [_named(folder, "") for folder in folders if folder.strip(" .")]
    return "/".join([*kept[:MAX_FOLDERS], clean_name(last, extension)])


def unique_name(name: str, taken: set[str]) -> str:
    """Return `name`, with a number before its extension if it looks like one in `taken`; add it."""
    stem, dot, extension = name.rpartition(".")
    candidate, number = name, 1
    while _likeness(candidate) in taken:
        number += 1
        candidate = f"{stem}({number}){dot}{extension}"
    taken.add(_likeness(candidate))
    return candidate


def _likeness(name: str) -> str:
    """Names that some file system or some reader would take for one are one."""
    return unicodedata.normalize("NFKC", name).casefold()


def _named(untrusted_stem: str, suffix: str) -> str:
    seen = "".join(
        character
        for character in visible_text(untrusted_stem, Report())
        if unicodedata.category(character) not in INVISIBLE
    )
    # Once more: a selector may have stood behind what has gone.
    composed = visible_text(unicodedata.normalize("NFC", seen), Report())
    stem = _LEADING.sub("", _FORBIDDEN.sub("_", composed)).rstrip(" .")
    if not stem or _RESERVED.fullmatch(stem.partition(".")[0]):
        stem = f"_{stem}"
    stem = stem[: MAX_CHARACTERS - len(suffix)]
    while len((stem + suffix).encode("utf-8")) > MAX_BYTES:
        stem = stem[:-1]
    return visible_text(stem, Report()).rstrip(" .") + suffix  # which an emoji cut in two is not
