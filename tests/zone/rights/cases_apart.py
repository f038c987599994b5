"""What the internet zone says across two municipalities that have, or have not, agreed on it."""

from typing import Any, Final

from tests.zone.events import TENANT, an_id
from tests.zone.rights.case import Case
from tests.zone.rights.city import CHIEF, CLINICS, DOCTOR, HOME, NURSE, THERE, City, person
from wire.answers import Reply
from wire.bodies import AnswerSet, ItemPut, ItemRemove, MemberSet, MessagePost, RoomPut
from wire.events import Author
from wire.items import Audience, Broadcast
from zone.rights.rooms import direct_id

_NURSE: Final = person(NURSE, tenant=CLINICS)


def _call(*tenants: str) -> ItemPut:
    audience = Audience(tenants=list(tenants))
    return ItemPut(Broadcast(title="参集", audience=audience, require="ack"))


def _calls(city: City, *tenants: str) -> Any:
    return city.far(_NURSE, _call(*tenants), name=an_id("bc", 700))


def _answer(city: City, who: Author, call: str) -> Any:
    return city.far(who, AnswerSet(call, Reply()))


FRIENDLY: Final[dict[type[Any], list[Case]]] = {
    MessagePost: [
        Case(
            "somebody of the clinics, in a room of both",
            lambda c: c.far(_NURSE, MessagePost("搬送できます"), c.joint),
        ),
        Case(
            "one of two, while that is agreed",
            lambda c: c.agree("direct").far(person(HOME), MessagePost("了解"), c.two),
        ),
    ],
    MemberSet: [
        Case(
            "somebody of the clinics, by agreement on the directory",
            lambda c: c.agree("directory").far(person(HOME), MemberSet(DOCTOR, "member"), THERE),
        ),
        Case(
            "one of their own, by a moderator of the clinics",
            lambda c: c.far(_NURSE, MemberSet(DOCTOR, "member"), c.joint),
        ),
        Case(
            "who is there, otherwise, without an agreement",
            lambda c: c.far(_NURSE, MemberSet(HOME, "reader"), c.joint),
        ),
        Case(
            "one of two, by agreement",
            lambda c: c.agree("direct").far(
                _NURSE, MemberSet(CHIEF, "owner"), direct_id(NURSE, CHIEF)
            ),
        ),
    ],
    ItemPut: [
        Case("a call of one's own", lambda c: _calls(c, CLINICS)),
        Case("a call of both, by agreement", lambda c: _calls(c.agree("calls"), TENANT)),
        Case(
            "a call of their own municipality, by another who calls",
            lambda c: c.far(_NURSE, ItemPut(Broadcast(closed=True), c.their_call)),
        ),
    ],
    AnswerSet: [
        Case("whom their own call", lambda c: _answer(c, _NURSE, c.their_call)),
    ],
}

HOSTILE: Final[dict[type[Any], list[Case]]] = {
    MessagePost: [
        Case(
            "one of two, whose municipalities agree on nothing any more",
            lambda c: c.far(person(HOME), MessagePost("まだいますか"), c.two),
        ),
    ],
    RoomPut: [
        Case(
            "a hold on the city's room, by whom the clinics gave the duty",
            lambda c: c.far(_NURSE, RoomPut(legal_hold=True), c.joint),
            ("legal_hold",),
        ),
    ],
    MemberSet: [
        Case(
            "somebody of the clinics, without an agreement",
            lambda c: c.far(person(HOME), MemberSet(DOCTOR, "member"), THERE),
            ("user",),
        ),
        Case(
            "somebody of the clinics, by an agreement on calls",
            lambda c: c.agree("calls").far(person(HOME), MemberSet(DOCTOR, "member"), THERE),
            ("user",),
        ),
        Case(
            "somebody of the city, by a moderator of the clinics",
            lambda c: c.far(_NURSE, MemberSet(CHIEF, "moderator"), c.two),
            ("user",),
        ),
        Case(
            "the other of two, without an agreement",
            lambda c: c.far(_NURSE, MemberSet(CHIEF, "owner"), direct_id(NURSE, CHIEF)),
            ("user",),
        ),
        Case(
            "the other of two, by an agreement on the directory",
            lambda c: c.agree("directory").far(
                _NURSE, MemberSet(CHIEF, "owner"), direct_id(NURSE, CHIEF)
            ),
            ("user",),
        ),
    ],
    ItemPut: [
        Case(
            "a call of the city, by the clinics",
            lambda c: _calls(c, TENANT),
            ("content",),
        ),
        Case(
            "a call of both, by an agreement on all else",
            lambda c: _calls(c.agree("directory", "direct"), CLINICS, TENANT),
            ("content",),
        ),
        Case(
            "a call of somebody that there is not",
            lambda c: _calls(c, an_id("tn", 79)),
            ("content",),
        ),
        Case(
            "the city's call, closed by whom the clinics let call",
            lambda c: c.far(_NURSE, ItemPut(Broadcast(closed=True), c.call)),
            ("item",),
        ),
        Case(
            "their own call, turned to the city",
            lambda c: c.far(
                _NURSE, ItemPut(Broadcast(audience=Audience(tenants=[TENANT])), c.their_call)
            ),
            ("content",),
        ),
    ],
    ItemRemove: [
        Case(
            "the city's call, by whom the clinics let call",
            lambda c: c.far(_NURSE, ItemRemove(c.call)),
            ("item",),
        ),
    ],
    AnswerSet: [
        Case("whom the city's call is not to", lambda c: _answer(c, _NURSE, c.call), ("item",)),
        Case(
            "whom it is not to, though they may be called",
            lambda c: _answer(c.agree("calls"), _NURSE, c.call),
            ("item",),
        ),
    ],
}
