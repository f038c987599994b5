"""All tables that know the kinds of items, and what a kind lacks in them, in plain sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, get_args, get_type_hints

from msgspec import inspect

from sekisho.chat.listing import STANDS
from sekisho.demo.item_lines import LINES
from sekisho_client.items import KINDS as CLIENT_KINDS
from sekisho_client.items import Kind as ClientKind
from tests.conftest import ROOT
from tests.item_samples import is_running_text, is_typed, leaves
from wire import ids
from wire.answers import Answer, tag_of
from wire.item_kinds import ITEMS, ItemKind, type_of
from wire.items import Content
from zone.copy.states import State
from zone.items.kinds import ITEM_KINDS, ZoneKind
from zone.rights.items import BY_KIND, KindRights

# Names of registers that every item has beside its fields, and members whose words the relay
# takes to be of a closed list, wherever they are.
_TAKEN = {"removed", "notice"}
_CLOSED = {"kind", "type"}
_PREFIXES = {
    ids.TENANT,
    ids.ORG,
    ids.USER,
    ids.ROOM,
    ids.MESSAGE,
    ids.FILE,
    ids.ACT,
    ids.FRONTEND,
}


@dataclass(frozen=True, slots=True)
class Tables:
    """Every place in which a kind has its row.  Keys are structs, or names as the API has them."""

    union: tuple[Any, ...]
    wire: Mapping[Any, ItemKind]
    zone: Mapping[Any, ZoneKind]
    rights: Mapping[Any, KindRights]
    states: tuple[Any, ...]
    answers: tuple[Any, ...]
    client: Mapping[str, ClientKind]
    chat: Mapping[str, object]
    board: Mapping[str, object]
    api: str
    envelope: str


TABLES = Tables(
    union=get_args(Content),
    wire=ITEMS,
    zone=ITEM_KINDS,
    rights=BY_KIND,
    states=get_args(State),
    answers=get_args(Answer),
    client=CLIENT_KINDS,
    chat=STANDS,
    board=LINES,
    api=(ROOT / "docs" / "api.md").read_text(encoding="utf-8"),
    envelope=(ROOT / "docs" / "envelope.md").read_text(encoding="utf-8"),
)


def faults(kind: Any, tables: Tables) -> Iterator[str]:
    """Yield what the kind with the struct `kind` lacks, and where that belongs."""
    name, of = type_of(kind), kind.__name__
    if kind not in tables.union:
        yield f"wire.items.Content does not name {of}"
    row, zone = tables.wire.get(kind), tables.zone.get(kind)
    if row is None:
        yield f"wire.item_kinds.ITEMS has no row for {of}"
    if zone is None:
        yield f"zone.items.kinds.ITEM_KINDS has no row for {of}"
    if kind not in tables.rights:
        yield f"zone.rights.items.BY_KIND has no row for {of}"
    if name not in tables.client:
        yield f"sekisho_client.items.KINDS does not name {name!r}"
    if name not in tables.chat:
        yield f"sekisho.chat.listing.STANDS does not say how {name!r} stands"
    if name not in tables.board:
        yield f"sekisho.demo.item_lines.LINES does not draw {name!r}"
    if f"\n### {of}\n" not in tables.envelope:
        yield f"docs/envelope.md has no heading {of}"
    if row is not None:
        for fault in (*_in_row(kind, row, tables), *_in_labels(kind, row, tables)):
            yield f"wire.item_kinds.ITEMS[{of}]: {fault}"
        yield from _elsewhere(kind, row, tables)
    if row is not None and zone is not None:
        for fault in _in_zone(kind, row, zone, tables):
            yield f"zone.items.kinds.ITEM_KINDS[{of}]: {fault}"


def _in_row(kind: Any, row: ItemKind, tables: Tables) -> Iterator[str]:
    members = kind.__struct_fields__
    prefixes = [each.prefix for each in tables.wire.values()]
    if prefixes.count(row.prefix) > 1 or row.prefix in _PREFIXES:
        yield f"`prefix` {row.prefix!r} is taken"
    if not set(row.required) <= set(members):
        yield "`required` names what is no field"
    if not set(row.answers) <= set(tables.answers):
        yield "`answers` names what wire.answers.Answer does not"
    if (row.late_answers is None) != (not row.answers):
        yield "`late_answers` is for kinds that are answered, and for all of them"
    lines = {name for name, leaf in leaves(kind) if is_typed(leaf) and not is_running_text(leaf)}
    texts = {name for name, leaf in leaves(kind) if is_running_text(leaf)}
    if row.paragraphs != texts or texts & lines:
        yield f"`paragraphs` is not {sorted(texts)}, the members of type Text"
    ends = {name for name, leaf in leaves(kind) if isinstance(leaf, inspect.IntType)}
    if row.end is not None and row.end not in ends & set(members):
        yield "`end` names no field that is a time"
    if taken := _TAKEN & set(members):
        yield f"a field is called {min(taken)!r}, as a register of every item"
    if typed := _CLOSED & (lines | texts):
        yield f"people type into {min(typed)!r}, which the relay takes for a word of a closed list"


def _in_labels(kind: Any, row: ItemKind, tables: Tables) -> Iterator[str]:
    labels = row.labels
    if set(labels.fields) != set(kind.__struct_fields__):
        odd = min(set(labels.fields) ^ set(kind.__struct_fields__))
        yield f"`labels` has no field {odd!r}, or one that is none"
    known = [labels.kind, *labels.fields.values()]
    known += [label for words in labels.words.values() for label in words.values()]
    if not all(each.ja and each.en for each in known):
        yield "`labels` lacks a language"
    states = [state for state in tables.states if type_of(state) == type_of(kind)]
    for struct in (kind, *row.answers, *states):
        for member, leaf in leaves(struct):
            words = set(leaf.values) if isinstance(leaf, inspect.LiteralType) else set()
            if isinstance(leaf, inspect.BoolType) and struct in row.answers:
                words = {"true", "false"}
            for word in words - set(labels.words.get(member, {})):
                yield f"`labels` does not say what {word!r} of {member!r} is called"
    for answer in row.answers:
        if tag_of(answer) not in labels.words.get("answer", {}):
            yield f"`labels` does not say what the answer {tag_of(answer)!r} is called"


def _in_zone(kind: Any, row: ItemKind, zone: ZoneKind, tables: Tables) -> Iterator[str]:
    typed = {name for name, leaf in leaves(kind) if is_typed(leaf)}
    if zone.search | zone.unsearched != typed or zone.search & zone.unsearched:
        odd = min((zone.search | zone.unsearched) ^ typed, default=min(zone.search))
        yield f"{odd!r} stands neither in `search` nor in `unsearched`, or in both, or is no text"
    states = [state for state in tables.states if type_of(state) == type_of(kind)]
    computed = [] if zone.state is None else [get_type_hints(zone.state)["return"]]
    if states != computed:
        yield "`state` does not compute the struct that zone.copy.states.State has for it"
    plain = dict(leaves(kind))
    is_flag = isinstance(plain.get(zone.anonymous or ""), inspect.BoolType)
    if zone.anonymous is not None and not is_flag:
        yield "`anonymous` names no field that is true or false"
    if (zone.answers_shown_to is None) != (not row.answers):
        yield "`answers_shown_to` is for kinds that are answered, and for all of them"
    if (zone.answers_shown_to == "callers") == row.has_room and row.answers:
        yield "`answers_shown_to` is `callers` for what is of no room"
    if zone.takes_place and not {"starts", "ends"} <= set(row.required):
        yield "`takes_place` needs `starts` and `ends` from the first word on"


def _elsewhere(kind: Any, row: ItemKind, tables: Tables) -> Iterator[str]:
    name = type_of(kind)
    client = tables.client.get(name)
    if client is not None:
        states = [state for state in tables.states if type_of(state) == name]
        for fault in _in_client(client, kind, row, has_state=bool(states)):
            yield f"sekisho_client.items.KINDS[{name!r}]: {fault}"
    required = ", ".join(f"`{name}`" for name in row.required)
    answers = ", ".join(answer.__name__ for answer in row.answers) or "none"
    said = f"Ids begin with `{row.prefix}`. A first word has {required}. Answers: {answers}."
    if said not in tables.envelope.partition(f"\n### {kind.__name__}\n")[2].partition("\n#")[0]:
        yield f"docs/envelope.md does not say under {kind.__name__}: {said}"
    if row.has_room and f"\n| `{name}` |" not in tables.api:
        yield f"docs/api.md has no row for `{name}` in its table of kinds"


def _in_client(client: ClientKind, kind: Any, row: ItemKind, *, has_state: bool) -> Iterator[str]:
    if client.prefix != row.prefix:
        yield f"`prefix` is not {row.prefix!r}"
    said = {field.name for field in fields(client.content)}
    if said != {"type", *kind.__struct_fields__}:
        odd = min(said ^ {"type", *kind.__struct_fields__})
        yield f"`content` has no field {odd!r}, or one that is none"
    if (client.state is not None) != has_state:
        yield "`state` is for kinds that come to something, and for all of them"
