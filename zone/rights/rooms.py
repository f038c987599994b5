"""The rows of rooms: opened, changed, deleted, and who is in them.  Pure.

birth      id, zone, maker, kind, scope: fixed, whatever is said afterwards
direct     the id is made of its two people's, and says so: nobody else is ever in it,
           and both zones can open it at once; LGWAN's birth is the one that counts
founding   until a room has an owner its maker brings people in
"""

import hashlib
from typing import Final

from wire.bodies import MemberSet, RoomPurge, RoomPut
from wire.ids import ENTROPY_BYTES, ROOM, mint_id
from wire.lane import Zone
from wire.reasons import Reason
from zone.rights import question
from zone.rights.facts import Facts, Person
from zone.rights.question import (
    APART,
    UNSEEN,
    VOUCHING,
    Objection,
    Question,
    are_near,
    has_duty_for,
    is_direct,
    is_guest,
    to_moderating,
)

# What people from outside may be in a room.
OF_GUESTS: Final = frozenset({"guest", "reader"})
# What the room of two people looks like, whoever of them opens it where.
ROOM_OF_TWO: Final = RoomPut("direct", room_kind="direct", scope="shared")
RECORDS: Final = "records"


def direct_id(one: str, other: str) -> str:
    """Return the id of the room of two people, whichever is named first.

    Its time is 0, as that of no other room is: nobody can open it as something else first.
    """
    digest = hashlib.sha256(" ".join(sorted((one, other))).encode()).digest()
    return mint_id(ROOM, now=0, entropy=digest[:ENTROPY_BYTES])


def to_room(q: Question[RoomPut], facts: Facts) -> Objection | None:
    """To open it: who is no guest.  To change it: its moderators, and some of it in one zone."""
    if q.body.scope is not None or q.body.room_kind is not None:
        return _to_opening(q, facts)
    birth = facts.birth(q.room or "")
    if birth is None and facts.held_room(q.room or "") is None:
        return UNSEEN
    if q.is_operator:
        if q.body != RoomPut(legal_hold=q.body.legal_hold):
            return question.forbidden("an operator sets and takes off legal holds")
    elif objection := to_moderating(q, facts):
        return objection
    opened_in = q.zone if birth is None else birth.zone
    return _to_keeping(q, facts, opened_in)


def _to_keeping(q: Question[RoomPut], facts: Facts, opened_in: str) -> Objection | None:
    """How long things are kept is for the zone in which the room was opened to say.

    The zone that vouches for staff may also have the other one keep what there is.
    """
    body, is_ours = q.body, opened_in == q.zone
    if body.retention_days is not None and not is_ours:
        return question.forbidden("how long things are kept is said where the room was opened")
    if body.legal_hold is None:
        return None
    if not q.is_operator and not has_duty_for(facts, q.uid, RECORDS, _maker(q, facts)):
        return question.forbidden(f"this takes the duty {RECORDS}, for whoever opened the room")
    if not is_ours and not (body.legal_hold and VOUCHING in q.vouched):
        return question.forbidden("a hold is set, and taken off, where the room was opened")
    return None


def _maker(q: Question[RoomPut], facts: Facts) -> str:
    """Return who opened a room, or does so now."""
    birth, held = facts.birth(q.room or ""), facts.held_room(q.room or "")
    if birth is not None:
        return birth.maker
    return q.uid if held is None else held.author


def _to_opening(q: Question[RoomPut], facts: Facts) -> Objection | None:
    body, room = q.body, q.room or ""
    if body.scope is None or body.room_kind is None or body.name is None:
        return question.invalid("a room is opened with a name, a kind and a scope, which stay")
    if q.is_operator or is_guest(facts.person(q.uid)):
        return question.forbidden("guests open no rooms")
    scopes = {"shared"} if q.is_far else {"shared", q.side.own_scope}
    if body.scope not in scopes:
        return question.invalid(f"a room of scope {body.scope} is not opened in this zone")
    birth = facts.birth(room)
    if is_direct(room) or body.room_kind == "direct":
        is_first = birth is None or birth.zone != q.zone
        is_right = is_direct(room) and body == ROOM_OF_TWO and is_first
        return (
            None
            if is_right
            else question.invalid("a room of two is opened once, and alike by both")
        )
    if birth is not None:
        return Objection(Reason.CONFLICT, "what a room is, and whom it is for, stays")
    held = facts.held_room(room)
    if held is not None and held.author != q.uid:
        return Objection(Reason.CONFLICT, "somebody else opens this room")
    return _to_keeping(q, facts, q.zone)


