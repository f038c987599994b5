"""What people do with items: made, changed, removed, answered.

What holds for a kind alone is in the table of `wire.items`, and in `demands`.
"""

from collections.abc import Sequence

from msgspec import Struct

from wire.answers import Answer, Seen
from wire.bodies import AnswerSet, ItemPut, ItemRemove
from wire.events import FileRef
from wire.items import ITEMS, TYPES, Content, ItemKind, kind_of, missing
from wire.order import stamp
from wire.reasons import Reason, Refused
from zone import files as rows
from zone.apply import register
from zone.conversation.acting import Acting
from zone.conversation.demands import demand_answer, demand_change, demand_new
from zone.directory import MODERATES, SPEAKS
from zone.items import ItemPlace, Words, find, place, words
from zone.telling import first_delivery
from zone.views import Delivery, ItemView


class Made(Struct, frozen=True):
    """An item that was made.  It has yet to cross, and can still be held or refused."""

    id: str
    room: str | None
    at: int
    stamp: str
    delivery: Delivery


def make(acting: Acting, room: str | None, content: Content, files: Sequence[str] = ()) -> Made:
    """Make an item in a room; a call is of none."""
    row = ITEMS[type(content)]
    if (room is not None) != row.has_room:
        raise Refused(Reason.INVALID, "a call is of no room, everything else of one")
    if room is None:
        acting.demand_duty("call")
    else:
        acting.demand_speaker(room)
    if lacking := missing(content):
        raise Refused(Reason.INVALID, f"it has no {', '.join(lacking)}")
    demand_new(acting, room, content, files)
    writing = acting.writing
    event = acting.say(
        ItemPut(content),
        room=room,
        crosses=room is None or acting.crosses(room),
        id=writing.mint(row.prefix, writing.now),
        files=_references(acting, row, files),
    )
    zone = writing.side.zone
    delivery = first_delivery(writing, event, zone)
    return Made(event.id, room, event.at, stamp(event.lc, zone), delivery)


def change(
    acting: Acting, item: str, content: Content, *, if_match: str | None = None,
    files: Sequence[str] = (),
) -> ItemView:  # fmt: skip
    """Say better what an item says; null fields stay."""
    found, now = _standing(acting, item)
    row = ITEMS[type(content)]
    if TYPES[found.type] is not type(content):
        raise Refused(Reason.INVALID, f"it is a {found.type}, and stays one")
    _demand_right(acting, found, row)
    if if_match is not None and if_match != now.stamp:
        raise Refused(Reason.CHANGED, f"it stands at {now.stamp}")
    demand_change(acting, item, found, now.content(found.type), content)
    acting.say(
        ItemPut(content, item),
        room=found.room,
        crosses=_crosses(acting, found),
        files=_references(acting, row, files),
    )
    return _view(acting, item)


def remove(acting: Acting, item: str, reason: str) -> ItemView:
    """Remove an item, with its files.  Doing it again changes nothing."""
    found = seen(acting, item)
    row = kind_of(item)
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    if found.author != acting.who.uid:
        _demand_moderator(acting, found)
    if "removed" not in words(acting.writing.db, item).beside:
        acting.say(ItemRemove(item, reason), room=found.room, crosses=_crosses(acting, found))
    return _view(acting, item)


def respond(acting: Acting, item: str, answer: Answer) -> ItemView:
    """Answer an item; a later answer replaces an earlier one."""
    found, now = _standing(acting, item)
    row = kind_of(item)
    if row is None or type(answer) not in row.answers:
        raise Refused(Reason.INVALID, f"a {found.type} is not answered so")
    demand_answer(acting, item, found, now.content(found.type), answer)
    if isinstance(answer, Seen) and register(acting.writing.db, item, f"seen:{acting.who.uid}"):
        return _view(acting, item)  # once is enough, however often it is opened
    acting.say(AnswerSet(item, answer), room=found.room, crosses=_crosses(acting, found))
    return _view(acting, item)


def seen(acting: Acting, item: str) -> ItemPlace:
    """Return where an item that the asker may see stands."""
    found = place(acting.writing.db, item)
    if found is None or not acting.sees_item(item, found):
        raise Refused(Reason.NOT_FOUND)
    return found


def _standing(acting: Acting, item: str) -> tuple[ItemPlace, Words]:
    """Return an item that the asker may see and that was not removed."""
    found = seen(acting, item)
    now = words(acting.writing.db, item)
    if "removed" in now.beside:
        raise Refused(Reason.CONFLICT, "it was removed")
    return found, now


def _demand_right(acting: Acting, found: ItemPlace, row: ItemKind) -> None:
    """Refuse whoever may not change an item of this kind."""
    if found.author == acting.who.uid:
        return
    if row.changed_by == "speakers" and found.room is not None:
        if acting.part(found.room).role not in SPEAKS:
            raise Refused(Reason.FORBIDDEN, "readers change nothing here")
        return
    _demand_moderator(acting, found)


def _demand_moderator(acting: Acting, found: ItemPlace) -> None:
    if found.room is None:
        acting.demand_duty("call")
    elif acting.part(found.room).role not in MODERATES:
        raise Refused(Reason.FORBIDDEN, "this takes its author, an owner or a moderator")


def _crosses(acting: Acting, found: ItemPlace) -> bool:
    return found.room is None or acting.crosses(found.room)


def _references(acting: Acting, row: ItemKind, files: Sequence[str]) -> list[FileRef]:
    if files and not row.has_files:
        raise Refused(Reason.INVALID, "this has no files; post them in a message")
    if not files:
        return []
    return rows.references(acting.writing.db, files, uploader=acting.who.uid)


def _view(acting: Acting, item: str) -> ItemView:
    writing = acting.writing
    view = find(writing.db, writing.side, item, acting.who.uid, now=writing.now)
    if view is None:
        raise Refused(Reason.NOT_FOUND)
    return view
