"""Every number of every body is bounded: where it may enter state, by three pieces of code."""

from typing import Any, get_args

import msgspec
import pytest
from msgspec import inspect

from relay.verify import bounds as second
from runtime.bounds import BOUNDS, TOLERANCE_MS, excess_of
from tests.wire.numbers import Edge, bodies, edges, event_of, paths, relay_bodies
from tests.wire.samples import NOW
from wire.bodies import Body
from wire.events import Event
from wire.order import MAX_COUNT
from wire.reasons import Reason

EDGES = [*edges(lambda body: event_of(body, 1, NOW), NOW, TOLERANCE_MS)]
# Of one value each, which their type says.
VERSIONS = {("Consent", "v")}
FATES = {"clock": Reason.CLOCK_AHEAD, "bounds": Reason.OUT_OF_BOUNDS, "applied": None}
SENT = [edge for edge in EDGES if edge.fate != "type"]


def test_every_number_of_every_body_has_a_sample() -> None:
    known = {type_and_field for body in BODIES for type_and_field in _numbers(body)}
    said = {(*path,) for body in (*bodies(NOW), *relay_bodies()) for path in _named(body)}
    assert known | VERSIONS == said


def test_a_number_without_a_row_has_a_type_that_says_more_than_a_count() -> None:
    for kind, field, most in _limits():
        assert (kind, field) in BOUNDS or most < MAX_COUNT or field in ("least", "most")


def test_a_row_is_of_a_number_that_there_is() -> None:
    assert set(BOUNDS) <= {(kind, field) for kind, field, _ in _limits()}


@pytest.mark.parametrize("fate", FATES)
def test_the_table_refuses_what_is_beyond_and_names_the_field(fate: str) -> None:
    found = [edge for edge in SENT if edge.fate == fate]
    assert found
    for edge in found:
        beyond = excess_of(_event(edge), now=NOW, tolerance=TOLERANCE_MS)
        expected = None if fate == "applied" else (edge.field, FATES[fate])
        assert beyond == expected, edge


@pytest.mark.parametrize("fate", FATES)
def test_the_second_stage_refuses_the_same_with_code_of_its_own(fate: str) -> None:
    for edge in SENT:
        if edge.fate == fate:
            found = second.excess(_event(edge), now=NOW, tolerance=TOLERANCE_MS)
            assert found is FATES[fate], edge


def test_both_take_what_the_relay_and_the_daemons_say_themselves() -> None:
    for body in relay_bodies():
        assert excess_of(event_of(body, 1, NOW), now=NOW, tolerance=TOLERANCE_MS) is None
        assert second.excess(event_of(body, 1, NOW), now=NOW, tolerance=TOLERANCE_MS) is None


def test_the_second_stage_refuses_a_number_of_a_name_that_it_does_not_know() -> None:
    assert second._in({"surprise": 1}, "", NOW) is Reason.OUT_OF_BOUNDS


BODIES: tuple[type[Any], ...] = get_args(Body)


def _event(edge: Edge) -> Event:
    return msgspec.convert(edge.event, Event)


def _named(body: Any) -> set[tuple[str, str]]:
    """Return which numbers of which types a sample says."""
    found = set()
    for path in paths(msgspec.to_builtins(body)):
        owner, at = body, None
        for step in path:
            if isinstance(step, str):
                kind, at = type(owner), step
                value = getattr(owner, step)
            else:
                value = value[step]
            if isinstance(value, msgspec.Struct):
                owner = value
        assert at is not None
        found.add((kind.__name__, at))
    return found


def _numbers(body: type[Any]) -> set[tuple[str, str]]:
    return {(kind.__name__, field) for kind, field, _ in _fields(inspect.type_info(body))}


def _limits() -> list[tuple[type[Any], str, int]]:
    return [*_fields(inspect.type_info(Event))]


def _fields(kind: inspect.Type, of: tuple[type[Any], str] | None = None) -> Any:
    """Yield the whole numbers below a type: of which type, which field, and at most how much."""
    match kind:
        case inspect.Metadata(type=inner):
            yield from _fields(inner, of)
        case inspect.StructType(cls=cls, fields=fields):
            for field in fields:
                yield from _fields(field.type, (cls, field.name))
        case inspect.UnionType(types=types):
            for each in types:
                yield from _fields(each, of)
        case inspect.ListType(item_type=item):
            yield from _fields(item, of)
        case inspect.TupleType(item_types=items):
            for each in items:
                yield from _fields(each, of)
        case inspect.IntType(le=most, lt=below):
            assert of is not None
            yield (*of, (below - 1 if below is not None else most) or 0)
