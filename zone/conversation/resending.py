"""Saying again what was refused, corrected: as another act.

A message or an item is a new one then, and the refused one is taken back.  A room keeps its id,
since nobody beyond knows it, and is opened with whoever is in it.
"""

from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import asdict, replace

from wire.bodies import (
    Body,
    ItemPut,
    ItemRemove,
    MemberSet,
    MessageEdit,
    MessagePost,
    MessageWithdraw,
    OrgPut,
    ProfileSet,
    RoomPurge,
    RoomPut,
    TenantPut,
)
from wire.events import Event, FileRef
from wire.fields import Name, Text
from wire.items import Content
from wire.merge import MEMBER
from wire.order import make_stamp
from wire.reasons import Reason, Refused
from zone.conversation import forwarding, items, messages
from zone.conversation.actor import Actor
from zone.conversation.acts import ActView, demand_refused, event_of, find_act, own_row
from zone.conversation.recalls import take_back
from zone.copy import deliveries, recall, registers
from zone.copy import files as rows
from zone.copy.messages import find_message
from zone.copy.views import MessageView
from zone.items.items import find_item, registers_of_item

# In these states the bytes of one's own file are here.
_KEPT: Final = ("stored", "crossing", "arrived", "clean", "altered", "held", "refused")
# What a room says of itself.
_LOOK: Final = frozenset(RoomPut.__struct_fields__) - {"base"}


class Correction(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be said instead: a text, what an item says, or a name; null stays."""

    text: Text | None = None
    content: Content | None = None
    name: Name | None = None


def resend_act(actor: Actor, act: str, better: Correction) -> ActView:
    """Say once more what was refused, corrected if it is to be; return the new act."""
    writing, uid = actor.writing, actor.who.uid
    row = own_row(writing.db, uid, act)
    if row.follow is not None:
        raise Refused(Reason.CONFLICT, "it was taken back, or sent again")
    demand_refused(row)
    event = event_of(actor, row)
    _demand_fit(event.body, better)
    new = _say_again(actor, event, better)
    deliveries.follow_up(writing.db, act, new)
    return find_act(writing.db, writing.side, uid, new)


def _demand_fit(body: Body, better: Correction) -> None:
    takes: dict[str, tuple[type, ...]] = {
        "text": (MessagePost, MessageEdit),
        "content": (ItemPut,),
        "name": (RoomPut, ProfileSet, TenantPut, OrgPut),
    }
    for field, kinds in takes.items():
        if getattr(better, field) is not None and not isinstance(body, kinds):
            raise Refused(Reason.INVALID, f"this has no {field} to be corrected")


def _say_again(actor: Actor, event: Event, better: Correction) -> str:
    match event.body:
        case MessagePost() as said:
            return _post_again(actor, event, said, better)
        case ItemPut(item=None):
            return _make_again(actor, event, better)
        case RoomPut(scope=str()):
            return _open_again(actor, event, better)
        case body:
            files = _files_again(actor, event)
            if not isinstance(body, MessageWithdraw | ItemRemove | RoomPurge):
                actor.recall(event)
            again = _corrected(body, better)
            return actor.say(again, room=event.room, crosses=True, files=files).id


def _files_again(actor: Actor, event: Event) -> list[FileRef]:
    """Return the files of what was refused as new ones: the bytes are the same."""
    db, copies = actor.writing.db, []
    for file in event.files:
        found = rows.find(db, file.fid)
        if found is None:
            raise Refused(Reason.CONFLICT, f"{file.fid} is not here any more")
        copies.append(forwarding.copy_of(actor, found[0], _KEPT))
    return rows.references(db, copies, uploader=actor.who.uid)


def _corrected(body: Body, better: Correction) -> Body:
    match body:
        case MessageEdit() if better.text is not None:
            return replace(body, text=better.text)
        case ItemPut(content) if better.content is not None:
            return replace(body, content=_merged(content, better.content))
        case ProfileSet() | TenantPut() | OrgPut() | RoomPut() if better.name is not None:
            return replace(body, name=better.name)
        case _:
            return body


def _merged(content: Content, better: Content) -> Content:
    if type(better) is not type(content):
        raise Refused(Reason.INVALID, "an item stays of its kind")
    said = {name: value for name, value in asdict(better).items() if value is not None}
    return replace(content, **said)


def _post_again(actor: Actor, event: Event, said: MessagePost, better: Correction) -> str:
    view = _shown(actor, event.id)
    actor.demand_open(view.room)
    text = better.text if better.text is not None else view.text
    body = replace(said, text=text or "")
    actor.demand(body, room=view.room)
    posted = messages.put_message(actor, view.room, body, forwarding.copies(actor, view, _KEPT))
    take_back(actor, event)
    return posted.id


def _shown(actor: Actor, message: str) -> MessageView:
    view = find_message(actor.writing.db, actor.writing.side, message)
    if view is None or view.withdrawn is not None:
        raise Refused(Reason.CONFLICT, "it was taken back, or deleted")
    return view


def _make_again(actor: Actor, event: Event, better: Correction) -> str:
    writing = actor.writing
    view = find_item(writing.db, writing.side, event.id, now=writing.now)
    if view is None or view.content is None:
        raise Refused(Reason.CONFLICT, "it was removed")
    said = registers_of_item(writing.db, event.id).content(view.type)
    if better.content is not None:
        said = _merged(said, better.content)
    files = [forwarding.copy_of(actor, file, _KEPT) for file in view.files[:1]]
    made = items.make_item(actor, event.room, said, files)
    take_back(actor, event)
    return made.id


def _open_again(actor: Actor, event: Event, better: Correction) -> str:
    """Open the room once more, as it looks now, with whoever is in it now."""
    db, room = actor.writing.db, event.room or ""
    said = registers.own_values(db, room)
    look = msgspec.convert({k: v for k, v in said.items() if k in _LOOK}, RoomPut)
    look = replace(look, archived=False if look.archived else None)
    members = registers.of_kind(db, room, MEMBER, registers.decoded)
    actor.recall(event)
    recall.forget_birth(db, make_stamp(event.hlc, actor.writing.side.zone))
    new = actor.say(_corrected(look, better), room=room, crosses=True)
    for user, (role, until, _) in members.items():
        if role != "none":
            actor.say(MemberSet(user, role, until), room=room, crosses=True)
    return new.id
