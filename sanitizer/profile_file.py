"""A profile written down, in TOML.

    [limits]
    max_mebibytes = 20
    max_pixels = 100_000_000
    max_pages = 2000
    max_entries = 2000
    max_ratio = 100
    max_depth = 3
    seconds = 20
    seconds_per_mebibyte = 5
    seconds_per_page = 2

    [kinds]
    docm = "hold"        # a person decides, and then it is rebuilt
    pdf = "picture"      # only its looks
    xlsx = "text"        # only its words
    svg = "refuse"
    others = "rebuild"   # every kind not named, as far as that can be done with it; else refuse

    [similarity]
    pages = true
    office = false

    [office]
    comments = "remove"

    [links]
    links = "text"

What may stand in the last two is in `sanitizer.rules`.
An unknown key or word is an error that names it and what was expected: a profile that is not
understood to the last word is not in force.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import fields

from sanitizer import treatments
from sanitizer.kinds import KINDS, Kind
from sanitizer.profile import MEBIBYTE, FileAction, FileLimits, Profile, Similarity
from sanitizer.rules import WORDS, ContentRules, read_rules

OTHERS = "others"

# Sizes are written in mebibytes; every other limit is called as in `Limits`.
_SIZES: Mapping[str, str] = {"max_mebibytes": "max_bytes", "memory_mebibytes": "memory_bytes"}
_LIMITS: Mapping[str, object] = {
    each.name: each.type for each in fields(FileLimits) if each.name not in _SIZES.values()
}


class ProfileInvalid(Exception):
    """This is no profile; the message says what is wrong and what was expected."""


def read_profile(text: str) -> Profile:
    """Return the profile in `text`, or raise `ProfileInvalid`."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileInvalid(f"not TOML: {error}") from None
    _expect_only(table, {"limits", "kinds", "similarity", *WORDS}, "the profile")
    limits, kinds, alike = (_table(table, name) for name in ("limits", "kinds", "similarity"))
    return Profile(_limits(limits), _actions(kinds), _rules(table), _similarity(alike))


def _similarity(table: Mapping[str, object]) -> Similarity:
    _expect_only(table, {each.name for each in fields(Similarity)}, "[similarity]")
    for key, value in table.items():
        if not isinstance(value, bool):
            raise ProfileInvalid(f"similarity.{key} must be true or false, not {value!r}")
    return Similarity(**table)  # type: ignore[arg-type]  # just looked at


def _rules(table: Mapping[str, object]) -> ContentRules:
    try:
        return read_rules(table)
    except ValueError as error:
        raise ProfileInvalid(str(error)) from None


def _table(table: Mapping[str, object], name: str) -> Mapping[str, object]:
    part = table.get(name, {})
    if not isinstance(part, dict):
        raise ProfileInvalid(f"{name} must be a table, [{name}]")
    return part


def _expect_only(table: Mapping[str, object], known: set[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise ProfileInvalid(f"{where} has no {key!r}; it may have {', '.join(sorted(known))}")


def _limits(table: Mapping[str, object]) -> FileLimits:
    _expect_only(table, {*_SIZES, *_LIMITS}, "[limits]")
    given: dict[str, int | float] = {}
    for key, value in table.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ProfileInvalid(f"limits.{key} must be a number, not {value!r}")
        if key in _SIZES:
            given[_SIZES[key]] = round(value * MEBIBYTE)
        elif _LIMITS[key] is int and not isinstance(value, int):
            raise ProfileInvalid(f"limits.{key} must be a whole number, not {value!r}")
        else:
            given[key] = value
    try:
        return FileLimits(**given)  # type: ignore[arg-type]  # checked by Limits itself
    except ValueError as error:
        raise ProfileInvalid(f"[limits]: {error}") from None


def _actions(table: Mapping[str, object]) -> Mapping[Kind, FileAction]:
    named = {
        kind: _action(kind, word)
        for kind, word in ((_kind(k), w) for k, w in table.items() if k != OTHERS)
    }
    others = table.get(OTHERS, FileAction.REBUILD)
    if others not in set(FileAction):
        raise ProfileInvalid(f"kinds.{OTHERS} must be one of {', '.join(sorted(FileAction))}")
    if others == FileAction.REBUILD:
        return named
    rest = (kind for kind in Kind if treatments.possible(kind) > {FileAction.REFUSE})
    able = {
        kind: others if others in treatments.possible(kind) else FileAction.REFUSE for kind in rest
    }
    return {kind: FileAction(str(word)) for kind, word in able.items()} | named


def _kind(name: str) -> Kind:
    if name not in set(Kind) - {Kind.UNKNOWN}:
        raise ProfileInvalid(f"[kinds] has no {name!r}; the kinds are {', '.join(sorted(Kind))}")
    return Kind(name)


def _action(kind: Kind, word: object) -> FileAction:
    able = treatments.possible(kind)
    if word not in able:
        raise ProfileInvalid(
            f"kinds.{kind} = {word!r} cannot be done with a file of this kind ({KINDS[kind].en});"
            f" it must be one of {', '.join(sorted(able))}"
        )
    return FileAction(str(word))
