"""A profile written down, in TOML.

    [limits]
    max_mebibytes = 20
    max_pixels = 100_000_000
    seconds = 20
    seconds_per_mebibyte = 5

    [kinds]
    docm = "hold"
    svg = "refuse"

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

from sanitizer.kinds import Kind
from sanitizer.profile import MEBIBYTE, Action, Limits, Profile
from sanitizer.rules import WORDS, Rules, read_rules
from sanitizer.treatments import TREATMENTS

_LIMITS: Mapping[str, str] = {
    "max_mebibytes": "max_bytes",
    "max_pixels": "max_pixels",
    "seconds": "seconds",
    "seconds_per_mebibyte": "seconds_per_mebibyte",
    "memory_mebibytes": "memory_bytes",
}


class ProfileInvalid(Exception):
    """This is no profile; the message says what is wrong and what was expected."""


def read_profile(text: str) -> Profile:
    """Return the profile in `text`, or raise `ProfileInvalid`."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileInvalid(f"not TOML: {error}") from None
    _expect_only(table, {"limits", "kinds", *WORDS}, "the profile")
    limits, kinds = (_table(table, name) for name in ("limits", "kinds"))
    actions = {_kind(k): _action(_kind(k), a) for k, a in kinds.items()}
    return Profile(_limits(limits), actions, _rules(table))


def _rules(table: Mapping[str, object]) -> Rules:
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


def _limits(table: Mapping[str, object]) -> Limits:
    _expect_only(table, set(_LIMITS), "[limits]")
    given: dict[str, int | float] = {}
    for key, value in table.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ProfileInvalid(f"limits.{key} must be a number, not {value!r}")
        given[_LIMITS[key]] = round(value * MEBIBYTE) if key.endswith("_mebibytes") else value
    try:
        return Limits(**given)  # type: ignore[arg-type]  # checked by Limits itself
    except ValueError as error:
        raise ProfileInvalid(f"[limits]: {error}") from None


def _kind(name: str) -> Kind:
    if name not in set(Kind) - {Kind.UNKNOWN}:
        raise ProfileInvalid(f"[kinds] has no {name!r}; the kinds are {', '.join(sorted(Kind))}")
    return Kind(name)


def _action(kind: Kind, word: object) -> Action:
    possible = {Action.HOLD, Action.REFUSE} | {a for k, a in TREATMENTS if k is kind}
    if word not in possible:
        raise ProfileInvalid(f"kinds.{kind} must be one of {', '.join(sorted(possible))}")
    return Action(str(word))
