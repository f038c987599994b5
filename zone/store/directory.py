"""Who there is and who is in which room, in memory: asked on every request.

Loaded when the daemon starts, and kept in step behind each commit.  What is here
is what the registers of users and rooms in the store say, nothing more.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from wire.ids import BROADCAST, ORG, ROOM, TENANT, USER
from wire.items import Audience
from wire.lane import Zone
from wire.merge import Register
from zone.copy.agreements import CALLS
from zone.copy.directory_views import RoomView, UserView
from zone.copy.views import MemberView
from zone.items import broadcasts
from zone.rights.facts import Person, person_of
from zone.rights.question import has_duty
from zone.store.municipalities import Municipalities
from zone.store.roll import Rolls

# What is known of somebody; a telephone number is not shown with the rest.
_USER_FIELDS = frozenset(UserView.__struct_fields__) - {"id", "change"} | {
    "telephone",
    "staff_number",
}
_HIDDEN = ("telephone", "staff_number")
_ROOM_FIELDS = frozenset(RoomView.__struct_fields__) - {"id", "members", "change"}


@dataclass(slots=True)
class _Room:
    fields: dict[str, Any] = field(default_factory=dict)
    members: dict[str, MemberView] = field(default_factory=dict)


class Directory:
    """The people and rooms of a zone's copy."""

    def __init__(self) -> None:
        """Start empty; `learn` fills it."""
        self._users: dict[str, dict[str, Any]] = defaultdict(dict)
        self._rooms: dict[str, _Room] = defaultdict(_Room)
        self._rooms_of: dict[str, set[str]] = defaultdict(set)
        self._rolls = Rolls(self.user)
        self.municipalities = Municipalities()
        self._audiences: dict[str, Audience] = {}
        self._callers: dict[str, str] = {}  # who has made which broadcast
        self._dutiful: set[str] = set()  # who has, or once had, a duty

    def learn(self, words: Iterable[Register]) -> None:
        """Take in registers that won; those of other objects are passed over."""
        for word in words:
            if word.object.startswith(USER) and word.field in _USER_FIELDS:
                self._learn_user(word)
            elif word.object.startswith(ROOM):
                self._learn_room(self._rooms[word.object], word)
            elif word.object.startswith(TENANT):
                self.municipalities.learn_tenant(word)
            elif word.object.startswith(ORG):
                self.municipalities.learn_org(word)
            elif word.object.startswith(BROADCAST) and word.field == "audience":
                self._audiences[word.object] = msgspec.convert(word.value, Audience)
            elif word.object.startswith(BROADCAST) and word.field == "author":
                self._callers[word.object] = str(word.value)

    def _learn_user(self, word: Register) -> None:
        uid, said = word.object, self._users[word.object]
        before = said.get("tenant")
        said[word.field] = word.value
        self._rolls.change(uid, before, said.get("tenant"))
        if word.field == "duties":
            self._dutiful.add(uid)

    def forget(self, gone: Iterable[tuple[str, str]]) -> None:
        """Take in of which fields of which objects there is no word any more."""
        for name, what in gone:
            if name.startswith(ROOM):
                self._learn_room(self._rooms[name], Register(name, what, ["none", None, 0], ""))
                self._rooms[name].fields.pop(what, None)
            elif name.startswith(BROADCAST):
                self._audiences.pop(name if what == "audience" else "", None)
            elif name.startswith(USER) and name in self._users:
                before = self.tenant_of(name)
                self._users[name].pop(what, None)
                self._rolls.change(name, before, self.tenant_of(name))
            self.municipalities.forget(name, what)

    def _learn_room(self, room: _Room, word: Register) -> None:
        if word.field in _ROOM_FIELDS:
            room.fields[word.field] = word.value
        kind, _, user = word.field.partition(":")
        if kind != "member" or not isinstance(word.value, list):
            return
        role, until, since = word.value
        if role == "none":
            room.members.pop(user, None)
            self._rooms_of[user].discard(word.object)
        else:
            room.members[user] = MemberView(user, role, since, until)
            self._rooms_of[user].add(word.object)

    def user(self, uid: str) -> UserView | None:
        """Return the user, or None."""
        found = self._users.get(uid)
        if not found or "name" not in found:
            return None
        return UserView(id=uid, **{k: v for k, v in found.items() if k not in _HIDDEN})

    def person(self, uid: str) -> Person | None:
        """Return somebody as the table of rights asks for them, or None."""
        return person_of(self._users.get(uid, {}))

    def known_as(self, uid: str) -> tuple[str, str]:
        """Return somebody's name and section, as they say them; both are empty for nobody."""
        said = self._users.get(uid, {})
        return (said["name"], said.get("section", "")) if "name" in said else ("", "")

    def telephone(self, uid: str) -> str:
        """Return the number to phone somebody under, or ""; not for everybody's eyes."""
        return str(self._users.get(uid, {}).get("telephone", ""))

    def staff_number(self, uid: str) -> str:
        """Return somebody's staff number, or ""; people are found by it, and nobody is shown it."""
        return str(self._users.get(uid, {}).get("staff_number") or "")

    def users(self) -> list[UserView]:
        """Return everybody, by reading (kana)."""
        return self._rolls.users_of(lambda _: True)

    def users_of(self, is_wanted: Callable[[str | None], bool]) -> list[UserView]:
        """Return everybody of the municipalities that are wanted, by reading."""
        return self._rolls.users_of(is_wanted)

    def may_use(self, uid: str, zone: Zone, *, now: int) -> bool:
        """Return whether this user is known to use `zone`, and their stay has not ended."""
        found = self._users.get(uid)
        if found is None or zone not in found.get("zones", ()):
            return False
        expires = found.get("expires", 0)
        return not expires or now < expires

    def is_shared_account(self, uid: str) -> bool:
        """Return whether several people speak under this name (代表アカウント)."""
        return bool(self._users.get(uid, {}).get("user_kind") == "shared")

    def may_speak_as(self, uid: str, shared: str) -> bool:
        """Return whether somebody is one of those who share an account."""
        return uid in self._users.get(shared, {}).get("shared_by", ())

    def tenant_of(self, uid: str) -> str | None:
        """Return the municipality that somebody is of, where that was said."""
        found: str | None = self._users.get(uid, {}).get("tenant")
        return found

    def belongs_to(self, uid: str) -> set[str]:
        """Return somebody's sections, all that these are part of, and their municipality."""
        said = self._users.get(uid, {})
        found = {each for org in said.get("orgs", ()) for each in self.municipalities.line(org)}
        return found | ({said["tenant"]} if said.get("tenant") else set())

    def by_staff_number(self, tenant: str) -> dict[str, UserView]:
        """Return the staff of a tenant that has numbers, by number."""
        found = {}
        for uid, said in list(self._users.items()):
            number, view = said.get("staff_number"), self.user(uid)
            if number and view is not None and view.tenant == tenant:
                found[str(number)] = view
        return found

    def room(self, room: str) -> RoomView | None:
        """Return the room, or None."""
        found = self._rooms.get(room)
        if found is None or "name" not in found.fields:
            return None
        return RoomView(id=room, members=len(found.members), **found.fields)

    def rooms_of(self, uid: str) -> list[str]:
        """Return the ids of the rooms that somebody is in, oldest first."""
        return sorted(self._rooms_of.get(uid, ()))

    def members(self, room: str) -> list[MemberView]:
        """Return who is in a room."""
        found = self._rooms.get(room)
        return list(found.members.values()) if found else []

    def present(self, room: str, *, now: int) -> list[MemberView]:
        """Return who is in a room: neither their part in it nor their stay has ended."""
        return [
            part
            for part in self.members(room)
            if (part.until is None or now < part.until) and not self._has_ended(part.user, now)
        ]

    def _has_ended(self, uid: str, now: int) -> bool:
        expires: int = self._users.get(uid, {}).get("expires", 0)
        return 0 < expires <= now

    def entry(self, room: str, uid: str) -> MemberView | None:
        """Return somebody's part in a room, also one whose time is up, or None."""
        found = self._rooms.get(room)
        return found.members.get(uid) if found else None

    def member(self, room: str, uid: str, *, now: int) -> MemberView | None:
        """Return somebody's part in a room, unless there is none or its time is up."""
        part = self.entry(room, uid)
        return part if part and (part.until is None or now < part.until) else None

    def is_shared(self, room: str) -> bool:
        """Return whether what is said in a room crosses."""
        found = self._rooms.get(room)
        return found is not None and found.fields.get("scope") == "shared"

    def sees(self, uid: str, room: str, *, now: int) -> bool:
        """Return whether a room's events are for this user."""
        return self.member(room, uid, now=now) is not None

    def since(self, uid: str, room: str, *, now: int) -> int | None:
        """Return from when on this user may see a room: 0 for all of it, or None."""
        part = self.member(room, uid, now=now)
        if part is None:
            return None
        is_late = self._rooms[room].fields.get("history") == "joined"
        return part.since if is_late or part.role == "guest" or self.is_guest(uid) else 0

    def is_archived(self, room: str) -> bool:
        """Return whether nothing is said in a room any more."""
        found = self._rooms.get(room)
        return found is not None and bool(found.fields.get("archived"))

    def sees_said(self, uid: str, room: str, at: int, *, now: int) -> bool:
        """Return whether what was said in a room at that time is for this user."""
        since = self.since(uid, room, now=now)
        return since is not None and at >= since

    def sees_broadcast(self, uid: str, broadcast: str) -> bool:
        """Return whether this user sees a broadcast: whoever may call there, an addressee."""
        by = self._callers.get(broadcast)
        is_caller = by is not None and (by == uid or self.has_duty(uid, "broadcast", by))
        return is_caller or self.is_addressed(broadcast, uid)

    def has_duty(self, uid: str, duty: str, whose: str | None = None) -> bool:
        """Return whether an operator has given somebody this duty; nobody from outside has one.

        A duty is held for one's own municipality: `whose` is somebody, of whom that must be so.
        """
        is_ours = whose is None or self.tenant_of(uid) == self.tenant_of(whose)
        return is_ours and has_duty(self.person(uid), duty)

    def holders(self, duty: str, whose: str) -> list[str]:
        """Return everybody who has a duty for the municipality of somebody."""
        return [uid for uid in self._dutiful if self.has_duty(uid, duty, whose)]

    def may_call(self, caller: str, uid: str) -> bool:
        """Return whether the municipality of `caller` may call somebody, and phone them."""
        one, other = self.tenant_of(caller), self.tenant_of(uid)
        return one == other or CALLS in self.municipalities.agreed(one, other)

    def is_addressed(self, broadcast: str, uid: str) -> bool:
        """Return whether a broadcast reaches somebody."""
        audience, caller = self._audiences.get(broadcast), self._callers.get(broadcast)
        return audience is not None and caller is not None and self.fits(audience, caller, uid)

    def fits(self, audience: Audience, caller: str, uid: str) -> bool:
        """Return whether somebody is of an audience that `caller` names."""
        tenant, who = self.tenant_of(caller), self._users.get(uid, {})
        is_of = broadcasts.fits(audience, tenant, who, self.municipalities.line)
        return is_of and self.may_call(caller, uid)

    def addressees(self, audience: Audience, caller: str) -> list[str]:
        """Return everybody of an audience that `caller` names."""
        return [uid for uid in list(self._users) if self.fits(audience, caller, uid)]

    def broadcasts_to(self, uid: str) -> list[str]:
        """Return the broadcasts that reach somebody."""
        return [each for each in list(self._audiences) if self.is_addressed(each, uid)]

    def broadcasts_seen(self, uid: str) -> list[str]:
        """Return the broadcasts that reach somebody, or that they may call people by."""
        return [each for each in list(self._callers) if self.sees_broadcast(uid, each)]

    def is_guest(self, uid: str) -> bool:
        """Return whether this user is from outside, or not known to be from within."""
        found = self._users.get(uid)
        return found is None or found.get("user_kind", "guest") == "guest"
