"""What people do with items: made, changed, removed, answered.

What holds for a kind alone is in the table of `wire.items`, and in `demands`.
"""

from collections.abc import Sequence

from msgspec import Struct

from wire.answers import Answer, Seen
from wire.bodies import AnswerSet, ItemPut, ItemRemove
from wire.events import FileRef
from wire.item_kinds import ITEMS, TYPES, ItemKind, kind_of, missing_fields
from wire.items import Content
from wire.order import make_stamp
from wire.reasons import Reason, Refused
from zone.conversation.actor import Actor
from zone.conversation.item_checks import demand_answer, demand_change, demand_new
from zone.copy import files as rows
from zone.copy.apply import read_register
from zone.copy.views import Delivery, ItemView
from zone.items.items import ItemPlace, ItemRegisters, find_item, item_place, registers_of_item
from zone.store.directory import MODERATES, SPEAKS
from zone.store.notifications import first_delivery


class MadeItem(Struct, frozen=True):
    """An item that was made.  It has yet to cross, and can still be held or refused."""

    id: str
    room: str | None
    at: int
    stamp: str
    delivery: Delivery


def make_item(
    actor: Actor, room: str | None, content: Content, files: Sequence[str] = ()
) -> MadeItem:
    """Make an item in a room; a broadcast is of none."""
    row = ITEMS[type(content)]
    if (room is not None) != row.has_room:
        raise Refused(Reason.INVALID, "a broadcast is of no room, everything else of one")
    if room is None:
        actor.demand_duty("broadcast")
    else:
        actor.demand_speaker(room)
    if lacking := missing_fields(content):
        raise Refused(Reason.INVALID, f"it has no {', '.join(lacking)}")
    demand_new(actor, room, content, files)
    writing = actor.writing
    event = actor.say(
        ItemPut(content),
        room=room,
        crosses=room is None or actor.crosses(room),
        id=writing.mint(row.prefix, writing.now),
        files=_references(actor, row, files),
    )
    zone = writing.side.zone
    delivery = first_delivery(writing, event, zone)
    return MadeItem(event.id, room, event.at, make_stamp(event.lc, zone), delivery)


def change_item(
    actor: Actor,
    item: str,
    content: Content,
    *,
    if_match: str | None = None,
    files: Sequence[str] = (),
) -> ItemView:
    """Say better what an item says; null fields stay."""
    found, now = _standing(actor, item)
    row = ITEMS[type(content)]
    if TYPES[found.type] is not type(content):
        raise Refused(Reason.INVALID, f"it is a {found.type}, and stays one")
    _demand_right(actor, found, row)
    if if_match is not None and if_match != now.stamp:
        raise Refused(Reason.CHANGED, f"it stands at {now.stamp}")
    demand_change(actor, item, found, now.content(found.type), content)
    actor.say(
        ItemPut(content, item),
        room=found.room,
        crosses=_crosses(actor, found),
        files=_references(actor, row, files),
    )
    return _view(actor, item)


def withdraw_item(actor: Actor, item: str, reason: str) -> ItemView:
    """Remove an item, with its files.  Doing it again changes nothing."""
    found = seen(actor, item)
    row = kind_of(item)
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    if found.author != actor.who.uid:
        _demand_moderator(actor, found)
    if "removed" not in registers_of_item(actor.writing.db, item).beside:
        actor.say(ItemRemove(item, reason), room=found.room, crosses=_crosses(actor, found))
    return _view(actor, item)


def answer_item(actor: Actor, item: str, answer: Answer) -> ItemView:
    """Answer an item; a later answer replaces an earlier one."""
    found, now = _standing(actor, item)
    row = kind_of(item)
    if row is None or type(answer) not in row.answers:
        raise Refused(Reason.INVALID, f"a {found.type} is not answered so")
    demand_answer(actor, item, found, now.content(found.type), answer)
    if isinstance(answer, Seen) and read_register(actor.writing.db, item, f"seen:{actor.who.uid}"):
        return _view(actor, item)  # once is enough, however often it is opened
    actor.say(AnswerSet(item, answer), room=found.room, crosses=_crosses(actor, found))
    return _view(actor, item)


def seen(actor: Actor, item: str) -> ItemPlace:
    """Return where an item that the asker may see stands."""
    found = item_place(actor.writing.db, item)
    if found is None or not actor.sees_item(item, found):
        raise Refused(Reason.NOT_FOUND)
    return found


def _standing(actor: Actor, item: str) -> tuple[ItemPlace, ItemRegisters]:
    """Return an item that the asker may see and that was not removed."""
    found = seen(actor, item)
    now = registers_of_item(actor.writing.db, item)
    if "removed" in now.beside:
        raise Refused(Reason.CONFLICT, "it was removed")
    return found, now


def _demand_right(actor: Actor, found: ItemPlace, row: ItemKind) -> None:
    """Refuse whoever may not change an item of this kind."""
    if found.author == actor.who.uid:
        return
    if row.changed_by == "speakers" and found.room is not None:
        if actor.part(found.room).role not in SPEAKS:
            raise Refused(Reason.FORBIDDEN, "readers change nothing here")
        return
    _demand_moderator(actor, found)


def _demand_moderator(actor: Actor, found: ItemPlace) -> None:
    if found.room is None:
        actor.demand_duty("broadcast")
    elif actor.part(found.room).role not in MODERATES:
        raise Refused(Reason.FORBIDDEN, "this takes its author, an owner or a moderator")


def _crosses(actor: Actor, found: ItemPlace) -> bool:
    return found.room is None or actor.crosses(found.room)


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
