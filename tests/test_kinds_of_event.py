"""A kind of event, and what frontends are told of it, is whole: no list forgets it in silence.

The table of rights, the table of what is told and docs/envelope.md have their own tests; what
`wire.merge` makes of each body is for mypy to say.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest

from relay.transform.policy import Policy
from sekisho_client import events, people
from tests.conftest import ROOT
from tests.wire.samples import BODIES, RELAY_BODIES, event_of
from wire.bodies import (
    KINDS,
    KINDS_TO_RELAY,
    RELAY_ONLY,
    AnswerSet,
    Body,
    EventRefuse,
    FileReady,
    ItemPut,
    ItemRemove,
    MessageEdit,
    MessagePin,
    MessagePost,
    MessageWithdraw,
    ReactionSet,
    ReadSet,
    RelayNotice,
    RoomPurge,
    RoomPut,
    TenantLink,
)
from wire.consents import ConsentGive
from wire.digests import CopyDigest
from wire.events import ids_of
from wire.fields import Id
from zone.api.http.frames import FRAMES
from zone.api.resources.request_bodies import NewRoom, RoomLook
from zone.copy.directory_views import RoomView
from zone.store import table_facts

# What leaves people and rooms as they are, so that what is remembered of them still holds.
ABOUT_NEITHER = {
    MessagePost,
    MessageEdit,
    MessageWithdraw,
    MessagePin,
    ReactionSet,
    ReadSet,
    RoomPurge,
    ItemPut,
    ItemRemove,
    AnswerSet,
    EventRefuse,
    CopyDigest,
    ConsentGive,
    FileReady,
    RelayNotice,
    TenantLink,
}
POLICIES = ("import", "export")
ALL: tuple[type[Any], ...] = get_args(Body)
# What the relay alone says, which no policy has to let through.
BY_RELAY = {str(body.__struct_config__.tag) for body in RELAY_ONLY}
API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def members(struct: type[Any]) -> set[str]:
    """Return the names of the fields of a struct."""
    return {field.name for field in msgspec.structs.fields(struct)}


def policy_in_tree(lane: str) -> dict[str, Any]:
    """Return the policy as we ship it."""
    return tomllib.loads((ROOT / f"config/policy/{lane}.toml").read_text(encoding="utf-8"))


def test_each_body_is_among_the_samples_that_other_tests_walk() -> None:
    assert {type(body) for body in (*BODIES, *RELAY_BODIES)} == set(ALL)


@pytest.mark.parametrize("body", ALL, ids=lambda body: body.__name__)
def test_each_id_that_a_body_names_is_looked_at(body: type[Any]) -> None:
    """`Id` gives a length alone: that it is an id is for `wire.events.ids_of` to see."""
    sample = next(each for each in (*BODIES, *RELAY_BODIES) if isinstance(each, body))
    for field, hint in get_type_hints(body, include_extras=True).items():
        if Id in (hint, *get_args(hint)) and get_origin(hint) is not list:
            lie = msgspec.structs.replace(sample, **{field: "?" * 29})
            assert "?" * 29 in ids_of(event_of(lie)), field


@pytest.mark.parametrize("lane", POLICIES)
def test_each_policy_names_every_kind_of_event(lane: str) -> None:
    assert set(policy_in_tree(lane)["kinds"]) == KINDS - BY_RELAY - KINDS_TO_RELAY


@pytest.mark.parametrize("lane", POLICIES)
def test_each_policy_shows_every_setting_there_is(lane: str) -> None:
    said = {"words": [], "rules": [], **policy_in_tree(lane)}  # of these there may be none
    assert list(not_shown(Policy, said)) == []


def not_shown(struct: type[Any], said: dict[str, Any], path: str = "") -> Iterator[str]:
    """Yield the settings of `struct` that are not in `said`."""
    for field in msgspec.structs.fields(struct):
        name = f"{path}{field.name}"
        inner = next(iter(get_args(field.type)), field.type)
        value = said.get(field.name)
        some = value[0] if isinstance(value, list) and value else value
        if value is None:
            yield name
        elif isinstance(some, dict) and hasattr(inner, "__struct_config__"):
            yield from not_shown(inner, some, f"{name}.")


def test_a_setting_that_a_policy_does_not_show_is_seen() -> None:
    said = {"rules": [], **policy_in_tree("export")}
    del said["rooms"]["deny"], said["rates"]["bytes"]["per_day"], said["words"][0]["action"]
    found = ["rooms.deny", "words.action", "rates.bytes.per_day"]
    assert list(not_shown(Policy, said)) == found


def test_what_a_stream_tells_the_client_has_a_type_for_and_the_api_a_row() -> None:
    assert set(events.DATA) == set(FRAMES)
    rows = re.findall(r"^\| (`[a-z-]+\.[a-z]+`.*?) \|", API, re.M)
    assert {name for row in rows for name in re.findall(r"`([a-z.-]+)`", row)} == set(FRAMES)


def test_what_can_be_said_of_a_room_can_be_asked_for_shown_and_read() -> None:
    said = members(RoomPut) - {"base"}  # which the zone says itself, of what its author saw
    assert said <= members(NewRoom) | members(RoomLook)
    assert said <= members(RoomView)
    assert members(RoomView) == {field.name for field in fields(people.Room)}


def test_each_body_changes_what_is_remembered_of_people_and_rooms_or_is_said_not_to() -> None:
    changing = set(get_args(table_facts._CHANGES))
    assert changing | ABOUT_NEITHER == set(ALL)
    assert not changing & ABOUT_NEITHER
