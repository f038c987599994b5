"""The question: who wants to say what, in which zone; and the answer, which is an objection.  Pure.

Also what nearly every row asks: is somebody in a room, do they speak there, do they see it.
"""

from collections.abc import Sequence
from typing import Final, Generic, TypeVar

from msgspec import Struct

from wire.choices import Agreed
from wire.events import Author, FileRef
from wire.ids import minted_at
from wire.lane import Zone
from wire.reasons import Reason
from zone.copy.side import Side
from zone.rights.facts import Facts, MessageFact, PartFact, Person

# Who may say something in a room, and who may change it or take back what others said.
SPEAKS: Final = frozenset({"owner", "moderator", "member", "guest"})
MODERATES: Final = frozenset({"owner", "moderator"})
# Who can have a duty: nobody outside LGWAN vouches for one of these (`zone.copy.side`).
TRUSTED: Final = frozenset({"staff", "shared"})
# The zone whose operators admit these vouches for who is who in both.
VOUCHING: Final = "staff"

T_co = TypeVar("T_co", covariant=True)


class Question(Struct, Generic[T_co], frozen=True, gc=False):
    """Somebody wants to say something.

    `zone` is where they say it, `side` is the zone that is asked and `now` its clock, in
    milliseconds.  `name`, `at` and `hlc` are the id, time and place in the order that an
    event of the far zone claims; they are None, 0 and 0 for what is yet to be made here.
    `clock` is how far the zone that is asked has come in the order of events.
    """

    who: Author
    body: T_co
    room: str | None
    zone: Zone
    side: Side
    now: int
    files: Sequence[FileRef] = ()
    name: str | None = None
    at: int = 0
    hlc: int = 0
    clock: int = 0

    @property
    def is_far(self) -> bool:
        """Whether this comes from the far zone."""
        return self.zone is not self.side.zone

    @property
    def uid(self) -> str:
        """Whoever wants to say it."""
        return self.who.uid

    @property
    def is_operator(self) -> bool:
        """Whether an operator of `zone` says it, through the daemon itself."""
        return self.who.assurance == "operator"

    @property
    def vouched(self) -> frozenset[str]:
        """The kinds of people whom the operators of `zone` admit."""
        return self.side.believes if self.is_far else self.side.admits


class Objection(Struct, frozen=True):
    """Why not.  `detail` is for whoever asked; it never quotes what they said."""

    reason: Reason
    detail: str = ""


APART: Final = "the municipalities have no agreement on this"
UNSEEN: Final = Objection(Reason.NOT_FOUND)  # what may not be seen does not exist
TAKEN: Final = Objection(Reason.CONFLICT, "this id is taken")


def forbidden(detail: str) -> Objection:
    """Return that somebody may not do this, and who may."""
    return Objection(Reason.FORBIDDEN, detail)


def invalid(detail: str) -> Objection:
    """Return that nobody may say this."""
    return Objection(Reason.INVALID, detail)


def has_duty(person: Person | None, duty: str) -> bool:
    """Return whether an operator has given somebody this duty, for their own municipality."""
    return person is not None and person.kind in TRUSTED and duty in person.duties


def are_near(facts: Facts, one: str, other: str, *words: Agreed) -> bool:
    """Return whether two people are of one municipality, or of two that agreed on one of `words`.

    Nobody is near to whoever is not known.
    """
    first, second = facts.person(one), facts.person(other)
    if first is None or second is None:
        return False
    if first.tenant == second.tenant:
        return True
    return not facts.agreed(first.tenant, second.tenant).isdisjoint(words)


def has_duty_for(facts: Facts, uid: str, duty: str, whose: str) -> bool:
    """Return whether somebody has a duty for the municipality of `whose`, a person."""
    return are_near(facts, uid, whose) and has_duty(facts.person(uid), duty)


def is_direct(room: str) -> bool:
    """Return whether an id is that of a room of two people."""
    return minted_at(room) == 0


def is_guest(person: Person | None) -> bool:
    """Return whether somebody is from outside, or not known to be from within."""
    return person is None or person.kind == "guest"


def part(q: Question[object], facts: Facts, room: str, uid: str) -> PartFact | None:
    """Return what somebody is in a room now, by the clock of the zone that is asked."""
    found = facts.part(room, uid)
    if found is None or found.role == "none":
        return None
    return found if found.until is None or q.now < found.until else None


def sees(q: Question[object], facts: Facts, room: str, at: int) -> bool:
    """Return whether what was said in a room at that time is for whoever asks."""
    found = part(q, facts, room, q.uid)
    if found is None:
        return False
    if at >= found.since:
        return True
    is_late = found.role == "guest" or is_guest(facts.person(q.uid))
    return not is_late and facts.word(room, "history") != "joined"


def to_presence(q: Question[object], facts: Facts) -> Objection | None:
    """Object to whoever is not in the room."""
    return UNSEEN if q.room is None or part(q, facts, q.room, q.uid) is None else None


def to_speaking(q: Question[object], facts: Facts) -> Objection | None:
    """Object to whoever is not in the room, or reads only."""
    found = None if q.room is None else part(q, facts, q.room, q.uid)
    if found is None or q.room is None:
        return UNSEEN
    if is_direct(q.room) and not _is_pair_near(q, facts, q.room):
        return forbidden(APART)
    return None if found.role in SPEAKS else forbidden("readers say nothing here")


def _is_pair_near(q: Question[object], facts: Facts, room: str) -> bool:
    """Return whether the two of a room still may talk: an agreement may have ended."""
    return all(are_near(facts, q.uid, other, "direct") for other in facts.partners(room))


def to_moderating(q: Question[object], facts: Facts) -> Objection | None:
    """Object to whoever is neither owner nor moderator of the room."""
    found = None if q.room is None else part(q, facts, q.room, q.uid)
    if found is None:
        return UNSEEN
    return None if found.role in MODERATES else forbidden("this takes an owner or a moderator")


def to_message(q: Question[object], facts: Facts, name: str) -> MessageFact | Objection | None:
    """Return a message of the room that whoever asks sees, or why not.

    None is for one that was deleted here while the far zone, not having heard of it, spoke of
    it: what is said of it comes to nothing (`zone.copy.apply`).
    """
    found = facts.message(name)
    if found is None:
        return None if q.is_far and was_deleted(q, facts, name) else UNSEEN
    if found.room != q.room or not sees(q, facts, found.room, found.at):
        return UNSEEN
    return found


def was_deleted(q: Question[object], facts: Facts, message: str) -> bool:
    """Return whether a message would be among those deleted in the room."""
    purged = None if q.room is None else facts.word(q.room, "purged")
    return isinstance(purged, list) and minted_at(message) < int(purged[0])
