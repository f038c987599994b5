"""Of two words said while the link was down the one that was said later holds, in both zones.

LGWAN is the busier zone by far: with a count of events in place of a clock, all that it says
would be later than what is said on the internet.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from tests.zone.halves import Half
from tests.zone.test_lost_bookings import FIRST, HOUR, OTHERS, Town
from wire.answers import Answer, Done, Filled, FormAnswer, Reply, Rsvp, Vote
from wire.bodies import AnswerSet, Body, ItemPut, ProfileSet, RoomPut
from wire.items import (
    AgendaEntry,
    Audience,
    Broadcast,
    Content,
    Field,
    Form,
    Note,
    Survey,
    Task,
)
from wire.order import make_stamp
from zone.conversation import items, messages, rooms
from zone.conversation.actor import Actor
from zone.copy import registers

UID = OTHERS[0]
MINUTE_MS = 60_000
BUSY = 200  # events that LGWAN is ahead by


class Disaster(Town):
    """A town on a bad day: LGWAN has said much, and both zones have heard it."""

    def __init__(self) -> None:
        super().__init__()
        body = ProfileSet(FIRST, duties=["broadcast"])
        operated = partial(Actor.say, body=body, room=None, crosses=True)
        self.lgwan.act(FIRST, operated, operator=True)
        self.lgwan.act(FIRST, lambda a: rooms.set_member(a, self.room, UID, "moderator", None))
        self.note = self._made(self.room, Note(title="避難所", text="開設前"))
        self.task = self._made(self.room, Task(title="土のう", assignees=[UID]))
        self.survey = self._made(self.room, Survey(title="出欠", choices=["出", "欠"]))
        self.entry = self._made(
            self.room, AgendaEntry(title="訓練", starts=HOUR, ends=2 * HOUR, invited=[UID])
        )
        fields = [Field(key="need", label="必要なもの", kind="line")]
        self.form = self._made(self.room, Form(title="要望", fields=fields))
        self.call = self._made(
            None,
            Broadcast(
                title="安否確認", audience=Audience(), require="answer", choices=["無事", "けが"]
            ),
        )
        for number in range(BUSY):
            said = messages.NewMessage(text=f"{number}")
            self.lgwan.act(FIRST, lambda a, said=said: messages.write_message(a, self.room, said))  # type: ignore[misc]
        self.deliver(self.lgwan.leaving, self.internet)

    def _made(self, room: str | None, content: Content) -> str:
        duty = partial(items.make_item, room=room, content=content)
        return str(self.lgwan.act(FIRST, lambda a: duty(a).id))

    def say(self, zone: Half, body: Body, room: str | None) -> str:
        """Have somebody say something, and return its stamp."""
        event = zone.act(UID, partial(Actor.say, body=body, room=room, crosses=True))
        return make_stamp(event.hlc, zone.side.zone)


def _answered(name: str, *answers: Answer) -> Callable[[Disaster], tuple[Any, ...]]:
    def said(town: Disaster) -> tuple[Any, ...]:
        item, room = getattr(town, name), None if name == "call" else town.room
        bodies = [AnswerSet(item, answer) for answer in answers]
        return (*bodies, room, item, f"answer:{UID}")

    return said


SAID: dict[str, Callable[[Disaster], tuple[Any, ...]]] = {
    "who is hurt": lambda _: (
        ProfileSet(UID, status="無事"),
        ProfileSet(UID, status="けがをしました"),
        None,
        UID,
        "status",
    ),
    "the text of a note": lambda t: (
        ItemPut(Note(text="開設"), t.note),
        ItemPut(Note(text="満員"), t.note),
        t.room,
        t.note,
        "text",
    ),
    "what a room is about": lambda t: (
        RoomPut(topic="警戒"),
        RoomPut(topic="避難"),
        t.room,
        t.room,
        "topic",
    ),
    "a vote": _answered("survey", Vote([0]), Vote([1])),
    "whether a task is done": _answered("task", Done(True), Done(False, "まだでした")),
    "the answer to a call": _answered("call", Reply(0, "無事"), Reply(1, "けが")),
    "who comes": _answered("entry", Rsvp("yes"), Rsvp("no")),
    "a form": _answered(
        "form", FormAnswer([Filled("need", "水")]), FormAnswer([Filled("need", "毛布")])
    ),
}


@pytest.mark.parametrize("what", SAID)
@pytest.mark.parametrize("is_lgwan_first", [True, False], ids=["LGWAN first", "internet first"])
@pytest.mark.parametrize("minutes", [1, 5, 600])
def test_the_later_word_holds_in_both_zones(
    what: str, *, is_lgwan_first: bool, minutes: int
) -> None:
    town = Disaster()
    earlier, later, room, name, field = SAID[what](town)
    first, second = town.zones if is_lgwan_first else town.zones[::-1]
    town.say(first, earlier, room)
    town.time.now += minutes * MINUTE_MS
    stamp = town.say(second, later, room)
    town.deliver(town.lgwan.leaving, town.internet)
    town.deliver(town.internet.leaving, town.lgwan)
    for zone in town.zones:
        found = registers.word(zone.db, name, field)
        assert found is not None
        assert found.stamp == stamp


@pytest.mark.parametrize("is_lgwan_first", [True, False], ids=["LGWAN first", "internet first"])
def test_of_two_bookings_the_one_that_was_made_first_holds(*, is_lgwan_first: bool) -> None:
    town = Disaster()
    first, second = town.zones if is_lgwan_first else town.zones[::-1]
    held = town.book(first, UID, 9, 10)
    town.time.now += MINUTE_MS
    lost = town.book(second, OTHERS[1], 9, 10)
    town.deliver(town.lgwan.leaving, town.internet)
    town.deliver(town.internet.leaving, town.lgwan)
    for zone in town.zones:
        assert (town.holds(zone, held), town.holds(zone, lost)) == (True, False)


def test_an_answer_comes_behind_what_it_answers_though_the_clock_there_is_behind() -> None:
    town = Disaster()
    town.internet.time.ahead = -4 * MINUTE_MS
    town.say(town.lgwan, RoomPut(topic="警戒"), town.room)
    town.deliver(town.lgwan.leaving, town.internet)
    town.say(town.internet, RoomPut(topic="避難"), town.room)
    town.deliver(town.internet.leaving, town.lgwan)
    assert [*_topics(town)] == ["避難", "避難"]


def _topics(town: Disaster) -> Iterator[str]:
    for zone in town.zones:
        yield str(registers.value(zone.db, town.room, "topic"))
