"""What the internet zone says of messages that stand: who may, and who in vain."""

from typing import Any, Final

from tests.zone.events import an_id
from tests.zone.rights.case import MAX, Case
from tests.zone.rights.city import (
    CHIEF,
    FAR_SAID,
    GUEST,
    HOME,
    READER,
    STRANGER,
    THERE,
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
            lambda c: c.far(person(READER), ReadSet(c.said, c.stamp_of(c.said), [GUEST]), c.room),
        ),
        Case(
            "past what never came here",
            lambda c: c.far(person(READER), ReadSet(an_id("ms", 700), f"{5:014x}i0"), c.room),
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
            "to the far future",
            lambda c: c.far(person(GUEST), ReadSet(c.said, f"{MAX:014x}l0"), c.room),
            ("at",),
        ),
        Case(
            "beyond what never came",
            lambda c: c.far(person(GUEST), ReadSet(an_id("ms", 800), f"{MAX:014x}i0"), c.room),
            ("at",),
        ),
        Case(
            "where it does not stand",
            lambda c: c.far(person(GUEST), ReadSet(c.said, c.stamp_of(c.said_at_home)), c.room),
            ("at",),
        ),
        Case(
            "of another room",
            lambda c: c.far(person(GUEST), ReadSet(c.secret, c.stamp_of(c.secret)), c.room),
            ("message",),
        ),
        Case(
            "for who uses LGWAN alone",
            lambda c: c.far(person(GUEST), ReadSet(c.said, c.stamp_of(c.said), [CHIEF]), c.room),
            ("users",),
        ),
        Case(
            "for who is not there",
            lambda c: c.far(person(GUEST), ReadSet(c.said, c.stamp_of(c.said), [STRANGER]), c.room),
            ("users",),
        ),
        Case(
            "who is not there",
            lambda c: c.far(person(STRANGER), ReadSet(c.said, c.stamp_of(c.said)), c.room),
        ),
    ],
}
