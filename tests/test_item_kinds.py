"""A kind of item is whole in its rows: nothing that knows kinds forgets one silently."""

import pkgutil
import re
from collections.abc import Mapping
from dataclasses import fields, make_dataclass, replace
from typing import Any, Literal, get_args

import msgspec
import pytest
from msgspec import Struct

from sekisho_client.items import Kind as ClientKind
from tests.conftest import ROOT
from tests.item_tables import TABLES, Tables, faults
from wire.answers import Done, Vote
from wire.fields import Count, Line, Name, Text
from wire.item_kinds import ItemKind, type_of
from wire.item_labels import KindLabels, Label
from wire.items import Content
from zone.items.item_state import Scene
from zone.items.kinds import ZoneKind
from zone.rights.items import KindRights

EVERY_KIND: list[Any] = sorted(get_args(Content), key=str)


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_kind_is_whole_in_its_rows(kind: Any) -> None:
    assert list(faults(kind, TABLES)) == []


def test_no_table_has_a_row_of_no_kind() -> None:
    kinds, names = set(get_args(Content)), {type_of(kind) for kind in get_args(Content)}
    assert set(TABLES.wire) == set(TABLES.zone) == kinds
    assert set(TABLES.client) == set(TABLES.chat) == set(TABLES.board) == names


# A kind that is in no table, made for these tests: the hands that go up in a meeting.
class Poll(Struct, frozen=True, tag="poll", tag_field="type", kw_only=True):
    """What a meeting is asked."""

    title: Name | None = None
    text: Text | None = None
    motion: Text | None = None
    place: Line | None = None
    manner: Literal["open", "secret"] | None = None
    until: Count | None = None


class PollState(Struct, frozen=True, tag="poll", tag_field="type"):
    """Whether it was carried."""

    carried: bool


def poll_state(_: Scene) -> PollState:
    """Return that it was carried."""
    return PollState(carried=True)


LABELS = KindLabels(
    Label("挙手", "Poll"),
    {
        "title": Label("件名", "Title"),
        "text": Label("本文", "Text"),
        "motion": Label("議案", "Motion"),
        "place": Label("場所", "Place"),
        "manner": Label("方法", "Manner"),
        "until": Label("期限", "Until"),
    },
    {
        "manner": {"open": Label("公開", "Open"), "secret": Label("秘密", "Secret")},
        "done": {"true": Label("賛成", "In favour"), "false": Label("反対", "Against")},
        "answer": {"done": Label("賛成", "In favour")},
    },
)
WIRE_ROW: Mapping[str, Any] = {
    "prefix": "po",
    "labels": LABELS,
    "required": ("title",),
    "answers": (Done,),
    "changed_by": "author",
    "has_room": True,
    "has_files": False,
    "paragraphs": frozenset({"text", "motion"}),
    "end": "until",
    "late_answers": "refused",
}
ZONE_ROW: Mapping[str, Any] = {
    "search": frozenset({"title", "text", "motion"}),
    "unsearched": frozenset({"place"}),
    "state": poll_state,
    "anonymous": None,
    "answers_shown_to": "room",
    "takes_place": False,
}
SAID = "\n### Poll\n\nIds begin with `po`. A first word has `title`. Answers: Done.\n"
POLL_FIELDS = ("type", *Poll.__struct_fields__)
ClientPoll = make_dataclass("ClientPoll", POLL_FIELDS)
ClientPollState = make_dataclass("ClientPollState", ("carried",))
WITH_POLL = Tables(
    union=(*TABLES.union, Poll),
    wire={**TABLES.wire, Poll: ItemKind(**WIRE_ROW)},
    zone={**TABLES.zone, Poll: ZoneKind(**ZONE_ROW)},
    rights={**TABLES.rights, Poll: KindRights(lambda _: (), lambda _: ())},
    states=(*TABLES.states, PollState),
    answers=TABLES.answers,
    client={**TABLES.client, "poll": ClientKind("po", ClientPoll, ClientPollState)},
    chat={**TABLES.chat, "poll": None},
    board={**TABLES.board, "poll": None},
    api=f"{TABLES.api}\n| `poll` |",
    envelope=TABLES.envelope + SAID,
)


