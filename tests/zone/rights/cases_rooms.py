"""What the internet zone says of rooms: who may, and who in vain."""

from typing import Any, Final

import msgspec

from tests.zone.events import an_id
from tests.zone.rights.case import MAX, NEW, Case
from tests.zone.rights.city import (
    CHIEF,
    CLERK,
    DESK,
    GUEST,
    HELD_ROOM,
    HOME,
    HOUR_MS,
    STRANGER,
    THERE,
    operator,
    person,
)
from wire.bodies import (
    MemberSet,
    RoomPurge,
    RoomPut,
)
from wire.events import FileRef
from zone.rights.rooms import ROOM_OF_TWO, direct_id

_DAY_MS: Final = 24 * HOUR_MS

FRIENDLY: Final[dict[type[Any], list[Case]]] = {
    RoomPut: [
        Case(
            "whoever opens one",
            lambda c: c.far(
                person(HOME), RoomPut("新", room_kind="talk", scope="shared"), an_id("rm", 700)
            ),
        ),
        Case("its moderators", lambda c: c.far(person(HOME), RoomPut("改", "話題"), THERE)),
        Case(
            "its retention, from where it was opened",
            lambda c: c.far(person(HOME), RoomPut(retention_days=30), THERE),
        ),
        Case(
            "a hold, by an operator", lambda c: c.far(operator(), RoomPut(legal_hold=True), THERE)
        ),
        Case("a room of two", lambda c: c.far(person(HOME), ROOM_OF_TWO, direct_id(HOME, CHIEF))),
        Case(
            "the release of one that was held",
            lambda c: c.far(
                person(HOME), RoomPut("新", room_kind="talk", scope="shared"), HELD_ROOM
            ),
        ),
    ],
    RoomPurge: [
        Case(
            "an operator, where the room was opened",
            lambda c: c.far(operator(HOME), RoomPurge(c.time.now), THERE),
        )
    ],
    MemberSet: [
        Case(
            "an owner brings somebody in",
            lambda c: c.far(person(HOME), MemberSet(CLERK, "member", c.time.now + HOUR_MS), THERE),
        ),
        Case("somebody leaves", lambda c: c.far(person(GUEST), MemberSet(GUEST, "none"), c.room)),
        Case(
            "its maker founds a room that is held",
            lambda c: c.far(person(HOME), MemberSet(HOME, "owner"), HELD_ROOM),
        ),
        Case(
            "one of two brings in the other",
            lambda c: c.far(person(HOME), MemberSet(CHIEF, "owner"), direct_id(HOME, CHIEF)),
        ),
    ],
}

