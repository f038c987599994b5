"""Lies that one guard alone stands against: all else that is asked of them is in order."""

from functools import partial
from typing import Any, Final

import msgspec

from tests.zone.events import TENANT, an_id
from tests.zone.rights.case import NEW, Case
from tests.zone.rights.cases_marks import gone, looked
from tests.zone.rights.city import (
    CHIEF,
    CLERK,
    DESK,
    ENDED,
    FAR_SAID,
    GUEST,
    HELD_NOTE,
    HELD_ROOM,
    HOME,
    HOUR_MS,
    NOBODY,
    STRANGER,
    THERE,
    City,
    operator,
    person,
)
from wire.answers import Reply
from wire.bodies import (
    AnswerSet,
    ItemPut,
    MemberSet,
    MessagePost,
    ProfileSet,
    ReactionSet,
    ReadSet,
    RelayNotice,
    RoomPurge,
    RoomPut,
)
from wire.events import Event, FileRef
from wire.items import AgendaEntry, Audience, Booking, Broadcast, Note
from zone.conversation import items, rooms
from zone.conversation.actor import Actor
from zone.rights.rooms import ROOM_OF_TWO, direct_id

_NEW_ROOM, _NEW_FILE = an_id("rm", 850), an_id("fl", 850)
_MINUTE_MS: Final = 60_000
_TALK: Final = RoomPut("x", room_kind="talk", scope="shared")
_GUEST: Any = {"name": "新人", "user_kind": "guest", "sponsor": HOME}


def _late(city: City) -> str:
    """Have a guest join the room behind all that was said there."""
    city.do(CHIEF, lambda a: rooms.set_member(a, city.room, STRANGER, "guest", None))
    return STRANGER


def _bot(city: City) -> str:
    """Have LGWAN admit a bot, of a kind that both zones admit."""
    body = ProfileSet(NEW, name="案内", user_kind="bot", zones=["lgwan"])
    city.half.act(NOBODY, partial(Actor.say, body=body, room=None, crosses=True), operator=True)
    return NEW


def _call_to_guests(city: City) -> str:
    audience = Audience(kinds=["guest"])
    call = Broadcast(title="閉庁", audience=audience, require="answer", choices=["はい"])
    return str(city.do(CHIEF, lambda a: items.make_item(a, None, call)).id)


def _invited(city: City, **said: Any) -> Event:
    """Return that a sponsor of staff invites a guest for an hour."""
    body = ProfileSet(NEW, **_GUEST | {"tenant": TENANT, "expires": city.time.now + HOUR_MS} | said)
    return city.far(person(HOME), body)


