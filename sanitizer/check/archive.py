"""An archive holds only files that pass the check themselves, under names fit to be seen."""

import re
import unicodedata
from collections.abc import Callable, Mapping

from sanitizer.check import zip_layout
from sanitizer.check.rule import demand_rule
from sanitizer.check.text import check_characters

# What is no character to be seen, beside what a text may not have either.
INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
# Devices of Windows, with whatever extension.
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.I)
_NAME = re.compile(
    r"(?:(?![ .\-])[^\x00-\x1f\x7f<>:\"/\\|?*]{1,255}(?<![ .])/){0,16}"
    r"(?![ .\-])[^\x00-\x1f\x7f<>:\"/\\|?*]{1,255}"
)


def check_archive(
    untrusted: bytes,
    checks: Mapping[str, Callable[[bytes], object]],
    extensions: Mapping[str, str],
) -> None:
    """Raise `CheckFailed` unless every member passes.

    `checks`: by media type; `extensions`: media type by extension.
    """
    seen: set[str] = set()
    for name, data in zip_layout.members(untrusted):
        demand_rule(_NAME.fullmatch(name) is not None, "name of a member")
        _check_name(name)
        plain = unicodedata.normalize("NFKC", name).casefold()
        demand_rule(plain not in seen, "two members of one name")
        seen.add(plain)
        media = extensions.get(name.rpartition(".")[2], "")
        demand_rule(media in checks, "a member of a kind there is no grammar for")
        checks[media](data)


def _check_name(name: str) -> None:
    check_characters(name)
    demand_rule(not any(unicodedata.category(c) in INVISIBLE for c in name), "name of a member")
    demand_rule(unicodedata.normalize("NFC", name) == name, "another way to write a name")
    demand_rule(not any(_DEVICE.fullmatch(piece) for piece in name.split("/")), "name of a device")
