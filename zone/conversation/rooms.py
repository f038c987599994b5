"""Rooms and who is in them: opened, changed, joined, left."""

import hashlib
from collections.abc import Sequence

import msgspec

from wire.bodies import MemberSet, Role, RoomKind, RoomPut, Scope
from wire.ids import ENTROPY_BYTES, ROOM, mint_id, minted_at
from wire.reasons import Reason, Refused
from zone.conversation.actor import Actor
from zone.copy.views import MemberView

# What people from outside may be in a room.
_OF_GUESTS: frozenset[Role] = frozenset({"guest", "reader"})


def open_room(
    actor: Actor,
    look: RoomPut,
    members: Sequence[tuple[str, Role, int | None]],
    room_id: str | None = None,
) -> str:
    """Open a room, owned by the asker, and return its id.  Its scope stays what it is now."""
    kind: RoomKind = look.room_kind or "talk"
    scope: Scope = look.scope or "shared"
    if actor.directory.is_guest(actor.who.uid):
        raise Refused(Reason.FORBIDDEN, "guests open no rooms")
    if scope not in ("shared", actor.writing.side.own_scope):
        raise Refused(Reason.INVALID, f"a room of scope {scope} is not opened in this zone")
    room, crosses = room_id or actor.writing.mint(ROOM, actor.writing.now), scope == "shared"
    parts: list[tuple[str, Role, int | None]] = [(actor.who.uid, "owner", None)]
    parts += [part for part in members if part[0] != actor.who.uid]
    for user, role, _ in parts:
        _demand_fit(actor, user, role, crosses=crosses)
    body = msgspec.structs.replace(look, room_kind=kind, scope=scope)
    actor.say(body, room=room, crosses=crosses)
    for user, role, until in parts:
        actor.say(MemberSet(user, role, until), room=room, crosses=crosses)
    return room


def change_room(actor: Actor, room: str, look: RoomPut) -> None:
    """Change how a room looks."""
    actor.demand_moderator(room)
    if look.legal_hold is not None:
        actor.demand_duty("records")
    actor.say(look, room=room, crosses=actor.crosses(room))


def set_member(actor: Actor, room: str, user: str, role: Role, until: int | None) -> MemberView:
    """Bring somebody into a room, or change what they are there."""
    asker = actor.demand_moderator(room)
    if actor.directory.is_guest(actor.who.uid):
        raise Refused(Reason.FORBIDDEN, "guests invite nobody")
    crosses = actor.crosses(room)
    _demand_fit(actor, user, role, crosses=crosses)
    _demand_rank(actor, room, user, asker, role)
    event = actor.say(MemberSet(user, role, until), room=room, crosses=crosses)
    return MemberView(user, role, event.at, until)


def remove_member(actor: Actor, room: str, user: str) -> None:
    """Have somebody leave a room: the asker, or, by a moderator, another."""
    asker = actor.part(room) if user == actor.who.uid else actor.demand_moderator(room)
    if actor.directory.member(room, user, now=actor.writing.now) is None:
        raise Refused(Reason.NOT_FOUND)
    _demand_rank(actor, room, user, asker, "none")
    actor.say(MemberSet(user, "none"), room=room, crosses=actor.crosses(room))


def _demand_fit(actor: Actor, user: str, role: Role, *, crosses: bool) -> None:
    """Refuse a role that this user cannot have, and users that no room here can have."""
    directory = actor.directory
    if directory.user(user) is None or not directory.may_know(actor.who.uid, user):
        raise Refused(Reason.NOT_FOUND)
    if not crosses and not directory.may_use(user, actor.writing.side.zone, now=actor.writing.now):
        raise Refused(Reason.ROOM_NOT_ALLOWED, "this user does not use this zone")
    if role == "none":
        raise Refused(Reason.INVALID, "to remove a member, DELETE it")
    if directory.is_guest(user) and role not in _OF_GUESTS:
        raise Refused(Reason.INVALID, "people from outside are guests or readers")


def _demand_rank(actor: Actor, room: str, user: str, asker: MemberView, role: Role) -> None:
    """Owners are made and unmade by owners, and there is always one."""
    before = actor.directory.member(room, user, now=actor.writing.now)
    was_owner = before is not None and before.role == "owner"
    if (was_owner or role == "owner") and asker.role != "owner":
        raise Refused(Reason.FORBIDDEN, "this takes an owner")
    if was_owner and role != "owner":
        others = (m for m in actor.directory.members(room) if m.user != user)
        if not any(m.role == "owner" for m in others):
            raise Refused(Reason.CONFLICT, "a room keeps an owner")


def open_direct(actor: Actor, other: str) -> str:
    """Return the room of two people, opened where there is none yet.

    Its id is made of theirs, so that both zones open the same one.
    """
    uid = actor.who.uid
    if other == uid:
        raise Refused(Reason.INVALID, "one talks with somebody else")
    room = direct_id(uid, other)
    if actor.directory.member(room, uid, now=actor.writing.now) is not None:
        return room
    directory = actor.directory
    person = directory.user(other)
    if person is None or not directory.may_know(uid, other):
        raise Refused(Reason.NOT_FOUND)
    if directory.is_guest(uid):
        raise Refused(Reason.FORBIDDEN, "guests open no rooms")
    role: Role = "guest" if directory.is_guest(other) else "owner"
    return open_room(actor, RoomPut("direct", room_kind="direct"), [(other, role, None)], room)


def direct_id(one: str, other: str) -> str:
    """Return the id of the room of two people, whichever is named first."""
    digest = hashlib.sha256(" ".join(sorted((one, other))).encode()).digest()
    # Its time is that of the older user: nothing in it says when the two began to talk.
    return mint_id(ROOM, now=min(minted_at(one), minted_at(other)), entropy=digest[:ENTROPY_BYTES])
