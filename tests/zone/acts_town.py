"""A town in both zones, in one process, in which what leaves LGWAN meets its fate."""

import itertools
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from internet_side.zone import SIDE as INTERNET
from lgwan_side.zone import SIDE as LGWAN
from tests.zone.events import TENANT, an_id
from tests.zone.halves import Half, Time
from wire.answers import Vote
from wire.bodies import Body, EventRefuse, ProfileSet, RoomPut, TenantPut
from wire.events import Author, Event
from wire.fields import Refusal
from wire.items import Note, Survey
from wire.lane import Lane
from wire.reasons import Reason
from wire.receipts import LaneStatus, Verdict
from zone.conversation import acts, items, messages, people, recalls, resending, rooms
from zone.conversation.actor import Actor
from zone.conversation.acts import ActView
from zone.conversation.messages import NewMessage
from zone.conversation.resending import Correction
from zone.link.receipts import apply_all

CHIEF, HOME = an_id("us", 1), an_id("us", 2)
OPERATOR = an_id("us", 9)
Fate = Literal["policy", "denied", "expired", "far"]
FATES: tuple[Fate, ...] = ("policy", "denied", "expired", "far")
REASON: dict[Fate, Reason] = {
    "policy": Reason.UNCLEAN_TEXT,
    "denied": Reason.DENIED,
    "expired": Reason.EXPIRED,
    "far": Reason.NO_AUTHORITY,
}
Change = Callable[["Town", Actor], Any]


class Town:
    """LGWAN, where things are done, and the internet, where they arrive or do not."""

    def __init__(self) -> None:
        time = Time()
        self.here, self.there = Half(LGWAN, time), Half(INTERNET, time)
        self.ticks = itertools.count(1)
        self.room = self.said = self.note = self.survey = ""
        both: Any = {"zones": ["lgwan", "internet"], "user_kind": "staff", "tenant": TENANT}
        self.operate(TenantPut(TENANT, "青葉市"))
        for uid, name in ((CHIEF, "課長"), (HOME, "在宅")):
            self.operate(ProfileSet(uid, name=name, **both, duties=["sponsor"]))
        parts: Any = [(HOME, "member", None)]
        self.room = self.do(lambda a: rooms.open_room(a, RoomPut("防災"), parts).id)
        self.said = self.do(lambda a: messages.write_message(a, self.room, new("九時")).id)
        self.note = self.do(
            lambda a: items.make_item(a, self.room, Note(title="連絡先", text="一")).id
        )
        survey = Survey(title="昼食", choices=["和", "洋"])
        self.survey = self.do(lambda a: items.make_item(a, self.room, survey).id)
        self.arrive()
        assert self.differences() == []

    def do(self, work: Callable[[Actor], Any], uid: str = CHIEF) -> Any:
        return self.here.act(uid, work)

    def operate(self, *bodies: Body) -> None:
        for body in bodies:
            self.here.act(
                OPERATOR,
                lambda a, body=body: a.say(body, room=None, crosses=True),  # type: ignore[misc]
                operator=True,
            )

    def arrive(self) -> None:
        """Hand over all that has left, and have the relay say so."""
        for raw in self.here.leaving:
            self.there.take(raw)
        self.settle(Verdict.DELIVERED)

    def settle(self, verdict: Verdict, reason: Reason | None = None) -> None:
        """Have the relay give its verdict on all that waits for one."""
        self.here.leaving.clear()
        rows = self.here.db.execute(
            "SELECT seq FROM delivery WHERE verdict IS NULL OR verdict = 'held'"
        ).fetchall()
        for (seq,) in rows:
            word = LaneStatus(
                Lane.EXPORT,
                1,
                seq,
                "00" * 32,
                next(self.ticks),
                verdict=verdict,
                reason=reason,
                first=seq,
                last=seq,
            )
            self.here.write(lambda w, word=word: apply_all(w, [word]))  # type: ignore[misc]

    def meet(self, fate: Fate) -> None:
        """Have all that has left meet its fate: it does not arrive."""
        if fate == "far":
            names = [msgspec.json.decode(raw, type=Event).id for raw in self.here.leaving]
            self.settle(Verdict.DELIVERED)
            refusal = EventRefuse([Refusal(name, "no-authority") for name in names])
            who = Author(an_id("us", 0), TENANT, an_id("fe", 0), "operator")
            event = Event(self.here.time.mint("ac", 1), 1000, self.here.time(), None, who, refusal)
            self.here.take(msgspec.json.encode(event))
            return
        if fate != "policy":
            self.settle(Verdict.HELD, Reason.HELD_BY_RULE)
        self.settle(Verdict.REFUSED, REASON[fate])

    def act(self, act: str, uid: str = CHIEF) -> ActView:
        return acts.find_act(self.here.db, self.here.side, uid, act)

    def withdraw(self, act: str, uid: str = CHIEF) -> ActView:
        return self.here.act(uid, lambda a: recalls.withdraw_act(a, act, hours=0))

    def resend(self, act: str, uid: str = CHIEF, **better: Any) -> ActView:
        return self.here.act(uid, lambda a: resending.resend_act(a, act, Correction(**better)))

    def differences(self) -> list[tuple[str, str]]:
        """Return the fields of objects on which the two copies say something else."""
        one, other = words(self.here), words(self.there)
        return sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))


def words(half: Half) -> dict[tuple[str, str], tuple[str, str]]:
    rows = half.db.execute("SELECT object, field, value, stamp FROM register")
    return {(name, field): (value, stamp) for name, field, value, stamp in rows}


def new(text: str) -> NewMessage:
    return NewMessage(text=text)


# A change of each kind that only says something better, and of what it is.
CHANGES: dict[str, tuple[Change, Callable[[Town], str]]] = {
    "message.edit": (
        lambda t, a: messages.rewrite_message(a, t.said, "十時"),
        lambda t: t.said,
    ),
    "message.withdraw": (lambda t, a: messages.take_back(a, t.said, ""), lambda t: t.said),
    "reaction.set": (
        lambda t, a: messages.set_reaction(a, t.said, "了解", on=True),
        lambda t: f"{t.said}:reaction:了解:{CHIEF}",
    ),
    "message.pin": (
        lambda t, a: messages.set_pin(a, t.said, on=True),
        lambda t: f"{t.said}:pin",
    ),
    "room.put": (
        lambda t, a: rooms.change_room(a, t.room, RoomPut(topic="秘密")),
        lambda t: t.room,
    ),
    "member.set": (
        lambda t, a: rooms.remove_member(a, t.room, HOME),
        lambda t: f"{t.room}:member:{HOME}",
    ),
    "profile.set": (
        lambda _, a: people.set_status(a, "外出", None, None),
        lambda _: CHIEF,
    ),
    "item.put": (
        lambda t, a: items.change_item(a, t.note, Note(text="二")),
        lambda t: t.note,
    ),
    "item.remove": (lambda t, a: items.withdraw_item(a, t.note, ""), lambda t: t.note),
    "answer.set": (
        lambda t, a: items.answer_item(a, t.survey, Vote([0])),
        lambda t: f"{t.survey}:answer:{CHIEF}",
    ),
}


def changed(town: Town, kind: str) -> str:
    """Make a change and return the act that it was."""
    change, _ = CHANGES[kind]
    town.do(lambda a: change(town, a))
    (act,) = town.here.db.execute("SELECT event FROM delivery ORDER BY seq DESC LIMIT 1").fetchone()
    return str(act)