def to_purge(q: Question[RoomPurge], facts: Facts) -> Objection | None:
    """An operator of the zone in which the room was opened, backwards only."""
    birth = facts.birth(q.room or "")
    if birth is None:
        return UNSEEN
    if birth.zone != q.zone:
        return question.forbidden("a room is deleted in the zone in which it was opened")
    if facts.word(q.room or "", "legal_hold") is True:
        return Objection(Reason.CONFLICT, "the room is on legal hold")
    # The far zone's clock may be a little ahead: its own time is then what has come.
    if q.body.before > (q.at if q.is_far else q.now):
        return question.invalid("what has not been said is not deleted")
    return None


def to_membership(q: Question[MemberSet], facts: Facts) -> Objection | None:
    """Its moderators, by rank; oneself, to leave; its maker, until it has an owner."""
    room = q.room or ""
    if is_direct(room):
        return _to_pair(q, facts) or _to_fit(q, facts)
    if _is_founding(q, facts):
        return _to_fit(q, facts)
    asker = question.part(q, facts, room, q.uid)
    if asker is None:
        return UNSEEN
    if (q.body.user, q.body.role) != (q.uid, "none"):
        guest = (
            question.forbidden("guests invite nobody") if is_guest(facts.person(q.uid)) else None
        )
        if objection := to_moderating(q, facts) or guest:
            return objection
    return _to_fit(q, facts) or _to_rank(q, facts, asker.role)


def _to_fit(q: Question[MemberSet], facts: Facts) -> Objection | None:
    """Object to a role that this user cannot have, and to users that no room here can have."""
    person, role = facts.person(q.body.user), q.body.role
    if person is None:
        return UNSEEN
    if role == "none":
        return None
    if objection := _to_stranger(q, facts):
        return objection
    if is_guest(person) and role not in OF_GUESTS:
        return question.invalid("people from outside are guests or readers")
    birth = facts.birth(q.room or "")
    if birth is not None and birth.scope != "shared" and q.zone not in person.zones:
        return Objection(Reason.ROOM_NOT_ALLOWED, "this user does not use this zone")
    return None


def _to_stranger(q: Question[MemberSet], facts: Facts) -> Objection | None:
    """People of another municipality are brought in as far as the two have agreed."""
    user = q.body.user
    if are_near(facts, q.uid, user, "directory", "direct"):
        return None
    return None if question.part(q, facts, q.room or "", user) is not None else UNSEEN


def _to_pair(q: Question[MemberSet], facts: Facts) -> Objection | None:
    """In a room of two only these two are, each brought in by either of them."""
    room, user = q.room or "", q.body.user
    others = facts.partners(room) if user == q.uid else [q.uid]
    if q.body.role == "none" and user == q.uid:
        return None if question.part(q, facts, room, user) is not None else UNSEEN
    pair = [other for other in others if other != user and direct_id(other, user) == room]
    if not pair:
        return question.forbidden("a room of two is theirs alone")
    if not are_near(facts, pair[0], user, "direct"):
        return question.forbidden(APART)
    if is_guest(facts.person(q.uid)):
        return question.forbidden("guests invite nobody")
    if q.body.role not in ("owner", "guest") or q.body.until is not None:
        return question.invalid("in a room of two both are there to stay")
    return None


def _is_founding(q: Question[MemberSet], facts: Facts) -> bool:
    """Return whether the maker of a room, which has no owner yet, brings somebody in."""
    room = q.room or ""
    birth, held = facts.birth(room), facts.held_room(room)
    if birth is not None:
        is_maker = (birth.maker, birth.zone) == (q.uid, q.zone)
    else:
        is_maker = held is not None and held.author == q.uid and q.is_far
    return is_maker and not facts.owners(room) and q.body.role != "none"


def _to_rank(q: Question[MemberSet], facts: Facts, asker: str) -> Objection | None:
    """Owners are made and unmade by owners; there is always one, and none is taken from a zone."""
    room, body = q.room or "", q.body
    before = question.part(q, facts, room, body.user)
    was_owner = before is not None and before.role == "owner"
    if (was_owner or body.role == "owner") and asker != "owner":
        return question.forbidden("this takes an owner")
    if body.role == "none" and before is None and not q.is_far:
        return UNSEEN
    if not was_owner or (body.role == "owner" and body.until is None):
        return None
    others = [
        facts.person(uid)
        for uid, found in facts.owners(room)
        if uid != body.user and (found.until is None or q.now < found.until)
    ]
    if not others:
        return Objection(Reason.CONFLICT, "a room keeps an owner")
    there = Zone.INTERNET if q.zone is Zone.LGWAN else Zone.LGWAN
    is_last = _uses(facts.person(body.user), there) and not any(_uses(p, there) for p in others)
    return Objection(Reason.CONFLICT, "the other network keeps an owner") if is_last else None


def _uses(person: Person | None, zone: Zone) -> bool:
    return person is not None and zone in person.zones
