"""The kinds of items as a zone knows them: one row for each, beside that of `wire.item_kinds`.

No column has a default: "nothing" is written down as well.
"""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from wire.item_kinds import ITEMS
from wire.items import (
    AgendaEntry,
    Approval,
    Booking,
    Broadcast,
    Content,
    Form,
    Note,
    Post,
    Resource,
    StoredFile,
    Survey,
    Task,
)
from zone.copy.states import State
from zone.items import item_state
from zone.items.item_state import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneKind:
    """What a zone does with one kind of item.

    `search` are the members, at any depth, in which people find words, `unsearched` the other
    members in which people write.  `state` computes what an item comes to.  `anonymous` is the
    field that hides who answered what.  `answers_shown_to` says who sees the answers of others:
    all of its room, or its author (and the room's moderators), or whoever has the duty `broadcast`;
    None if nothing is answered.  `takes_place` is whether it stands in the schedule of its room,
    from `starts` to `ends`.
    """

    search: frozenset[str]
    unsearched: frozenset[str]
    state: Callable[[Scene], State] | None
    anonymous: str | None
    answers_shown_to: Literal["room", "author", "callers"] | None
    takes_place: bool


_NOTHING: frozenset[str] = frozenset()
_WORDS = frozenset({"title", "text"})

ITEM_KINDS: Mapping[type[Content], ZoneKind] = MappingProxyType(
    {
        Note: ZoneKind(
            search=_WORDS,
            unsearched=_NOTHING,
            state=None,
            anonymous=None,
            answers_shown_to=None,
            takes_place=False,
        ),
        Task: ZoneKind(
            search=_WORDS,
            unsearched=_NOTHING,
            state=item_state.of_task,
            anonymous=None,
            answers_shown_to="room",
            takes_place=False,
        ),
        Survey: ZoneKind(
            search=_WORDS | {"choices"},
            unsearched=_NOTHING,
            state=item_state.of_survey,
            anonymous="anonymous",
            answers_shown_to="room",
            takes_place=False,
        ),
        AgendaEntry: ZoneKind(
            search=_WORDS | {"place"},
            unsearched=_NOTHING,
            state=item_state.of_entry,
            anonymous=None,
            answers_shown_to="room",
            takes_place=True,
        ),
        Resource: ZoneKind(
            search=_WORDS,
            unsearched=_NOTHING,
            state=None,
            anonymous=None,
            answers_shown_to=None,
            takes_place=False,
        ),
        Booking: ZoneKind(
            search=_WORDS,
            unsearched=_NOTHING,
            state=item_state.of_booking,
            anonymous=None,
            answers_shown_to=None,
            takes_place=True,
        ),
        Post: ZoneKind(
            search=_WORDS | {"category"},
            unsearched=_NOTHING,
            state=item_state.of_post,
            anonymous=None,
            answers_shown_to="room",
            takes_place=False,
        ),
        StoredFile: ZoneKind(
            search=_WORDS | {"folder"},
            unsearched=_NOTHING,
            state=item_state.of_stored_file,
            anonymous=None,
            answers_shown_to=None,
            takes_place=False,
        ),
        # A form may ask for what is nobody else's business.
        Form: ZoneKind(
            search=_WORDS | {"label", "choices"},
            unsearched=frozenset({"equals"}),  # one of the choices, once more
            state=item_state.of_form,
            anonymous="anonymous",
            answers_shown_to="author",
            takes_place=False,
        ),
        Approval: ZoneKind(
            search=_WORDS,
            unsearched=_NOTHING,
            state=item_state.of_approval,
            anonymous=None,
            answers_shown_to="room",
            takes_place=False,
        ),
        Broadcast: ZoneKind(
            search=_WORDS | {"choices"},
            unsearched=frozenset({"titles"}),  # whom it is for, not what it says
            state=None,
            anonymous=None,
            answers_shown_to="callers",
            takes_place=False,
        ),
    }
)


def state_of(
    db: sqlite3.Connection, item: str, author: str, content: Content, now: int
) -> State | None:
    """Return how an item stands, or None if it is of a kind that comes to nothing."""
    compute = ITEM_KINDS[type(content)].state
    return None if compute is None else compute(Scene(db, item, author, content, now))


def is_anonymous(content: Content) -> bool:
    """Return whether nobody is shown who answered what."""
    field = ITEM_KINDS[type(content)].anonymous
    return field is not None and bool(getattr(content, field))


def takes_answers(content: Content, now: int) -> bool:
    """Return whether an item is answered still: its time may be up, or its author has closed it."""
    row = ITEMS[type(content)]
    if row.late_answers != "refused":
        return row.late_answers == "taken"
    end: int | None = None if row.end is None else getattr(content, row.end)
    return not getattr(content, "closed", None) and not (end and now >= end)
