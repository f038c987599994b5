"""What differs between both zones' copies, and between them and what the relay has recorded.  Pure.

differences   the two copies do not say the same, and nothing explains it
unrecorded    a zone took in what no audit log says was released to it: something crossed
              past the relay, or the log is not whole
not_there     an audit log says that it was released, and the zone never believed it
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from sekisho.copy_files import ComparedRow, ZoneCopy
from wire.lane import Zone
from wire.order import zone_of

# What is of the lane, or says itself again: zones keep no note of having taken it in.
NOT_KEPT: Final = frozenset(
    {"read.set", "event.refuse", "copy.digest", "file.ready", "relay.notice"}
)


@dataclass(frozen=True, slots=True)
class CopyDifference:
    """Something of which the two copies do not say the same; `there` is where it is, or both."""

    object: str
    field: str
    what: str
    there: str


@dataclass(slots=True)
class Comparison:
    """What was found."""

    rows: int = 0
    explained: Counter[str] = field(default_factory=Counter)  # waiting, held, refused
    differences: list[CopyDifference] = field(default_factory=list)
    unrecorded: list[str] = field(default_factory=list)
    not_there: list[str] = field(default_factory=list)

    @property
    def are_one(self) -> bool:
        """Whether nothing was found that is not explained."""
        return not (self.differences or self.unrecorded or self.not_there)

    def as_json(self) -> dict[str, Any]:
        """Return all of it."""
        return {"are_one": self.are_one, **asdict(self)}


def compare_copies(one: ZoneCopy, other: ZoneCopy) -> Comparison:
    """Compare two copies row by row."""
    found = Comparison(rows=len(one.rows.keys() | other.rows.keys()))
    for place in sorted(one.rows.keys() | other.rows.keys()):
        ours, theirs = one.rows.get(place), other.rows.get(place)
        if ours is not None and theirs is not None and ours.digest == theirs.digest:
            continue
        why = _explanation(ours, one, other) or _explanation(theirs, other, one)
        if why is not None:
            found.explained[why] += 1
        else:
            found.differences.append(_difference(one, ours, other, theirs))
    return found


def _explanation(row: ComparedRow | None, here: ZoneCopy, there: ZoneCopy) -> str | None:
    """Return why a row here is not there, if that is known: waiting, held, refused."""
    if row is None or zone_of(row.stamp) is not here.zone:
        return None
    if row.stamp in here.open:
        return here.open[row.stamp]
    return "waiting" if row.stamp > there.heard_upto else None


def _difference(
    one: ZoneCopy, ours: ComparedRow | None, other: ZoneCopy, theirs: ComparedRow | None
) -> CopyDifference:
    if ours is not None and theirs is not None:
        return CopyDifference(ours.object, ours.field, "differs", "both")
    for row, copy in ((ours, one), (theirs, other)):
        if row is not None:
            return CopyDifference(row.object, row.field, "missing", copy.zone.value)
    raise ValueError("a place at which neither copy has a row")


def compare_records(
    found: Comparison, copies: Iterable[ZoneCopy], released: Mapping[Zone, Mapping[str, str]]
) -> None:
    """Compare what each zone took in with what was released to it: event -> kind."""
    for copy in copies:
        recorded = released.get(copy.zone)
        if recorded is None:
            continue
        heard, refused = set(copy.heard), set(copy.refused)
        found.unrecorded += sorted(heard - recorded.keys())
        found.not_there += sorted(
            event
            for event, kind in recorded.items()
            if kind not in NOT_KEPT and event not in heard and event not in refused
        )


def lines_of(found: Comparison) -> Iterator[str]:
    """Yield what people read."""
    explained = ", ".join(f"{count} {why}" for why, count in sorted(found.explained.items()))
    yield f"{found.rows} rows compared" + (f"; not in both yet: {explained}" if explained else "")
    for each in found.differences:
        yield f"{each.object}\t{each.field}\t{each.what}\tin {each.there}"
    yield from (f"{event}\tunrecorded" for event in found.unrecorded)
    yield from (f"{event}\trecorded, not there" for event in found.not_there)
    if found.are_one:
        yield "写しは一致しています / the two copies are one"
