"""What the internet zone says of messages that stand: who may, and who in vain."""

from typing import Any, Final

from tests.zone.events import an_id
from tests.zone.rights.case import MAX, Case
from tests.zone.rights.city import (
    CHIEF,
    FAR_SAID,
    GUEST,
    HOME,
    HOUR_MS,
    READER,
    STRANGER,
    THERE,
    City,
    operator,
    person,
)
from wire.bodies import (
    MessageEdit,
    MessagePin,
    MessageWithdraw,
    ReactionSet,
    ReadSet,
)
from wire.fields import OtherReader
from wire.order import next_hlc
from zone.conversation import rooms


def looked(city: City, **said: Any) -> ReadSet:
    """Return that somebody has read all that LGWAN has said, at once."""
    count = city.half.clock.hlc
    whole: dict[str, Any] = {"message": city.said, "lgwan": count, "internet": 0, "at": 1}
    return ReadSet(**whole | said)


def gone(city: City) -> str:
    """Have a guest leave the room."""
    city.do(CHIEF, lambda a: rooms.remove_member(a, city.room, GUEST))
    return GUEST


FRIENDLY: Final[dict[type[Any], list[Case]]] = {
    MessageEdit: [
        Case("its author", lambda c: c.far(person(GUEST), MessageEdit(FAR_SAID, "訂正"), c.room))
    ],
    MessageWithdraw: [
        Case(
            "its author, from either zone",
            lambda c: c.far(person(HOME), MessageWithdraw(c.said_at_home), c.room),
        )
    ],
    MessagePin: [
        Case(
            "whoever speaks there", lambda c: c.far(person(GUEST), MessagePin(c.said, True), c.room)
        )
    ],
    ReactionSet: [
        Case(
            "whoever speaks there",
            lambda c: c.far(person(GUEST), ReactionSet(c.said, "ok", True), c.room),
        )
    ],
    ReadSet: [
        Case(
            "whoever is there, readers too",
            lambda c: c.far(person(READER), looked(c, users=[OtherReader(GUEST, 1)]), c.room),
        ),
        Case(
            "past what never came here",
            lambda c: c.far(person(READER), looked(c, message=an_id("ms", 700)), c.room),
        ),
        Case(
            "whoever was there and has left",
            lambda c: c.far(person(gone(c)), looked(c), c.room),
        ),
        Case(
            "those who are there, by the mouth of one who never was",
            lambda c: c.far(person(STRANGER), looked(c, users=[OtherReader(GUEST, 1)]), c.room),
        ),
    ],
}

HOSTILE: Final[dict[type[Any], list[Case]]] = {
    MessageEdit: [
        Case(
            "LGWAN's word",
            lambda c: c.far(person(HOME), MessageEdit(c.said_at_home, "x"), c.room),
            ("message", "text"),
        ),
        Case("somebody else's", lambda c: c.far(person(HOME), MessageEdit(FAR_SAID, "x"), c.room)),
        Case(
            "an item", lambda c: c.far(person(HOME), MessageEdit(c.note, "x"), c.room), ("message",)
        ),
        Case(
            "what never came",
            lambda c: c.far(person(GUEST), MessageEdit(an_id("ms", 800), "x"), c.room),
            ("message",),
        ),
        Case("in another room", lambda c: c.far(person(GUEST), MessageEdit(FAR_SAID, "x"), THERE)),
    ],
    MessageWithdraw: [
        Case(
            "the chief's word",
            lambda c: c.far(person(GUEST), MessageWithdraw(c.said), c.room),
            ("message",),
        ),
        Case(
            "an item", lambda c: c.far(person(HOME), MessageWithdraw(c.note), c.room), ("message",)
        ),
        Case(
            "one's own, as who has left",
            lambda c: c.far(person(STRANGER), MessageWithdraw(c.said), c.room),
        ),
        Case(
            "what stands in a room of LGWAN alone",
            lambda c: c.far(person(HOME), MessageWithdraw(c.secret), c.room),
        ),
    ],
    MessagePin: [
        Case("a reader", lambda c: c.far(person(READER), MessagePin(c.said, True), c.room)),
        Case(
            "who is not there", lambda c: c.far(person(STRANGER), MessagePin(c.said, True), c.room)
        ),
        Case(
            "what stands elsewhere",
            lambda c: c.far(person(GUEST), MessagePin(c.secret, True), c.room),
            ("message",),
        ),
        Case(
            "an item",
            lambda c: c.far(person(GUEST), MessagePin(c.note, True), c.room),
            ("message",),
        ),
        Case("as operator", lambda c: c.far(operator(GUEST), MessagePin(c.said, True), c.room)),
    ],
    ReactionSet: [
        Case(
            "on what stands in a room of LGWAN alone",
            lambda c: c.far(person(GUEST), ReactionSet(c.secret, "ok", True), c.room),
            ("message",),
        ),
        Case(
            "on an item",
            lambda c: c.far(person(GUEST), ReactionSet(c.note, "ok", True), c.room),
            ("message",),
        ),
        Case("a reader", lambda c: c.far(person(READER), ReactionSet(c.said, "ok", True), c.room)),
        Case(
            "on what never came",
            lambda c: c.far(person(GUEST), ReactionSet(an_id("ms", 800), "ok", True), c.room),
            ("message",),
        ),
    ],
    ReadSet: [
        Case(
            "beyond what LGWAN has said",
            lambda c: c.far(person(GUEST), looked(c, lgwan=c.half.clock.hlc + 1), c.room),
            ("lgwan",),
        ),
        Case(
            "beyond what the internet has said",
            lambda c: c.far(person(GUEST), looked(c, internet=next_hlc(0, c.time.now + 9)), c.room),
            ("internet",),
        ),
        Case(
            "to the end of all counts, past what never came",
            lambda c: c.far(person(GUEST), looked(c, message=an_id("ms", 800), lgwan=MAX), c.room),
            ("lgwan",),
        ),
        Case(
            "less far than the message that was read",
            lambda c: c.far(person(GUEST), looked(c, lgwan=0), c.room),
            ("lgwan",),
        ),
        Case(
            "at a time that is yet to come",
            lambda c: c.far(person(GUEST), looked(c, at=c.time.now + HOUR_MS), c.room),
            ("at",),
        ),
        Case(
            "by others, at a time that is yet to come",
            lambda c: c.far(
                person(GUEST), looked(c, users=[OtherReader(READER, c.time.now + HOUR_MS)]), c.room
            ),
            ("users",),
        ),
        Case(
            "without what is no message",
            lambda c: c.far(person(GUEST), looked(c, without=[c.note]), c.room),
            ("without",),
        ),
        Case(
            "of another room",
            lambda c: c.far(person(GUEST), looked(c, message=c.secret), c.room),
            ("message",),
        ),
        Case(
            "who is not there, for who uses LGWAN alone",
            lambda c: c.far(person(STRANGER), looked(c, users=[OtherReader(CHIEF, 1)]), c.room),
            ("users",),
        ),
        Case(
            "who is not there",
            lambda c: c.far(person(STRANGER), looked(c), c.room),
        ),
    ],
}
