"""Whether what the far zone says of an item was its author's to say.

The rights are those of `zone.conversation.items`, asked of the registers.  Runs inside a
transaction.  What is not known here, because the relay holds it back, is let through: it
cannot be seen either.
"""

import sqlite3

from wire.bodies import AnswerSet, ItemPut, ItemRemove
from wire.events import Event
from wire.items import ITEMS, TYPES, Content, kind_of
from wire.reasons import Reason
from zone.copy.apply import read_register
from zone.items.items import ItemPlace, item_place, registers_of_item
from zone.items.responses import responses_to
from zone.items.rules import objection_to_answer, objection_to_change, objection_to_new
from zone.store.directory import MODERATES, SPEAKS


def objection(db: sqlite3.Connection, event: Event) -> Reason | None:
    """Return why what `event` says of an item of a room is not believed, or None."""
    match event.body:
        case ItemPut(content, None):
            is_right = ITEMS[type(content)].has_room == (event.room is not None)
            is_right = is_right and _may_make(db, event, content)
        case ItemPut(content, str(item)):
            is_right = _may_change(db, event, item, content)
        case ItemRemove(item):
            is_right = _may_remove(db, event, item)
        case AnswerSet(item):
            is_right = _may_answer(db, event, event.body)
        case _:
            return None
    return None if is_right else Reason.NO_AUTHORITY


def _may_make(db: sqlite3.Connection, event: Event, content: Content) -> bool:
    if event.room is None:
        return True  # a broadcast: `zone.items.broadcasts` says who makes one
    speaks = _role(db, event, event.room) in SPEAKS
    return speaks and objection_to_new(content, event.author.uid) is None


def _may_change(db: sqlite3.Connection, event: Event, item: str, content: Content) -> bool:
    found = item_place(db, item)
    if found is None or found.room is None:
        return True
    uid, row = event.author.uid, ITEMS[type(content)]
    if not _is_there(event, found) or TYPES[found.type] is not type(content):
        return False
    role = _role(db, event, found.room)
    is_author = found.author == uid
    is_right = is_author or role in MODERATES or (row.changed_by == "speakers" and role in SPEAKS)
    if role == "none" or not is_right:
        return False
    return objection_to_change(content, is_author=is_author) is None


def _may_remove(db: sqlite3.Connection, event: Event, item: str) -> bool:
    found = item_place(db, item)
    if found is None or found.room is None:
        return True
    role = _role(db, event, found.room)
    is_right = found.author == event.author.uid or role in MODERATES
    return is_right and role != "none" and _is_there(event, found)


def _may_answer(db: sqlite3.Connection, event: Event, said: AnswerSet) -> bool:
    found, row, uid = item_place(db, said.item), kind_of(said.item), event.author.uid
    if row is None or type(said.answer) not in row.answers:
        return False
    if found is None or found.room is None:
        return True
    if not _is_there(event, found) or _role(db, event, found.room) == "none":
        return False
    content = registers_of_item(db, said.item).content(found.type)
    given = responses_to(db, said.item)
    return objection_to_answer(content, found.author, uid, said.answer, given) is None


def _is_there(event: Event, found: ItemPlace) -> bool:
    """Return whether an event speaks of an item in the room that it names."""
    return event.room == found.room


def _role(db: sqlite3.Connection, event: Event, room: str) -> str:
    """Return what an author is in a room, at the time at which they say they did it."""
    part = read_register(db, room, f"member:{event.author.uid}")
    if not isinstance(part, list):
        return "none"
    role, until, _ = part
    return "none" if until is not None and event.at >= until else str(role)
