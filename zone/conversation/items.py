"""What people do with items: made, changed, removed, answered.

What holds for a kind alone is in the table of `wire.items`, and in `demands`.
"""

from collections.abc import Sequence

import msgspec

from wire.answers import Answer, Seen
from wire.bodies import AnswerSet, ItemPut, ItemRemove
from wire.events import FileRef
from wire.item_kinds import ITEMS, ItemKind, missing_fields
from wire.items import Content
from wire.merge import field_name
from wire.order import place_of
from wire.reasons import Reason, Refused
from zone.conversation.actor import Actor
from zone.conversation.item_checks import demand_answer, demand_change, demand_new
from zone.copy import files as rows
from zone.copy import registers
from zone.copy.views import ItemView
from zone.items import item_answers
from zone.items.items import ItemPlace, ItemRegisters, find_item, item_place, registers_of_item


def make_item(
    actor: Actor, room: str | None, content: Content, files: Sequence[str] = ()
) -> ItemView:
    """Make an item in a room; a broadcast is of none."""
    row, body = ITEMS[type(content)], ItemPut(content)
    actor.demand(body, room=room)
    if room is not None:
        actor.demand_open(room)
    if lacking := missing_fields(content):
        raise Refused(Reason.INVALID, f"it has no {', '.join(lacking)}")
    demand_new(actor, content, files)
    writing = actor.writing
    event = actor.say(
        body,
        room=room,
        crosses=room is None or actor.crosses(room),
        id=writing.mint(row.prefix, writing.now),
        files=_references(actor, row, files),
    )
    return msgspec.structs.replace(_view(actor, event.id), client_key=actor.client_key)


def change_item(
    actor: Actor,
    item: str,
    content: Content,
    *,
    if_match: str | None = None,
    files: Sequence[str] = (),
) -> ItemView:
    """Say better what an item says; null fields stay."""
    found, now = _status(actor, item)
    row, body = ITEMS[type(content)], ItemPut(content, item, place_of(now.stamp))
    actor.demand(body, room=found.room)
    if if_match is not None and if_match != now.stamp:
        raise Refused(Reason.CHANGED, f"it stands at {now.stamp}")
    demand_change(actor, item, found, now.content(found.type), content)
    actor.say(
        body,
        room=found.room,
        crosses=actor.reaches(found.room, item),
        files=_references(actor, row, files),
    )
    return _view(actor, item)


def withdraw_item(actor: Actor, item: str, reason: str) -> ItemView:
    """Remove an item, with its files.  Doing it again changes nothing."""
    found = seen(actor, item)
    body = ItemRemove(item, reason)
    actor.demand(body, room=found.room)
    if registers.REMOVED not in registers_of_item(actor.writing.db, item).beside:
        actor.say(body, room=found.room, crosses=actor.reaches(found.room, item))
    return _view(actor, item)


def answer_item(actor: Actor, item: str, answer: Answer) -> ItemView:
    """Answer an item; a later answer replaces an earlier one."""
    found, now = _status(actor, item)
    body = AnswerSet(item, answer)
    actor.demand(body, room=found.room)
    demand_answer(actor, item, found, now.content(found.type), answer)
    own = field_name(item_answers.SEEN, actor.who.uid)
    if isinstance(answer, Seen) and registers.word(actor.writing.db, item, own):
        return _view(actor, item)  # once is enough, however often it is opened
    actor.say(body, room=found.room, crosses=actor.reaches(found.room, item))
    return _view(actor, item)


def seen(actor: Actor, item: str) -> ItemPlace:
    """Return where an item that the asker may see stands."""
    found = item_place(actor.writing.db, item)
    if found is None or not actor.sees_item(item, found):
        raise Refused(Reason.NOT_FOUND)
    return found


def _status(actor: Actor, item: str) -> tuple[ItemPlace, ItemRegisters]:
    """Return an item that the asker may see and that was not removed."""
    found = seen(actor, item)
    now = registers_of_item(actor.writing.db, item)
    if registers.REMOVED in now.beside:
        raise Refused(Reason.CONFLICT, "it was removed")
    return found, now


def _references(actor: Actor, row: ItemKind, files: Sequence[str]) -> list[FileRef]:
    if files and not row.has_files:
        raise Refused(Reason.INVALID, "this has no files; post them in a message")
    if not files:
        return []
    return rows.references(actor.writing.db, files, uploader=actor.who.uid)


def _view(actor: Actor, item: str) -> ItemView:
    writing = actor.writing
    view = find_item(writing.db, writing.side, item, actor.who.uid, now=writing.now)
    if view is None:
        raise Refused(Reason.NOT_FOUND)
    return view
