"""Rooms and who is in them, and who there is: opened, changed, admitted."""

from collections.abc import Sequence

from wire.bodies import MemberSet, ProfileSet, Role, RoomKind, RoomPut, Scope
from wire.ids import ROOM
from wire.reasons import Reason, Refused
from zone.conversation.acting import Acting
from zone.views import MemberView

# What people from outside may be in a room.
_OF_GUESTS: frozenset[Role] = frozenset({"guest", "reader"})


def open_room(
    acting: Acting, look: RoomPut, members: Sequence[tuple[str, Role, int | None]]
) -> str:
    """Open a room, owned by the asker, and return its id.  Its scope stays what it is now."""
    kind: RoomKind = look.room_kind or "talk"
    scope: Scope = look.scope or "shared"
    if acting.directory.is_guest(acting.who.uid):
        raise Refused(Reason.FORBIDDEN, "guests open no rooms")
    if scope not in ("shared", acting.writing.side.own_scope):
        raise Refused(Reason.INVALID, f"a room of scope {scope} is not opened in this zone")
    room, crosses = acting.writing.mint(ROOM, acting.writing.now), scope == "shared"
    parts: list[tuple[str, Role, int | None]] = [(acting.who.uid, "owner", None)]
    parts += [part for part in members if part[0] != acting.who.uid]
    for user, role, _ in parts:
        _demand_fit(acting, user, role, crosses=crosses)
    body = RoomPut(look.name, look.topic, look.icon, look.colour, kind, scope)
    acting.say(body, room=room, crosses=crosses)
    for user, role, until in parts:
        acting.say(MemberSet(user, role, until), room=room, crosses=crosses)
    return room


def change_room(acting: Acting, room: str, look: RoomPut) -> None:
    """Change how a room looks."""
    acting.demand_moderator(room)
    acting.say(look, room=room, crosses=acting.crosses(room))


def set_member(acting: Acting, room: str, user: str, role: Role, until: int | None) -> MemberView:
    """Bring somebody into a room, or change what he is there."""
    asker = acting.demand_moderator(room)
    if acting.directory.is_guest(acting.who.uid):
        raise Refused(Reason.FORBIDDEN, "guests invite nobody")
    crosses = acting.crosses(room)
    _demand_fit(acting, user, role, crosses=crosses)
    _demand_rank(acting, room, user, asker, role)
    event = acting.say(MemberSet(user, role, until), room=room, crosses=crosses)
    return MemberView(user, role, event.at, until)


def remove_member(acting: Acting, room: str, user: str) -> None:
    """Have somebody leave a room: himself, or, by a moderator, another."""
    asker = acting.part(room) if user == acting.who.uid else acting.demand_moderator(room)
    if acting.directory.member(room, user, now=acting.writing.now) is None:
        raise Refused(Reason.NOT_FOUND)
    _demand_rank(acting, room, user, asker, "none")
    acting.say(MemberSet(user, "none"), room=room, crosses=acting.crosses(room))


def _demand_fit(acting: Acting, user: str, role: Role, *, crosses: bool) -> None:
    """Refuse a role that this user cannot have, and users that no room here can have."""
    directory = acting.directory
    if directory.user(user) is None or not directory.may_know(acting.who.uid, user):
        raise Refused(Reason.NOT_FOUND)
    if not crosses and not directory.may_use(user, acting.writing.side.zone):
        raise Refused(Reason.ROOM_NOT_ALLOWED, "this user does not use this zone")
    if role == "none":
        raise Refused(Reason.INVALID, "to remove a member, DELETE it")
    if directory.is_guest(user) and role not in _OF_GUESTS:
        raise Refused(Reason.INVALID, "people from outside are guests or readers")


def _demand_rank(acting: Acting, room: str, user: str, asker: MemberView, role: Role) -> None:
    """Owners are made and unmade by owners, and there is always one."""
    before = acting.directory.member(room, user, now=acting.writing.now)
    was_owner = before is not None and before.role == "owner"
    if (was_owner or role == "owner") and asker.role != "owner":
        raise Refused(Reason.FORBIDDEN, "this takes an owner")
    if was_owner and role != "owner":
        others = (m for m in acting.directory.members(room) if m.user != user)
        if not any(m.role == "owner" for m in others):
            raise Refused(Reason.CONFLICT, "a room keeps an owner")


def set_status(acting: Acting, status: str) -> None:
    """Say where one is today."""
    acting.say(ProfileSet(acting.who.uid, status=status), room=None, crosses=True)


def admit(acting: Acting, profile: ProfileSet) -> None:
    """Make a user known in both zones, or change who he is.  Only operators do this.

    A zone vouches for its own kinds of people and for no others.
    """
    known = acting.directory.user(profile.user)
    kind = known.user_kind if known else profile.user_kind
    if kind not in acting.writing.side.admits or profile.user_kind not in (None, kind):
        raise Refused(Reason.FORBIDDEN, f"this zone does not vouch for {kind}")
    acting.say(profile, room=None, crosses=True)
