"""When people are free and when not, of which nobody learns more than that.  Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from zone.copy.states import EntryState

Busyness = Literal["busy", "tentative"]


class BusyView(Struct, frozen=True):
    """A time in which somebody is busy, or perhaps; `ends` is no longer part of it."""

    starts: int
    ends: int
    kind: Busyness


def attendance(author: str, state: EntryState) -> Mapping[str, Busyness]:
    """Return what an entry is to each: invited and unanswered, they are perhaps busy."""
    found: dict[str, Busyness] = dict.fromkeys(state.waiting, "tentative")
    found[author] = "busy"
    found |= dict.fromkeys(state.maybe, "tentative")
    found |= dict.fromkeys(state.yes, "busy")
    return {uid: kind for uid, kind in found.items() if uid not in state.no}


def merged(spans: Iterable[BusyView], since: int, until: int) -> list[BusyView]:
    """Return times that overlap or meet as one, those in which somebody is busy before all.

    What is left of a time in which they are perhaps busy, where they are not for certain, stays.
    """
    cut = [
        BusyView(max(s.starts, since), min(s.ends, until), s.kind)
        for s in spans
        if s.starts < until and s.ends > since
    ]
    busy = _joined([s for s in cut if s.kind == "busy"])
    perhaps = _joined([s for s in cut if s.kind == "tentative"])
    left = [piece for span in perhaps for piece in _without(span, busy)]
    return sorted([*busy, *left], key=lambda s: s.starts)


def _joined(spans: Sequence[BusyView]) -> list[BusyView]:
    joined: list[BusyView] = []
    for span in sorted(spans, key=lambda s: s.starts):
        if joined and span.starts <= joined[-1].ends:
            last = joined[-1]
            joined[-1] = BusyView(last.starts, max(last.ends, span.ends), last.kind)
        else:
            joined.append(span)
    return joined


def _without(span: BusyView, busy: Sequence[BusyView]) -> list[BusyView]:
    left, at = list[BusyView](), span.starts
    for one in busy:
        if one.starts >= span.ends or one.ends <= at:
            continue
        if one.starts > at:
            left.append(BusyView(at, one.starts, span.kind))
        at = one.ends
    if at < span.ends:
        left.append(BusyView(at, span.ends, span.kind))
    return left
