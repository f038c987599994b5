"""What the client takes for an answer is what the zone says: member by member, kind by kind."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from sekisho_client import agenda, broadcasts, errors, items, messages, people
from sekisho_client.decoding import Raw
from sekisho_client.events import DATA, EventBatch, read_batch
from sekisho_client.items import KINDS
from wire.item_kinds import ITEMS, TYPES
from zone.api.http import problems
from zone.api.http.frames import FRAMES
from zone.api.resources import agenda as agenda_routes
from zone.api.resources import broadcasts as broadcast_routes
from zone.api.resources import messages as message_routes
from zone.api.resources import outcomes, sayings, search, server
from zone.api.resources import people as people_routes
from zone.conversation.timeline import TimelinePage
from zone.copy import room_files, states
from zone.items.tallies import Tally

# Answers that are no data of an event.
ANSWERS: Mapping[type[msgspec.Struct], type] = {
    server.ServerView: people.Server,
    people_routes.UserPage: people.Users,
    people_routes.Snapshot: people.Snapshot,
    TimelinePage: messages.Timeline,
    sayings.Thread: messages.Timeline,
    room_files.RoomFiles: messages.RoomFiles,
    message_routes.PostResult: messages.Outcome,
    message_routes.Reader: messages.Reader,
    search.Results: messages.Results,
    Tally: items.Tally,
    outcomes.Shelf: items.Shelf,
    outcomes.ItemReader: items.ItemReader,
    agenda_routes.Busy: agenda.Busy,
    agenda_routes.BookedView: agenda.Booked,
    broadcast_routes.BroadcastStatus: broadcasts.BroadcastStatus,
    broadcast_routes.MissingView: broadcasts.Missing,
    problems.Problem: errors.ProblemDocument,
}
PAIRS = [*ANSWERS.items(), *((FRAMES[name], DATA[name]) for name in FRAMES)]
# What of a problem the client does not keep: the address of its words, and the path asked for.
LEFT_OUT: Mapping[type, set[str]] = {errors.ProblemDocument: {"type", "instance"}}


def test_each_event_has_its_type_in_the_client_and_no_other() -> None:
    assert set(DATA) == set(FRAMES)


def classes(hint: Any) -> Iterator[Any]:
    """Yield the structs or dataclasses that an annotation names."""
    if dataclasses.is_dataclass(hint) or isinstance(hint, type(msgspec.Struct)):
        yield hint
    for argument in get_args(hint):
        yield from classes(argument)


def tag(kind: type) -> object:
    """Return by what one of a union is told apart, if it is."""
    if issubclass(kind, msgspec.Struct):
        return kind.__struct_config__.tag
    word = getattr(kind, "__dataclass_fields__", {}).get("type")
    return word.default if word is not None and isinstance(word.default, str) else None


def pairs(said: type[msgspec.Struct], taken: type) -> Iterator[tuple[type[msgspec.Struct], type]]:
    """Yield a struct and the dataclass it is taken for, and all that they are made of."""
    yield said, taken
    theirs, ours = get_type_hints(said), get_type_hints(taken)
    for name in theirs.keys() & ours.keys():
        known = {tag(each): each for each in classes(ours[name])}
        for each in classes(theirs[name]):
            assert tag(each) in known, f"{taken.__name__}.{name} does not take {each.__name__}"
            yield from pairs(each, known[tag(each)])


def required(kind: Any) -> set[str]:
    return {
        field.name
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }


@pytest.mark.parametrize(("said", "taken"), PAIRS, ids=lambda each: each.__name__)
def test_the_client_has_a_place_for_every_member_that_is_said(
    said: type[msgspec.Struct], taken: type
) -> None:
    for struct, view in pairs(said, taken):
        fields = {each.name: each for each in msgspec.structs.fields(struct)}
        names = {field.name for field in dataclasses.fields(view)} - {"type"}
        type_too = {"type"} & set(fields)
        left_out = LEFT_OUT.get(view, set())
        assert set(fields) - type_too - left_out == names, (struct, view)
        if struct in TYPES.values():
            continue  # what the first word on an item fills in: below
        omitted = {
            name
            for name, field in fields.items()
            if struct.__struct_config__.omit_defaults and not field.required
        }
        assert required(view) & omitted == set(), (struct, view)


@pytest.mark.parametrize("name", TYPES)
def test_each_kind_of_item_has_its_content_and_state_in_the_client(name: str) -> None:
    row, kind = ITEMS[TYPES[name]], KINDS[name]
    assert set(KINDS) == set(TYPES)
    assert (kind.prefix, tag(kind.content)) == (row.prefix, name)
    assert required(kind.content) <= set(row.required)
    stands = {tag(state): state for state in get_args(states.State)}
    assert (kind.state is not None) == (name in stands)
    assert kind.state is None or tag(kind.state) == name


def test_a_batch_names_the_event_and_member_that_is_wrong() -> None:
    good = {"cursor": "1", "type": "weather.changed", "room": None, "data": {"sky": "blue"}}
    bad = {"cursor": "2", "type": "read.set", "room": "rm", "data": {"user": "us", "at": 1}}
    batch = read_batch({"items": [good], "cursor": "1", "more": 1})
    assert isinstance(batch, EventBatch)
    assert batch.items[0].data == Raw("weather.changed", {"sky": "blue"})
    with pytest.raises(errors.Unexpected, match=r"^/items/1/data/message is missing$"):
        read_batch({"items": [good, bad], "cursor": "2"})


def test_a_value_of_another_type_is_not_taken_for_the_one_expected() -> None:
    batch = read_batch(
        {"items": [{"cursor": "", "type": "x", "room": None, "data": None}], "cursor": ""}
    )
    with pytest.raises(TypeError, match="x has Raw, not Message"):
        batch.items[0].data_as(messages.Message)