def with_wire(**columns: Any) -> Tables:
    row = ItemKind(**{**WIRE_ROW, **columns})
    return replace(WITH_POLL, wire={**WITH_POLL.wire, Poll: row})


def with_zone(**columns: Any) -> Tables:
    row = ZoneKind(**{**ZONE_ROW, **columns})
    return replace(WITH_POLL, zone={**WITH_POLL.zone, Poll: row})


def with_prefix(prefix: str) -> Tables:
    said = TABLES.envelope + SAID.replace("`po`", f"`{prefix}`")
    return replace(
        with_wire(prefix=prefix),
        client={**TABLES.client, "poll": ClientKind(prefix, ClientPoll, ClientPollState)},
        envelope=said,
    )


def with_required(field: str) -> Tables:
    said = TABLES.envelope + SAID.replace("`title`", f"`{field}`")
    return replace(with_wire(required=(field,)), envelope=said)


def with_client(prefix: str, content: type, state: type | None) -> Tables:
    row = ClientKind(prefix, content, state)
    return replace(WITH_POLL, client={**WITH_POLL.client, "poll": row})


def with_labels(**parts: Any) -> Tables:
    return with_wire(labels=replace(LABELS, **parts))


def test_a_new_kind_with_all_its_rows_lacks_nothing() -> None:
    assert list(faults(Poll, WITH_POLL)) == []


@pytest.mark.parametrize("column", WIRE_ROW)
def test_a_row_of_the_wire_cannot_leave_a_column_out(column: str) -> None:
    assert {field.name for field in fields(ItemKind)} == set(WIRE_ROW)
    with pytest.raises(TypeError, match=column):
        ItemKind(**{each: value for each, value in WIRE_ROW.items() if each != column})


@pytest.mark.parametrize("column", ZONE_ROW)
def test_a_row_of_the_zone_cannot_leave_a_column_out(column: str) -> None:
    assert {field.name for field in fields(ZoneKind)} == set(ZONE_ROW)
    with pytest.raises(TypeError, match=column):
        ZoneKind(**{each: value for each, value in ZONE_ROW.items() if each != column})


IN_WIRE, IN_ZONE = "wire.item_kinds.ITEMS[Poll]: ", "zone.items.kinds.ITEM_KINDS[Poll]: "
IN_CLIENT = "sekisho_client.items.KINDS['poll']: "
FORGOTTEN: Mapping[str, Tables] = {
    "wire.items.Content does not name Poll": replace(WITH_POLL, union=TABLES.union),
    "wire.item_kinds.ITEMS has no row for Poll": replace(WITH_POLL, wire=TABLES.wire),
    IN_CLIENT + "`prefix` is not 'po'": with_client("pl", ClientPoll, ClientPollState),
    IN_CLIENT + "`content` has no field 'motion'": with_client(
        "po", make_dataclass("Short", [f for f in POLL_FIELDS if f != "motion"]), ClientPollState
    ),
    IN_CLIENT + "`state` is for": with_client("po", ClientPoll, None),
    IN_WIRE + "`prefix` 'nt' is taken": with_prefix("nt"),
    IN_WIRE + "`prefix` 'us' is taken": with_prefix("us"),
    IN_WIRE + "`required` names what is no field": with_required("name"),
    IN_WIRE + "`answers` names what": replace(WITH_POLL, answers=(Vote,)),
    IN_WIRE + "`late_answers` is for": with_wire(late_answers=None),
    IN_WIRE + "`paragraphs` is not ['motion', 'text']": with_wire(paragraphs=frozenset({"text"})),
    IN_WIRE + "`end` names no field": with_wire(end="place"),
    IN_WIRE + "`labels` has no field 'until'": with_labels(
        fields={key: label for key, label in LABELS.fields.items() if key != "until"}
    ),
    IN_WIRE + "`labels` lacks a language": with_labels(kind=Label("挙手", "")),
    IN_WIRE + "`labels` does not say what 'secret' of 'manner'": with_labels(
        words={**LABELS.words, "manner": {"open": Label("公開", "Open")}}
    ),
    IN_WIRE + "`labels` does not say what 'false' of 'done'": with_labels(
        words={**LABELS.words, "done": {"true": Label("賛成", "In favour")}}
    ),
    IN_WIRE + "`labels` does not say what the answer 'done'": with_labels(
        words={**LABELS.words, "answer": {}}
    ),
    "zone.items.kinds.ITEM_KINDS has no row for Poll": replace(WITH_POLL, zone=TABLES.zone),
    "zone.rights.items.BY_KIND has no row for Poll": replace(WITH_POLL, rights=TABLES.rights),
    IN_ZONE + "'motion' stands neither in `search`": with_zone(search=frozenset({"title", "text"})),
    IN_ZONE + "'place' stands neither in `search`": with_zone(unsearched=frozenset()),
    IN_ZONE + "`state` does not compute": with_zone(state=None),
    IN_ZONE + "`anonymous` names no field": with_zone(anonymous="place"),
    IN_ZONE + "`answers_shown_to` is for": with_zone(answers_shown_to=None),
    IN_ZONE + "`answers_shown_to` is `callers`": with_zone(answers_shown_to="callers"),
    IN_ZONE + "`takes_place` needs": with_zone(takes_place=True),
    "sekisho_client.items.KINDS does not name 'poll'": replace(WITH_POLL, client=TABLES.client),
    "sekisho.chat.listing.STANDS does not say": replace(WITH_POLL, chat=TABLES.chat),
    "sekisho.demo.item_lines.LINES does not draw": replace(WITH_POLL, board=TABLES.board),
    "docs/envelope.md does not say under Poll": replace(
        WITH_POLL, envelope=WITH_POLL.envelope.replace("Ids begin with `po`", "Ids are ids")
    ),
    "docs/api.md has no row for `poll`": replace(WITH_POLL, api=TABLES.api),
}


