"""The verify stage's own reading of a policy's patterns.  Pure.

They are written for RE2, which the transform stage asks.  Here they are taken apart sign by sign,
and made again for another engine (`regex`), in which each part means the same: what is not known to
mean the same is refused, and the stage does not start on it.  That engine can be made to take
long: a search that does not end in time counts as a find.
"""

from typing import Final

import regex

# For all texts of a batch at most, which have 4 MB; of one event it needs a thousandth.
TIME_OUT_S: Final = 0.5

_WORD = "0-9A-Za-z_"
_CLASSES: Final = {"d": "0-9", "s": r"\t\n\f\r ", "w": _WORD}
_BOUNDARY = f"(?:(?<=[{_WORD}])(?![{_WORD}])|(?<![{_WORD}])(?=[{_WORD}]))"
_OUTSIDE: Final = {
    **{letter: f"[{members}]" for letter, members in _CLASSES.items()},
    **{letter.upper(): f"[^{members}]" for letter, members in _CLASSES.items()},
    "b": _BOUNDARY,
    "B": f"(?!{_BOUNDARY})",
}
_CONTROLS: Final = frozenset("nrtf")
_PROPERTY = regex.compile(r"\\[pP](?:[A-Z]|\{\^?[A-Za-z_]+\})")
_GROUP = regex.compile(r"\(\?(?::|P<[A-Za-z_][A-Za-z0-9_]*>)")
_TIMES = regex.compile(r"\{[0-9]{1,4}(?:,[0-9]{0,4})?\}|[*+?]")
_CLASS = regex.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", regex.DOTALL)


class PatternFault(ValueError):
    """A pattern cannot be read here; says what stands in it."""


class Pattern:
    """A pattern that is looked for anywhere in a text."""

    def __init__(self, written: str) -> None:
        """Read a pattern, or raise `PatternFault`."""
        try:
            self._compiled = regex.compile(_translated(written), regex.V0)
        except regex.error as trouble:
            raise PatternFault(f"{trouble}") from None

    def occurs(self, text: str) -> bool:
        """Return whether it occurs in `text`, or could not be told not to in time."""
        try:
            return self._compiled.search(text, timeout=TIME_OUT_S) is not None
        except TimeoutError:
            return True


def _translated(written: str) -> str:
    made: list[str] = []
    at, run = 0, 0  # `run`: how many signs of repetition stand here one behind the other
    while at < len(written):
        part, meant = _part(written, at)
        run = run + 1 if _TIMES.fullmatch(part) else 0
        if run and (len(made) < run or run > 2 or (run == 2 and part != "?")):
            raise PatternFault(f"{part!r} repeats nothing")
        made.append(meant)
        at += len(part)
    return "".join(made)


def _part(written: str, at: int) -> tuple[str, str]:
    """Return the part of the pattern that begins `at`, and what it is here."""
    match written[at]:
        case "\\":
            return _escaped(written, at)
        case "[":
            return _class(written, at)
        case "(" if written.startswith("(?", at):
            group = _GROUP.match(written, at)
            if group is None:
                raise PatternFault("a group begins with ( or (?: and no flags")
            return group[0], "(?:"
        case "(":
            return "(", "(?:"
        case "*" | "+" | "?" | "{":
            times = _TIMES.match(written, at)
            if times is None:
                raise PatternFault("{ is neither a number of times nor behind a backslash")
            return times[0], times[0]
        case "^" | "$":
            raise PatternFault("leave out ^ and $: a pattern is looked for anywhere")
        case "." | "|" | ")" as sign:
            return sign, sign
        case sign:
            return sign, regex.escape(sign)


def _escaped(written: str, at: int) -> tuple[str, str]:
    sign = written[at + 1 : at + 2]
    if not sign:
        raise PatternFault("a backslash at the end")
    if sign in _OUTSIDE:
        return f"\\{sign}", _OUTSIDE[sign]
    return _sign(written, at)


def _sign(written: str, at: int) -> tuple[str, str]:
    """Return a part that begins with a backslash and means the same in a class and outside."""
    if found := _PROPERTY.match(written, at):
        return found[0], found[0]
    sign = written[at + 1]
    if sign in _CONTROLS:
        return f"\\{sign}", f"\\{sign}"
    if sign.isalnum():
        raise PatternFault(f"\\{sign} is not known here")
    return f"\\{sign}", regex.escape(sign)


def _class(written: str, at: int) -> tuple[str, str]:
    found = _CLASS.match(written, at)
    if found is None or "[:" in found[0]:
        raise PatternFault("a class of characters has no end, or a class in it by name")
    whole = found[0]
    begins = 2 if whole.startswith("[^") else 1
    made, inside = [whole[:begins]], begins
    while inside < len(whole) - 1:
        sign = whole[inside]
        if sign == "\\" and whole[inside + 1] in _CLASSES:
            part, meant = whole[inside : inside + 2], _CLASSES[whole[inside + 1]]
        elif sign == "\\":
            part, meant = _sign(whole, inside)
        else:
            part, meant = sign, sign if sign == "-" else regex.escape(sign)
        made.append(meant)
        inside += len(part)
    return whole, "".join(made) + "]"
