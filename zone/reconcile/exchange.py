"""What a zone makes of a digest of the other one: what to answer, what to mend, what to send again.

    their `ranges`      equal: nothing.  One side has nothing there: send all of it again, or ask
                        for it.  Few rows here: `rows`.  Else: `ranges` of that span
    their `rows`        act, and `answer` with the rows here
    their `answer`      act

    act: for each place at which the two differ
         1. words said here are put back here, from the journal        zone.link.mending
         2. where the latest word is one of ours, it is sent again     zone.reconcile.offers
         3. what still differs is named

Each zone does so for its own words, and for no others: what is sent again is what its author
said, under its own stamp, and comes to nothing where it is already.  The other zone takes in a
word that it once believed, and asks the table of rights about any other (`zone.link.belief`).
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Literal, NamedTuple

from wire.digests import LAST_PLACE, NO_POLICY, NOT_YET, NOTHING, SPANS, CopyDigest, DigestSpan
from wire.lane import Zone
from wire.order import hlc_of, zone_of
from zone.copy import journal
from zone.link.reconciliation import Difference
from zone.reconcile import own_words
from zone.reconcile.copy_rows import BIRTH, ITEM, MESSAGE, SLICE
from zone.reconcile.cuts import Cut
from zone.reconcile.spans import HashedRow, SpanSum
from zone.reconcile.survey import CopySurvey

# What no later word replaces: where it is on its way, there is nothing at its place.
_MADE_ONCE: Final = frozenset({MESSAGE, ITEM, BIRTH})
Form = Literal["ranges", "rows", "answer"]
# Rows of which each is named: one span less than there are, which says up to where they go.
FEW: Final = SPANS - 1
# Differences that one digest comes to: what lies behind them is looked at when these are mended.
MANY: Final = 2_000


class Compared(NamedTuple):
    """A span that was compared row by row, or as a whole, and what differs in it."""

    after: str
    upto: str
    differences: tuple[Difference, ...] = ()


@dataclass(slots=True)
class DigestOutcome:
    """What comes of one digest."""

    answers: list[CopyDigest] = field(default_factory=list)
    offers: set[int] = field(default_factory=set)
    compared: list[Compared] = field(default_factory=list)
    empty: list[tuple[str, str]] = field(default_factory=list)  # spans of which all is lost here
    is_whole: bool = False  # it was of the whole copy
    is_equal: bool = False

    @property
    def differences(self) -> int:
        """How many places differ."""
        return sum(len(each.differences) for each in self.compared)

    def note(self, found: Compared) -> None:
        """Note that a span was compared; those side by side without differences are one."""
        last = self.compared[-1] if self.compared else None
        if last is None or last.upto != found.after or last.differences or found.differences:
            self.compared.append(found)
        else:
            self.compared[-1] = Compared(last.after, found.upto)

    def miss(self, after: str, upto: str) -> None:
        """Note that there is nothing here in a span; those side by side are asked for at once."""
        if self.empty and self.empty[-1][1] == after:
            after, _ = self.empty.pop()
        self.empty.append((after, upto))


async def greet(survey: CopySurvey, policy: str) -> CopyDigest:
    """Return the digest of the whole copy with which a round begins."""
    survey.refresh()
    cut = await survey.cut()
    parts = await survey.split("", LAST_PLACE, cut)
    return _ranges(survey, cut, policy, "", parts)


async def answer(survey: CopySurvey, theirs: CopyDigest, policy: str) -> DigestOutcome:
    """Return what comes of a digest of the other zone."""
    survey.refresh()
    cut = await survey.cut(said=theirs.seen, seen=theirs.said)
    outcome = DigestOutcome()
    if theirs.form == "ranges":
        await _compare_ranges(survey, cut, policy, theirs, outcome)
        return outcome
    spans = {span.upto: span.digest for span in theirs.spans if span.digest != NOTHING}
    span = (theirs.after, theirs.spans[-1].upto)
    await _act(survey, cut, span, spans, outcome)
    if theirs.form == "rows":
        rows = await _listed(survey, span, cut)
        outcome.answers += _rows(survey, cut, policy, "answer", span, rows)
    return outcome


async def _compare_ranges(
    survey: CopySurvey, cut: Cut, policy: str, theirs: CopyDigest, outcome: DigestOutcome
) -> None:
    after, is_equal = theirs.after, True
    for span in theirs.spans:
        if span.upto == after:
            break
        ours = await survey.sum(after, span.upto, cut)
        if ours.digest == span.digest:
            outcome.note(Compared(after, span.upto))
        else:
            is_equal = False
            await _look_closer(survey, cut, policy, (after, span), ours, outcome)
        after = span.upto
    for first, last in outcome.empty:
        outcome.answers.append(_ranges(survey, cut, policy, first, [(last, SpanSum())]))
    outcome.is_whole = (theirs.after, after) == ("", LAST_PLACE)
    outcome.is_equal = is_equal


async def _look_closer(
    survey: CopySurvey,
    cut: Cut,
    policy: str,
    their_span: tuple[str, DigestSpan],
    ours: SpanSum,
    outcome: DigestOutcome,
) -> None:
    after, span = their_span
    whole = (after, span.upto)
    if span.digest == NOTHING:
        await _act(survey, cut, whole, {}, outcome)
    elif ours.rows == 0 and not await own_words.put_back(survey, whole):
        outcome.miss(*whole)
    elif ours.rows <= FEW:
        rows = await _listed(survey, whole, cut)
        outcome.answers += _rows(survey, cut, policy, "rows", whole, rows)
    else:
        parts = await survey.split(*whole, cut)
        outcome.answers.append(_ranges(survey, cut, policy, after, parts))


async def _listed(survey: CopySurvey, span: tuple[str, str], cut: Cut) -> list[HashedRow]:
    """Return the rows of a span that count, and some that may stand where others count there."""
    after, upto = span
    rows: list[HashedRow] = []
    newer: list[HashedRow] = []
    async for _, some in survey.slices(after, upto, cut):
        rows += [row for row in some if row.counts]
        newer += [row for row in some if not row.counts and row.field not in _MADE_ONCE]
    said = await survey.store.read(partial(_said, rows=newer[:FEW], own=survey.store.side.zone))
    return sorted(rows + said)


def _said(db: sqlite3.Connection, rows: Sequence[HashedRow], own: Zone) -> list[HashedRow]:
    """Return the rows of which somebody is known to have said the word: others are damage."""
    return [row for row in rows if journal.is_proven(db, row.stamp, own)]


async def _act(
    survey: CopySurvey,
    cut: Cut,
    span: tuple[str, str],
    theirs: Mapping[str, str],
    outcome: DigestOutcome,
) -> None:
    """Mend our own words where the two zones differ, and send again what the other has not got."""
    after, upto = span
    async for end, rows in survey.slices(after, upto, cut, SLICE):
        if outcome.differences >= MANY:
            return
        there = {place: digest for place, digest in theirs.items() if after < place <= end}
        names = {journal.object_at(place) for place in _differing(rows, there)}
        if names and await own_words.put_back_about(survey, names):
            found = [some async for _, some in survey.slices(after, end, cut)]
            rows = [row for some in found for row in some]
        _note(survey, outcome, (after, end), rows, there)
        after = end


def _note(
    survey: CopySurvey,
    outcome: DigestOutcome,
    span: tuple[str, str],
    rows: Sequence[HashedRow],
    theirs: Mapping[str, str],
) -> None:
    ours = {row.place: row for row in rows}
    found: list[Difference] = []
    for place in _differing(rows, theirs):
        row = ours.get(place)
        if row is not None and not row.counts:
            continue  # on its way, held, refused, or said since
        found.append(_difference(place, row, theirs.get(place)))
        if row is not None and zone_of(row.stamp) is survey.store.side.zone:
            outcome.offers.add(hlc_of(row.stamp))
    outcome.note(Compared(*span, tuple(found)))


def _differing(rows: Sequence[HashedRow], theirs: Mapping[str, str]) -> list[str]:
    known = {row.place: SpanSum(row.sum).digest for row in rows if row.counts}
    places = known.keys() | theirs.keys()
    return sorted(place for place in places if theirs.get(place) not in (known.get(place), NOT_YET))


def _digest_of(row: HashedRow) -> str:
    return SpanSum(row.sum).digest if row.counts else NOT_YET


def _difference(place: str, row: HashedRow | None, theirs: str | None) -> Difference:
    name = journal.object_at(place)
    if row is None:
        return Difference(place, name, None, "missing-here")
    return Difference(place, name, row.field, "missing-there" if theirs is None else "differs")


def _ranges(
    survey: CopySurvey, cut: Cut, policy: str, after: str, parts: Sequence[tuple[str, SpanSum]]
) -> CopyDigest:
    spans = [DigestSpan(end, each.digest) for end, each in parts]
    return _digest(survey, cut, policy, "ranges", after, spans)


def _rows(
    survey: CopySurvey,
    cut: Cut,
    policy: str,
    form: Form,
    span: tuple[str, str],
    rows: Sequence[HashedRow],
) -> Iterator[CopyDigest]:
    """Yield digests of single rows: as many as it takes, one at least."""
    after, upto = span
    for start in range(0, max(1, len(rows)), FEW):
        some = rows[start : start + FEW]
        end = upto if start + FEW >= len(rows) else some[-1].place
        spans = [DigestSpan(row.place, _digest_of(row)) for row in some]
        yield _digest(survey, cut, policy, form, after, [*spans, DigestSpan(end, NOTHING)])
        after = end


def _digest(
    survey: CopySurvey, cut: Cut, policy: str, form: Form, after: str, spans: Sequence[DigestSpan]
) -> CopyDigest:
    side = survey.store.side
    rest = [DigestSpan(spans[-1].upto, NOTHING)] * (SPANS - len(spans))
    said, seen = cut.upto[side.zone], cut.upto[side.far]
    return CopyDigest(form, after, said, seen, policy or NO_POLICY, [*spans, *rest])
