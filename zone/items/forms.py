"""Forms: which questions can be asked, and which answers fit.  Pure.

Every fault names its place by a pointer (RFC 6901) and a code, so that a frontend can show
it beside the field.  Values are lines of text: a number in digits, a date as 2026-11-22,
yes or no, several choices one to a line.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from wire.answers import Filled
from wire.items import Field
from wire.reasons import Reason, Refused
from zone.items.tallies import YES_NO

_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?")


class Misfit(NamedTuple):
    """What does not fit: where, as a pointer, and why, as a code."""

    pointer: str
    code: str


class Unfit(Refused):
    """A form, or what was filled in, that does not fit its rules."""

    def __init__(self, within: str, misfits: Iterable[Misfit]) -> None:
        """`within` is the pointer to the list that the misfits point into."""
        super().__init__(Reason.INVALID, "see errors")
        self.misfits = [Misfit(within + each.pointer, each.code) for each in misfits]


def misfits_of_fields(fields: Sequence[Field]) -> Iterator[Misfit]:
    """Yield what is wrong with the questions of a form."""
    known: dict[str, Field] = {}
    for number, field in enumerate(fields):
        if field.key in known:
            yield Misfit(f"/{number}/key", "twice")
        if (field.kind in ("choice", "choices")) != bool(field.choices):
            yield Misfit(f"/{number}/choices", "required" if not field.choices else "unexpected")
        if len(set(field.choices)) < len(field.choices) or any("\n" in c for c in field.choices):
            yield Misfit(f"/{number}/choices", "twice-or-line-break")
        if field.least is not None and field.most is not None and field.least > field.most:
            yield Misfit(f"/{number}/most", "below-least")
        if field.shown_if is not None and field.shown_if.field not in known:
            yield Misfit(f"/{number}/shown_if/field", "not-before")  # so there are no rings
        known.setdefault(field.key, field)


def misfits_of_values(fields: Sequence[Field], values: Sequence[Filled]) -> Iterator[Misfit]:
    """Yield what does not fit in an answer.

    Pointers are into `values`; a question that is not answered is named by its key: `/-/KEY`.
    """
    by_key = {field.key: field for field in fields}
    texts = {value.key: value.text for value in values}
    shown = _shown(fields, texts)
    seen: set[str] = set()
    for number, value in enumerate(values):
        field = by_key.get(value.key)
        if field is None or value.key in seen:
            yield Misfit(f"/{number}/key", "unknown" if field is None else "twice")
        elif value.key not in shown:
            yield Misfit(f"/{number}/key", "not-asked")
        elif code := _misfit(field, value.text):
            yield Misfit(f"/{number}/text", code)
        seen.add(value.key)
    for field in fields:
        if field.required and field.key in shown and field.key not in texts:
            yield Misfit(f"/-/{field.key}", "required")


def _shown(fields: Sequence[Field], texts: Mapping[str, str]) -> set[str]:
    """Return the keys of the questions that are asked: one hangs on an earlier one."""
    shown: set[str] = set()
    for field in fields:
        on = field.shown_if
        if on is None or (on.field in shown and on.equals in texts.get(on.field, "").split("\n")):
            shown.add(field.key)
    return shown


def _misfit(field: Field, text: str) -> str | None:
    if not text:
        return "required" if field.required else None
    match field.kind:
        case "line" | "text":
            if field.kind == "line" and "\n" in text:
                return "line-break"
            return _beyond(field, len(text))
        case "number":
            if _NUMBER.fullmatch(text) is None:
                return "not-a-number"
            return _beyond(field, float(text))
        case "date":
            return _misfit_of_date(field, text)
        case "choice":
            return None if text in field.choices else "not-a-choice"
        case "choices":
            chosen = text.split("\n")
            if len(set(chosen)) < len(chosen) or not set(chosen) <= set(field.choices):
                return "not-a-choice"
            return _beyond(field, len(chosen))
        case "yes-no":
            return None if text in YES_NO else "not-a-choice"


def _beyond(field: Field, measure: float) -> str | None:
    """`least` and `most` bound a number, the length of a text, how many are chosen, a date."""
    if field.least is not None and measure < field.least:
        return "below-least"
    if field.most is not None and measure > field.most:
        return "above-most"
    return None


def _misfit_of_date(field: Field, text: str) -> str | None:
    """Bounds of a date are written as numbers: 20261122."""
    try:
        day = date.fromisoformat(text) if len(text) == len("2026-11-22") else None
    except ValueError:
        day = None
    if day is None:
        return "not-a-date"
    return _beyond(field, int(day.strftime("%Y%m%d")))
