"""Rooms and who is in them: opened, changed, joined, left."""

from collections.abc import Sequence

from msgspec.structs import replace

from wire.bodies import MemberSet, RoomPut
from wire.choices import Role, RoomKind, Scope
from wire.ids import ROOM
from wire.merge import MEMBER, field_name
from wire.order import place_of
from wire.reasons import Reason, Refused
from zone.conversation.actor import Actor
from zone.copy import registers
from zone.copy.agreements import DIRECT
from zone.copy.apply import opened_in
from zone.copy.changes import with_change
from zone.copy.directory_views import RoomView, room_view
from zone.copy.views import MemberView
from zone.rights.rooms import ROOM_OF_TWO, direct_id
from zone.store import visibility


def open_room(
    actor: Actor,
    look: RoomPut,
    members: Sequence[tuple[str, Role, int | None]],
) -> RoomView:
    """Open a room, owned by the asker.  Its scope stays what it is now."""
    kind: RoomKind = look.room_kind or "talk"
    scope: Scope = look.scope or "shared"
    room, crosses = actor.writing.mint(ROOM, actor.writing.now), scope == "shared"
    body = replace(look, room_kind=kind, scope=scope)
    actor.say(body, room=room, crosses=crosses)
    parts: list[tuple[str, Role, int | None]] = [(actor.who.uid, "owner", None)]
    parts += [part for part in members if part[0] != actor.who.uid]
    for user, role, until in parts:
        _demand_role(role)
        actor.say(MemberSet(user, role, until), room=room, crosses=crosses)
    return _view(actor, room)


def _view(actor: Actor, room: str) -> RoomView:
    view = room_view(actor.writing.db, room)
    if view is None:
        raise Refused(Reason.NOT_FOUND)
    return with_change(actor.writing.db, actor.writing.side, view)


def change_room(actor: Actor, room: str, look: RoomPut) -> None:
    """Change how a room looks.  What names nothing changes nothing, and nobody hears of it."""
    actor.demand(look, room=room)
    if look != RoomPut():
        seen = replace(look, base=_place(actor, room))
        actor.say(seen, room=room, crosses=actor.crosses(room))


def _place(actor: Actor, room: str) -> str | None:
    """Return the stamp of the last word on what a room says of itself."""
    fields = RoomPut.__struct_fields__
    words = registers.words(actor.writing.db, room, fields).values()
    return place_of(max(word.stamp for word in words)) if words else None


def set_member(actor: Actor, room: str, user: str, role: Role, until: int | None) -> MemberView:
    """Bring somebody into a room, or change what they are there."""
    _demand_role(role)
    event = actor.say(MemberSet(user, role, until), room=room, crosses=actor.crosses(room))
    change = actor.change_of(field_name(room, MEMBER, user))
    return MemberView(user, role, event.at, until, change)


def remove_member(actor: Actor, room: str, user: str) -> MemberView:
    """Have somebody leave a room: oneself, or, by a moderator, another."""
    event = actor.say(MemberSet(user, "none"), room=room, crosses=actor.crosses(room))
    change = actor.change_of(field_name(room, MEMBER, user))
    return MemberView(user, "none", event.at, None, change)


def _demand_role(role: Role) -> None:
    if role == "none":
        raise Refused(Reason.INVALID, "to remove a member, DELETE it")


def open_direct(actor: Actor, other: str) -> RoomView:
    """Return the room of two people, opened where there is none yet.

    Its id is made of theirs, so that both zones open the same one.
    """
    uid, writing = actor.who.uid, actor.writing
    if other == uid:
        raise Refused(Reason.INVALID, "one talks with somebody else")
    room = direct_id(uid, other)
    if actor.directory.member(room, uid, now=writing.now) is not None:
        return _view(actor, room)
    if not _is_reached(actor, other):
        raise Refused(Reason.NOT_FOUND)
    if opened_in(writing.db, room) != writing.side.zone:
        actor.say(ROOM_OF_TWO, room=room, crosses=True)
    role: Role = "guest" if actor.directory.is_guest(other) else "owner"
    actor.say(MemberSet(other, role), room=room, crosses=True)
    actor.say(MemberSet(uid, "owner"), room=room, crosses=True)
    return _view(actor, room)


def _is_reached(actor: Actor, other: str) -> bool:
    """Return whether somebody is there for the asker: whom they see, or may write to."""
    directory, uid = actor.directory, actor.who.uid
    if directory.user(other) is None:
        return False
    one, whose = directory.tenant_of(uid), directory.tenant_of(other)
    if not directory.is_guest(uid) and DIRECT in directory.municipalities.agreed(one, whose):
        return True
    return visibility.sight(directory, uid, other, now=actor.writing.now) is not None
