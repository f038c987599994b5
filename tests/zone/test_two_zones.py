"""Whatever people do in both zones, each zone shows what it has heard, and in the end the same.

Hypothesis does things in either zone in any order, lets the lanes bring some of it some of the
time, some of it twice and some after the relay has held it.  After each step both zones are
compared with tests/zone/reference.py.
"""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from lgwan_side.zone import SIDE as LGWAN
from tests.zone.item_contents import content_of, said_in
from tests.zone.shown import KINDS, plain
from tests.zone.weather import BOTH, PEOPLE, PICK, ZONES, story_settings
from tests.zone.zones import TwoZones
from wire.answers import Answer, Decision, Done, Vote, part_of
from wire.choices import Role, Scope
from wire.items import Booking, Note, Survey, Task
from wire.lane import Zone
from zone.conversation import items as itemising
from zone.conversation import messages, read_positions, retention, rooms
from zone.conversation.actor import Actor
from zone.conversation.forwarding import forward_to_room

TEXTS = st.sampled_from(["はい", "避難所", "訂正します"])


class People(TwoZones):
    """What people do: whether it is granted is what the reference says of their zone."""

    @initialize()
    def start(self) -> None:
        """Have something in both zones to speak of, to book and to decide."""
        self.found()
        for kind in ("resource", "approval"):
            self.make_an_item(LGWAN.zone, 0, 0, kind, 0, 2)
        for zone in self.halves:
            self.post(zone, 0, 0, "はい")
        self.settle()

    # Rooms and people.

    @precondition(lambda self: self.rooms < 3)
    @rule(zone=ZONES, who=PICK, is_shared=st.booleans(), others=st.integers(0, 7))
    def open_a_room(self, zone: Zone, who: int, is_shared: bool, others: int) -> None:
        uid = self.one(PEOPLE[zone], who)
        users = [u for n, u in enumerate(PEOPLE[zone]) if others >> n & 1 and u != uid]
        scope: Scope = "shared" if is_shared else self.halves[zone].side.own_scope
        self.open(zone, uid, scope, users)
        self.rooms += 1

    @rule(
        zone=ZONES,
        room=PICK,
        user=PICK,
        role=st.sampled_from(["moderator", "member", "reader", "none"]),
    )
    def change_a_member(self, zone: Zone, room: int, user: int, role: Role) -> None:
        # Before and behind it all is delivered: what somebody does in one zone while the other lets
        # them go, that one does not believe (zone/rights).
        self.settle()
        now = self.known(zone)
        place = self.one(list(now.rooms), room)
        (owner,) = (u for u, r in now.members[place].items() if r == "owner")
        if owner not in PEOPLE[zone]:
            return
        uid = self.one([u for u in PEOPLE[zone] if u != owner], user)

        def work(actor: Actor) -> None:
            if role == "none":
                rooms.remove_member(actor, place, uid)
            else:
                rooms.set_member(actor, place, uid, role, None)

        allowed = role != "none" or now.sees(place, uid)
        said = {"room": place, "user": uid, "role": role}
        self.attempt(zone, owner, allowed, work, "member", lambda _: said)
        self.settle()

    @precondition(lambda self: len(self.known(LGWAN.zone).messages) > 4)
    @rule(zone=ZONES, room=PICK)
    def purge(self, zone: Zone, room: int) -> None:
        # What somebody says again there while its room is deleted here is not believed here:
        # the words are gone, and nobody can tell whether they are the same.
        self.settle()
        now = self.known(zone)
        place = self.one(list(now.rooms), room)
        before = self.halves[zone].time()
        self.attempt(
            zone,
            BOTH,
            now.rooms[place]["zone"] == zone,
            lambda a: retention.purge(a, place, before, "満了"),
            "purge",
            lambda _: {"room": place, "before": before},
            operator=True,
        )
        self.settle()

    # Messages.

    @rule(zone=ZONES, who=PICK, room=PICK, text=TEXTS)
    def post(self, zone: Zone, who: int, room: int, text: str) -> None:
        now = self.known(zone)
        uid, place = self.one(PEOPLE[zone], who), self.one(list(now.rooms), room)
        self.attempt(
            zone,
            uid,
            now.speaks(place, uid),
            lambda a: messages.write_message(a, place, messages.NewMessage(text=text)),
            "post",
            lambda posted: {"message": posted.id, "room": place, "text": text},
        )

    @precondition(TwoZones.has_messages)
    @rule(zone=ZONES, who=PICK, message=PICK, room=PICK)
    def say_again(self, zone: Zone, who: int, message: int, room: int) -> None:
        now = self.known(zone).spoken_of()
        uid, place = self.one(PEOPLE[zone], who), self.one(list(now.rooms), room)
        name = self.one(list(now.messages), message)
        found = now.messages[name]
        # Of what was forwarded already it is the words of whoever said them first.
        words = found["text"] if found["words"] is None else found["words"]
        allowed = now.sees(found["room"], uid) and now.speaks(place, uid)
        self.attempt(
            zone,
            uid,
            allowed and not found["withdrawn"],
            lambda a: forward_to_room(a, name, place, "", confirm=True),
            "post",
            lambda posted: {"message": posted.id, "room": place, "text": "", "words": words},
        )

    @precondition(TwoZones.has_messages)
    @rule(
        zone=ZONES,
        who=PICK,
        message=PICK,
        text=TEXTS,
        on=st.booleans(),
        what=st.sampled_from(["edit", "withdraw", "react", "pin", "read"]),
    )
    def speak_of_a_message(
        self, zone: Zone, who: int, message: int, text: str, on: bool, what: str
    ) -> None:
        now = self.known(zone).spoken_of()
        uid, name = self.one(PEOPLE[zone], who), self.one(list(now.messages), message)
        found = now.messages[name]
        room, is_own = found["room"], found["author"] == uid
        match what:
            case "edit":
                allowed = now.speaks(room, uid) and is_own and found["zone"] == zone
                allowed = allowed and not found["withdrawn"]
            case "withdraw":
                allowed = now.sees(room, uid) and (is_own or now.moderates(room, uid))
            case "read":
                allowed = now.sees(room, uid)
            case _:
                allowed = now.speaks(room, uid)
        works: dict[str, Callable[[Actor], Any]] = {
            "edit": lambda a: messages.rewrite_message(a, name, text),
            "withdraw": lambda a: messages.take_back(a, name, "誤送信"),
            "react": lambda a: messages.set_reaction(a, name, "ok", on=on),
            "pin": lambda a: messages.set_pin(a, name, on=on),
            "read": lambda a: read_positions.advance_position(a, room, name),
        }
        said = {"message": name, "text": text, "mark": "ok", "on": on}
        self.attempt(zone, uid, allowed, works[what], what, lambda _: said)

    # Items.

    @rule(
        zone=ZONES,
        who=PICK,
        room=PICK,
        kind=st.sampled_from([*KINDS, "booking", "approval"]),
        hour=st.integers(0, 3),
        quorum=st.integers(1, 2),
    )
    def make_an_item(
        self, zone: Zone, who: int, room: int, kind: str, hour: int, quorum: int
    ) -> None:
        now = self.known(zone).spoken_of()
        uid, place = self.one(PEOPLE[zone], who), self.one(list(now.rooms), room)
        content = content_of(now, place, uid, kind, hour, quorum)
        if content is None:
            return
        allowed = now.speaks(place, uid)
        if isinstance(content, Booking):
            allowed = allowed and now.is_free(content.resource or "", hour, hour + 2)
        fields = said_in(content)
        self.attempt(
            zone,
            uid,
            allowed,
            lambda a: itemising.make_item(a, place, content),
            "make",
            lambda made: {"item": made.id, "room": place, "kind": kind, "fields": fields},
        )

    @precondition(TwoZones.has_items)
    @rule(
        zone=ZONES,
        who=PICK,
        item=PICK,
        title=TEXTS,
        what=st.sampled_from(["change", "remove"]),
    )
    def change_an_item(self, zone: Zone, who: int, item: int, title: str, what: str) -> None:
        now = self.known(zone).spoken_of()
        found = [
            i for i in now.items.values() if i["kind"] in ("note", "task", "survey", "booking")
        ]
        if not found:
            return
        uid, one = self.one(PEOPLE[zone], who), self.one(found, item)
        room, is_own = one["room"], one["author"] == uid
        is_his = is_own or now.moderates(room, uid)
        content = {"note": Note, "task": Task, "survey": Survey, "booking": Booking}[one["kind"]]
        is_open = one["kind"] in ("note", "task") and now.speaks(room, uid)
        if what == "change":
            is_his = (is_his or is_open) and not one["removed"]

        def work(actor: Actor) -> object:
            if what == "remove":
                return itemising.withdraw_item(actor, one["id"], "済")
            return itemising.change_item(actor, one["id"], content(title=title))

        said = {"item": one["id"], "fields": {"title": title}}
        self.attempt(zone, uid, now.sees(room, uid) and is_his, work, what, lambda _: said)

    @precondition(TwoZones.has_items)
    @rule(zone=ZONES, who=PICK, item=PICK, choice=st.integers(0, 2), yes=st.booleans())
    def answer_an_item(self, zone: Zone, who: int, item: int, choice: int, yes: bool) -> None:
        now = self.known(zone).spoken_of()
        found = [i for i in now.items.values() if i["kind"] in ("task", "survey", "approval")]
        if not found:
            return
        uid, one = self.one(PEOPLE[zone], who), self.one(found, item)
        allowed = now.sees(one["room"], uid) and not one["removed"]
        answer: Answer = Done(yes) if one["kind"] == "task" else Vote([choice])
        if one["kind"] == "approval":
            _, step = now.status(one["id"])
            answer = Decision(step or 0, "approve" if choice else "deny")
            steps = one["fields"]["steps"]
            allowed = allowed and step is not None and uid in steps[step]["approvers"]
        self.attempt(
            zone,
            uid,
            allowed,
            lambda a: itemising.answer_item(a, one["id"], answer),
            "answer",
            lambda _: {"item": one["id"], "part": part_of(answer), "answer": plain(answer)},
        )


def test_both_zones_are_what_the_reference_says() -> None:
    run_state_machine_as_test(People, settings=story_settings(50, 50, is_same=True))