@pytest.mark.parametrize("sentence", FORGOTTEN)
def test_what_a_new_kind_forgets_is_named_and_nothing_else(sentence: str) -> None:
    (found,) = faults(Poll, FORGOTTEN[sentence])
    assert found.startswith(sentence)


def test_what_is_in_no_table_at_all_is_told_everything_at_once() -> None:
    assert list(faults(Poll, TABLES)) == [
        "wire.items.Content does not name Poll",
        "wire.item_kinds.ITEMS has no row for Poll",
        "zone.items.kinds.ITEM_KINDS has no row for Poll",
        "zone.rights.items.BY_KIND has no row for Poll",
        "sekisho_client.items.KINDS does not name 'poll'",
        "sekisho.chat.listing.STANDS does not say how 'poll' stands",
        "sekisho.demo.item_lines.LINES does not draw 'poll'",
        "docs/envelope.md has no heading Poll",
    ]


def test_a_field_cannot_be_called_what_the_relay_or_the_store_reads_otherwise() -> None:
    closed = msgspec.defstruct("Odd", [("kind", str), ("removed", bool)], tag="odd")
    row = ItemKind(**{**WIRE_ROW, "paragraphs": frozenset(), "required": (), "end": None})
    found = list(faults(closed, replace(WITH_POLL, wire={**TABLES.wire, closed: row})))
    assert any("people type into 'kind'" in fault for fault in found)
    assert any("called 'removed'" in fault for fault in found)


def test_architecture_says_what_to_touch_by_names_that_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = text.partition("### A new kind of item")[2].partition("\n\nThe relay")[0]
    cells = [row.split(" | ")[0] for row in table.splitlines() if row.startswith("| `")]
    names = re.findall(r"`([a-z_]+(?:\.\w+)+)`", " ".join(cells))
    code = [name for name in names if not name.endswith((".md", ".py")) and name != ".ja.md"]
    assert len(code) > 10
    for name in code:
        assert pkgutil.resolve_name(name)
    told = {fault.partition(" ")[0] for fault in faults(Poll, TABLES)}
    where = {name.removesuffix(".Content") for name in told if not name.startswith("docs/")}
    assert where <= set(code)  # every table that a test names is in the list
