"""Who a person is and what they are in a room: memory and tables say the same, at any time."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.zone.rights.city import (
    CHIEF,
    CLERK,
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
from zone.conversation import rooms as gathering
from zone.conversation.directory_facts import DirectoryFacts
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


@pytest.mark.parametrize("change", [lambda _: None, leave, promote, stay_for_a_while])
def test_memory_and_tables_give_the_same_facts(change: Callable[[City], None]) -> None:
    city = City()
    change(city)
    tables = TableFacts(city.half.db)
    memory = DirectoryFacts(city.half.directory, TableFacts(city.half.db))
    found, other = asked(city, tables), asked(city, memory)
    ended = [i for i, part in enumerate(found["part"]) if part is not None and part.role == "none"]
    for place in ended:  # memory has no part of who has left: for a right it is the same
        assert other["part"][place] is None
        found["part"][place] = None
    assert found == other
    assert isinstance(found["content"], Approval)


def test_what_changes_is_known_behind_forget_at_the_latest() -> None:
    city = City()
    facts = TableFacts(city.half.db)
    before = facts.part(city.room, HOME)
    promote(city)
    facts.forget()
    after = facts.part(city.room, HOME)
    assert before is not None
    assert after is not None
    assert (before.role, after.role) == ("member", "owner")
