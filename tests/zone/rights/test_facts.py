"""Who a person is and what they are in a room: what is kept is what the tables say, at any time."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.zone.events import TENANT
from tests.zone.rights.city import (
    CHIEF,
    CLERK,
    CLINICS,
    DESK,
    ENDED,
    FAR_SAID,
    FILE,
    GUEST,
    HELD,
    HELD_NOTE,
    HELD_ROOM,
    HOME,
    NOBODY,
    READER,
    THERE,
    City,
)
from wire.items import Approval
from wire.reasons import Reason, Refused
from zone.conversation import rooms as gathering
from zone.conversation.actor import Actor
from zone.rights.facts import Facts
from zone.store.table_facts import TableFacts

PEOPLE = (CHIEF, CLERK, HOME, DESK, GUEST, READER, ENDED, NOBODY)


def asked(city: City, facts: Facts) -> dict[str, Any]:
    """Return the answer to each question, of all that there is and of what there is not."""
    c, rooms = city, (city.room, city.other, city.inside, THERE, HELD_ROOM)
    names = (c.said, c.secret, FAR_SAID, HELD, c.note, c.approval, c.call, HELD_NOTE, FILE, *rooms)
    return {
        "person": [facts.person(uid) for uid in PEOPLE],
        "part": [facts.part(room, uid) for room in rooms for uid in PEOPLE],
        "agreed": [facts.agreed(TENANT, CLINICS), facts.agreed(CLINICS, None)],
        "owners": [sorted(uid for uid, _ in facts.owners(room)) for room in rooms],
        "partners": [sorted(facts.partners(room)) for room in (HELD_ROOM, THERE)],
        "birth": [facts.birth(name) for name in (*names, *PEOPLE)],
        "word": [facts.word(room, "legal_hold") for room in rooms],
        "message": [facts.message(name) for name in names],
        "item": [facts.item(name) for name in names],
        "held": [facts.held(name) for name in names],
        "held_room": [facts.held_room(room) for room in rooms],
        "file": [facts.file(name) for name in names],
        "has_crossed": [facts.has_crossed(name) for name in names],
        "is_called": [facts.is_addressed(call, uid) for call in (c.call, c.note) for uid in PEOPLE],
        "wordings": facts.wordings(c.said),
        "retold": facts.retold(c.said),
        "content": facts.content(c.approval, "approval"),
        "responses": list(facts.responses(c.approval)),
    }


def leave(city: City) -> None:
    city.do(CHIEF, lambda a: gathering.remove_member(a, city.room, DESK))


def promote(city: City) -> None:
    city.do(CHIEF, lambda a: gathering.set_member(a, city.room, HOME, "owner", None))


def stay_for_a_while(city: City) -> None:
    until = city.time.now + 5
    city.do(CHIEF, lambda a: gathering.set_member(a, city.other, CLERK, "reader", until))


def agree(city: City) -> None:
    city.agree("directory", "calls")


@pytest.mark.parametrize("change", [lambda _: None, leave, promote, stay_for_a_while, agree])
def test_what_is_kept_is_what_the_tables_say(change: Callable[[City], None]) -> None:
    city = City()
    asked(city, city.half.facts)
    change(city)
    kept, fresh = asked(city, city.half.facts), asked(city, TableFacts(city.half.db))
    assert kept == fresh
    assert isinstance(kept["content"], Approval)


def test_what_is_undone_was_never_so() -> None:
    city = City()

    def promote_and_fail(actor: Actor) -> None:
        gathering.set_member(actor, city.room, HOME, "owner", None)
        assert role(city) == "owner"
        raise Refused(Reason.INVALID, "all of it")

    assert role(city) == "member"
    with pytest.raises(Refused):
        city.do(CHIEF, promote_and_fail)
    assert role(city) == "member"


def role(city: City) -> str | None:
    part = city.half.facts.part(city.room, HOME)
    return None if part is None else part.role