HOSTILE: Final[dict[type[Any], list[Case]]] = {
    RoomPut: [
        Case(
            "its scope, so that it were theirs",
            lambda c: c.far(person(HOME), RoomPut(scope="shared"), c.room),
            ("scope",),
        ),
        Case(
            "its scope, so that nothing crosses",
            lambda c: c.far(person(HOME), RoomPut(scope="internet-only"), c.room),
            ("scope",),
        ),
        Case(
            "its scope, by its owner there",
            lambda c: c.far(
                person(HOME), RoomPut(scope="internet-only", room_kind="talk", name="x"), THERE
            ),
            ("scope", "room_kind"),
        ),
        Case(
            "its kind",
            lambda c: c.far(person(HOME), RoomPut(room_kind="board"), THERE),
            ("room_kind",),
        ),
        Case(
            "a retention of a day for LGWAN's words",
            lambda c: c.far(operator(), RoomPut(retention_days=1), c.room),
            ("retention_days",),
        ),
        Case(
            "a retention, as a member",
            lambda c: c.far(person(HOME), RoomPut(retention_days=1), c.room),
            ("retention_days",),
        ),
        Case(
            "LGWAN's hold taken off",
            lambda c: c.far(operator(), RoomPut(legal_hold=False), c.room),
            ("legal_hold",),
        ),
        Case(
            "a hold on LGWAN's room",
            lambda c: c.far(operator(), RoomPut(legal_hold=True), c.room),
            ("legal_hold",),
        ),
        Case(
            "a hold with a file",
            lambda c: c.far(
                operator(),
                RoomPut(legal_hold=True),
                THERE,
                files=[FileRef(an_id("fl", 801), "x", "", 0, None)],
            ),
        ),
        Case(
            "a hold, without the duty",
            lambda c: c.far(person(GUEST), RoomPut(legal_hold=True), THERE),
            ("legal_hold",),
        ),
        *(
            Case(
                f"another {field}, by no moderator",
                lambda c, field=field, value=value: c.far(  # type: ignore[misc]
                    person(GUEST), RoomPut(**{field: value}), c.room
                ),
                (field,),
            )
            for field, value in {
                "name": "x",
                "topic": "x",
                "icon": "x",
                "colour": "x",
                "history": "all",
                "archived": True,
            }.items()
        ),
        Case("an operator who renames", lambda c: c.far(operator(HOME), RoomPut("x"), THERE)),
        Case(
            "a guest who opens one",
            lambda c: c.far(
                person(GUEST), RoomPut("x", room_kind="talk", scope="shared"), an_id("rm", 800)
            ),
        ),
        Case(
            "a room of two as something else",
            lambda c: c.far(
                person(HOME),
                RoomPut("x", room_kind="talk", scope="shared"),
                direct_id(CHIEF, CLERK),
            ),
        ),
        Case(
            "a room of two that keeps nothing",
            lambda c: c.far(
                person(HOME),
                msgspec.structs.replace(ROOM_OF_TWO, retention_days=1),
                direct_id(CHIEF, HOME),
            ),
        ),
        Case(
            "the room that somebody else's held event opens",
            lambda c: c.far(
                person(DESK, HOME), RoomPut("x", room_kind="talk", scope="shared"), HELD_ROOM
            ),
        ),
    ],
    RoomPurge: [
        Case(
            "LGWAN's room", lambda c: c.far(operator(), RoomPurge(c.time.now), c.room), ("before",)
        ),
        Case(
            "what is yet to be said",
            lambda c: c.far(operator(), RoomPurge(MAX), THERE),
            ("before",),
        ),
        Case(
            "what is said tomorrow",
            lambda c: c.far(operator(), RoomPurge(c.time.now + _DAY_MS), THERE),
            ("before",),
        ),
        Case(
            "what LGWAN has on hold",
            lambda c: c.far(operator(), RoomPurge(c.time.now), c.hold(THERE)),
            ("before",),
        ),
        Case(
            "an owner, who is no operator",
            lambda c: c.far(person(HOME), RoomPurge(c.time.now - 1), THERE),
        ),
        Case(
            "a room that is not known",
            lambda c: c.far(operator(), RoomPurge(c.time.now - 1), an_id("rm", 800)),
        ),
    ],
    MemberSet: [
        Case(
            "oneself as owner",
            lambda c: c.far(person(GUEST), MemberSet(GUEST, "owner"), c.room),
            ("user", "role"),
        ),
        Case(
            "oneself as owner, as a member",
            lambda c: c.far(person(HOME), MemberSet(HOME, "owner"), c.room),
            ("role",),
        ),
        Case(
            "LGWAN's owner out",
            lambda c: c.far(person(HOME), MemberSet(CHIEF, "none"), c.room),
            ("user",),
        ),
        Case(
            "a guest as member",
            lambda c: c.far(person(HOME), MemberSet(STRANGER, "member"), THERE),
            ("role",),
        ),
        Case(
            "a guest who invites", lambda c: c.far(person(GUEST), MemberSet(HOME, "member"), THERE)
        ),
        Case(
            "somebody who is not known",
            lambda c: c.far(person(HOME), MemberSet(NEW, "member"), THERE),
            ("user",),
        ),
        Case(
            "a room", lambda c: c.far(person(HOME), MemberSet(c.room, "member"), THERE), ("user",)
        ),
        Case(
            "until a time no calendar has",
            lambda c: c.far(person(HOME), MemberSet(CLERK, "member", MAX), THERE),
            ("until",),
        ),
        Case(
            "oneself out, as the last owner",
            lambda c: c.far(person(HOME), MemberSet(HOME, "none"), THERE),
        ),
        Case(
            "oneself an owner for an hour, as the last",
            lambda c: c.far(person(HOME), MemberSet(HOME, "owner", c.time.now + HOUR_MS), THERE),
            ("until",),
        ),
        Case(
            "a third in a room of two",
            lambda c: c.far(person(HOME), MemberSet(GUEST, "guest"), direct_id(CHIEF, HOME)),
        ),
        Case(
            "oneself in a room of two others",
            lambda c: c.far(person(HOME), MemberSet(HOME, "owner"), direct_id(CHIEF, CLERK)),
        ),
        Case(
            "in a room of LGWAN alone",
            lambda c: c.far(person(HOME), MemberSet(HOME, "member"), c.inside),
        ),
        Case("as operator", lambda c: c.far(operator(HOME), MemberSet(GUEST, "owner"), c.room)),
    ],
}