HOSTILE: Final[dict[type[Any], list[Case]]] = {
    MessagePost: [
        Case(
            "a second time, under an id of one's own",
            lambda c: c.far(person(GUEST), MessagePost("x"), c.room, name=FAR_SAID),
        ),
        Case(
            "an answer to what one reads in another room",
            lambda c: c.far(person(HOME), MessagePost("x", c.elsewhere), c.room),
        ),
        Case(
            "an answer to what was said before they came",
            lambda c: c.far(person(_late(c)), MessagePost("x", c.said), c.room),
        ),
        Case(
            "with a file twice",
            lambda c: c.far(
                person(HOME),
                MessagePost("x"),
                c.room,
                files=[FileRef(_NEW_FILE, "x", "", 0, None)] * 2,
            ),
        ),
        Case(
            "a shared account through one of its own who uses LGWAN alone",
            lambda c: c.far(person(DESK, CLERK), MessagePost("x"), c.room),
        ),
        Case(
            "a shared account through one of its own whose stay has ended",
            lambda c: c.far(person(DESK, ENDED), MessagePost("x"), c.room),
        ),
    ],
    ReactionSet: [
        Case(
            "on what was said before they came",
            lambda c: c.far(person(_late(c)), ReactionSet(c.said, "ok", True), c.room),
        ),
        Case(
            "who has left",
            lambda c: c.far(person(gone(c)), ReactionSet(c.said, "ok", True), c.room),
        ),
    ],
    ReadSet: [
        Case(
            "whose stay has ended",
            lambda c: c.far(person(ENDED), looked(c), c.room),
        )
    ],
    RoomPut: [
        Case("under the id of a person", lambda c: c.far(person(HOME), _TALK, an_id("us", 850))),
        Case(
            "a new one, of LGWAN alone",
            lambda c: c.far(
                person(HOME), msgspec.structs.replace(_TALK, scope="lgwan-only"), _NEW_ROOM
            ),
        ),
        Case(
            "a room of two under another id", lambda c: c.far(person(HOME), ROOM_OF_TWO, _NEW_ROOM)
        ),
        Case(
            "its scope alone, by its owner",
            lambda c: c.far(person(HOME), RoomPut(scope="internet-only"), THERE),
            ("scope",),
        ),
    ],
    RoomPurge: [
        Case(
            "an operator in the name of somebody",
            lambda c: c.far(
                msgspec.structs.replace(operator(), person=HOME), RoomPurge(c.time.now), THERE
            ),
        ),
        Case(
            "what is said in a minute, within what clocks may differ",
            lambda c: c.far(operator(), RoomPurge(c.time.now + _MINUTE_MS), THERE),
            ("before",),
        ),
    ],
    MemberSet: [
        Case(
            "oneself out, after leaving",
            lambda c: c.far(person(gone(c)), MemberSet(GUEST, "none"), c.room),
        ),
        Case(
            "somebody who is not known, out",
            lambda c: c.far(person(HOME), MemberSet(NEW, "none"), THERE),
            ("user",),
        ),
        Case(
            "another as reader, as a member",
            lambda c: c.far(person(HOME), MemberSet(DESK, "reader"), c.room),
        ),
        Case(
            "somebody who is not known, as guest",
            lambda c: c.far(person(HOME), MemberSet(NEW, "guest"), THERE),
        ),
        Case(
            "one of two as reader",
            lambda c: c.far(person(HOME), MemberSet(CHIEF, "reader"), direct_id(HOME, CHIEF)),
        ),
        Case(
            "oneself in a held room of somebody else",
            lambda c: c.far(person(GUEST), MemberSet(GUEST, "guest"), HELD_ROOM),
        ),
    ],
    ProfileSet: [
        Case(
            "a section that is new",
            lambda c: c.far(
                operator(),
                ProfileSet(an_id("og", 850), name="x", user_kind="guest", zones=["internet"]),
            ),
        ),
        Case(
            "a guest without a name",
            lambda c: c.far(operator(), ProfileSet(NEW, user_kind="guest", zones=["internet"])),
        ),
        Case(
            "where a guest is, by an operator",
            lambda c: c.far(operator(), ProfileSet(GUEST, status="x")),
        ),
        Case(
            "LGWAN's bot, otherwise called",
            lambda c: c.far(operator(), ProfileSet(_bot(c), name="偽")),
        ),
        Case("a sponsor's guest of LGWAN", lambda c: _invited(c, zones=["lgwan"])),
        Case("a sponsor's guest of no name", lambda c: _invited(c, zones=["internet"], name=None)),
        Case(
            "a sponsor's guest with a title",
            lambda c: _invited(c, zones=["internet"], title="市長"),
        ),
        Case(
            "the stay of somebody else's guest, ended",
            lambda c: c.far(person(GUEST), ProfileSet(STRANGER, expires=1)),
        ),
    ],
    ItemPut: [
        Case(
            "a call in a room",
            lambda c: c.far(
                person(HOME),
                c.put(Broadcast(title="偽", audience=Audience(), require="ack")),
                c.room,
                name=an_id("bc", 850),
            ),
        ),
        Case(
            "an entry for who is not there",
            lambda c: c.far(
                person(HOME),
                c.put(AgendaEntry(title="x", invited=[CLERK])),
                c.room,
                name=an_id("ev", 850),
            ),
        ),
        Case(
            "a note, booked",
            lambda c: c.far(
                person(HOME),
                c.put(Booking(title="x", resource=c.note, starts=1, ends=2)),
                c.room,
                name=an_id("bk", 850),
            ),
        ),
        Case(
            "the approval, as a note",
            lambda c: c.far(person(HOME), c.put(Note(text="x"), c.approval), c.room),
        ),
        Case(
            "a note that is held, in another room",
            lambda c: c.far(person(GUEST), c.put(Note(text="x"), HELD_NOTE), THERE),
        ),
    ],
    AnswerSet: [
        Case(
            "whoever calls, and was not called",
            lambda c: c.far(person(HOME), AnswerSet(_call_to_guests(c), Reply(0))),
        )
    ],
    RelayNotice: [
        Case(
            "of somebody else's item",
            lambda c: c.far(
                person(HOME), RelayNotice(HELD_NOTE, "denied", 2, "item.put", "x"), c.room
            ),
        ),
        Case(
            "of an item that never came, as of a message",
            lambda c: c.far(
                person(HOME), RelayNotice(an_id("nt", 850), "held", 1, "message.post", "x"), c.room
            ),
        ),
    ],
}
