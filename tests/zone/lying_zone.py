"""LGWAN goes on while the other zone lies: what its people made is as they left it.

    python -m tests.zone.lying_zone --events 100000 [--seed N]

The oracle is dictionaries of what honest people did, and asks nothing of `zone.rights`.
"""

import time
from collections import Counter
from random import Random
from typing import Any

import msgspec

from tests.zone.events import TENANT
from tests.zone.liar import Liar, as_sent
from tests.zone.rights.city import (
    CHIEF,
    CLERK,
    CLINICS,
    DESK,
    DOCTOR,
    ENDED,
    GUEST,
    HOME,
    NURSE,
    ORG,
    READER,
    THERE,
    City,
)
from wire.events import Event
from wire.items import Approval, ApprovalStep
from zone.conversation import items, rooms
from zone.conversation import messages as speaking
from zone.conversation.timeline import first_reads
from zone.copy import messages
from zone.link.inbox import take_in
from zone.rights.rooms import direct_id

ENVELOPE = 25
LOOK_EVERY = 8  # envelopes, after which the liar looks at what there is by now
CHECK_EVERY = 40  # envelopes, in the long form: a check looks at all that was ever said
# What somebody may say of themselves from either zone.
TODAY = {"status", "status_emoji", "status_until"}
PEOPLE = (CHIEF, CLERK, HOME, DESK, GUEST, READER, ENDED)
OWN = (CHIEF, CLERK)  # who use LGWAN alone: nobody else speaks for them


class LyingZone:
    """LGWAN, a liar, and what the people of LGWAN know that they did."""

    def __init__(self, random: Random) -> None:
        """Found the city and write down what is LGWAN's."""
        self.city = City()
        self.random = random
        self.liar = Liar(self.city, random)
        self.refused = self.applied = self.envelopes = 0
        self.rooms = [self.city.room, self.city.other, self.city.inside]
        self.said = {
            name: (room, CHIEF, text)
            for name, room, text in (
                (self.city.said, self.city.room, "避難指示を出します"),
                (self.city.elsewhere, self.city.other, "予算の件"),
                (self.city.secret, self.city.inside, "異動の件"),
            )
        }
        self.withdrawn: set[str] = set()
        here = {CHIEF, CLERK}
        self.speakers = {
            self.city.room: {CHIEF, HOME, DESK, GUEST},
            self.city.other: here,
            self.city.inside: here,
        }
        # Whoever has the seat gives it away to whom they like, in the room.
        self.deciders = {HOME, DESK, GUEST, READER, ENDED}
        self.items = {
            self.city.approval: self._words(self.city.approval),
            self.city.survey: self._words(self.city.survey),
            self.city.hidden: self._words(self.city.hidden),
            self.city.car: self._words(self.city.car),
        }
        self.looks = {room: self._words(room) for room in self.rooms}
        self.births = self._births()
        people = (CHIEF, CLERK, HOME, DESK, TENANT, ORG, CLINICS, NURSE, DOCTOR)
        self.people = {name: self._profile(name) for name in people}
        self.pair = False

    # What the internet says.

    def lie(self, count: int, random: Random | None = None) -> None:
        """Have the internet send an envelope of lies, and LGWAN take it in."""
        if self.envelopes % LOOK_EVERY == 0:
            self.liar.look()
        self.envelopes += 1
        events = [as_sent(self.liar.lie(random)) for _ in range(count)]
        before = self._quarantined()
        self.city.half.write(lambda writing: take_in(writing, events))
        self.refused += self._quarantined() - before
        self.applied += count

    # What people of LGWAN do meanwhile.

    def post(self, pick: int, text: str) -> None:
        who, room = OWN[pick % 2], (self.rooms[1:] if pick % 2 else self.rooms)[pick % 2]
        posted = self._do(
            who, lambda a: speaking.write_message(a, room, speaking.NewMessage(text=text))
        )
        self.said[posted.id] = (room, who, text)
        # Nobody has read what was said just now, wherever somebody claims to be.
        half = self.city.half
        place = messages.message_place(half.db, posted.id)
        assert place is not None
        assert first_reads(half.db, half.side, posted.id, place, PEOPLE) == {}

    def edit(self, pick: int, text: str) -> None:
        name = self._status(pick)
        room, who, _ = self.said[name]
        self._do(who, lambda a: speaking.rewrite_message(a, name, text))
        self.said[name] = (room, who, text)

    def withdraw(self, pick: int) -> None:
        name = self._status(pick)
        self._do(self.said[name][1], lambda a: speaking.take_back(a, name, "誤送信"))
        self.withdrawn.add(name)

    def ask(self) -> None:
        wanted = Approval(title="購入", steps=[ApprovalStep([CLERK])])
        made = self._do(CHIEF, lambda a: items.make_item(a, self.city.other, wanted))
        self.items[made.id] = self._words(made.id)

    def open_direct(self) -> None:
        room = self._do(CHIEF, lambda a: rooms.open_direct(a, CLERK)).id
        assert room == direct_id(CHIEF, CLERK)
        if not self.pair:
            self.pair = True
            self.births |= {room: self._births()[room]}
            assert self.births[room][1] == "lgwan"
        posted = self._do(
            CHIEF, lambda a: speaking.write_message(a, room, speaking.NewMessage(text="内々に"))
        )
        self.said[posted.id] = (room, CHIEF, "内々に")

    def act(self) -> None:
        """Do one of these things by chance."""
        pick = self.random.randrange(1000)
        work = (
            lambda: self.post(pick, f"言葉 {pick}"),
            lambda: self.edit(pick, f"訂正 {pick}"),
            lambda: self.withdraw(pick),
            self.ask,
            self.open_direct,
        )
        self.random.choices(work, weights=(10, 4, 1, 2, 1))[0]()

    def _do(self, uid: str, work: Any) -> Any:
        """Have somebody do something: it is granted, and what crosses is as the wire wants it."""
        done = self.city.half.act(uid, work)
        for raw in self.city.half.leaving:
            msgspec.json.decode(raw, type=Event)
        self.city._send()
        return done

    def _status(self, pick: int) -> str:
        names = [name for name in self.said if name not in self.withdrawn]
        return names[pick % len(names)]

    # What always holds.

    def check(self) -> None:
        """See that all that is LGWAN's is as it was left."""
        half = self.city.half
        for name, (room, who, text) in self.said.items():
            found = messages.find_message(half.db, half.side, name)
            assert found is not None, name
            assert (found.room, found.author, found.zone) == (room, who, "lgwan")
            assert found.text == (None if name in self.withdrawn else text)
        for name, words in self.items.items():
            assert self._words(name) == words, name
        for room, look in self.looks.items():
            assert self._words(room) == look, room
            assert self._owners(room) == {CHIEF}
            assert half.directory.room(room) is not None
        births = self._births()
        assert self.births.items() <= births.items()
        for name, profile in self.people.items():
            assert self._profile(name) == profile, name
        self._check_rooms()
        self._check_marks()
        self._check_people()

    def _check_rooms(self) -> None:
        db = self.city.half.db
        strangers = db.execute(
            "SELECT count(*) FROM message WHERE room = ? AND zone <> 'lgwan'", (self.city.inside,)
        ).fetchone()
        assert strangers == (0,)
        if self.pair:
            room = direct_id(CHIEF, CLERK)
            members = {m.user for m in self.city.half.directory.members(room)}
            assert members == {CHIEF, CLERK}

    def _check_marks(self) -> None:
        """See that only who speaks in a room of LGWAN has said and marked anything in it."""
        db = self.city.half.db
        for room, speakers in self.speakers.items():
            authors = {
                a for (a,) in db.execute("SELECT author FROM message WHERE room = ?", (room,))
            }
            assert authors <= speakers, room
            there = {m for (m,) in db.execute("SELECT id FROM message WHERE room = ?", (room,))}
            pins = db.execute(
                "SELECT substr(field, 5), value FROM register WHERE object = ?"
                " AND field BETWEEN 'pin:' AND 'pin;'",
                (room,),
            ).fetchall()
            assert {message for message, _ in pins} <= there
            assert {msgspec.json.decode(value)[1] for _, value in pins} <= speakers
            marks = db.execute(
                "SELECT register.field FROM register JOIN message ON message.id = object"
                " WHERE room = ? AND field BETWEEN 'reaction:' AND 'reaction;'",
                (room,),
            )
            assert {field.rpartition(":")[2] for (field,) in marks} <= speakers
        for item in self.items:
            given = db.execute(
                "SELECT field FROM register WHERE object = ? AND field BETWEEN 'step' AND 'steq'"
                " AND instr(field, ':') > 0",
                (item,),
            )
            may = self.deciders if item == self.city.approval else set()
            assert {field.rpartition(":")[2] for (field,) in given} <= may

    def _check_people(self) -> None:
        """See that nobody from the internet has become more than a guest or a bot."""
        directory = self.city.half.directory
        for user in directory.users():
            if user.id not in self.people:
                assert user.user_kind in ("guest", "bot"), user
                assert not user.duties, user
                assert "lgwan" not in user.zones, user

    def _words(self, name: str) -> dict[str, str]:
        """Return what is said of an item or a room, without what anybody adds to it."""
        rows = self.city.half.db.execute(
            "SELECT field, value FROM register WHERE object = ? AND instr(field, ':') = 0", (name,)
        )
        return dict(rows.fetchall())

    def _profile(self, name: str) -> dict[str, str]:
        return {k: v for k, v in self._words(name).items() if k not in TODAY}

    def _owners(self, room: str) -> set[str]:
        return {m.user for m in self.city.half.directory.members(room) if m.role == "owner"}

    def _births(self) -> dict[str, Any]:
        rows = self.city.half.db.execute("SELECT * FROM birth WHERE zone = 'lgwan'")
        found = {row[0]: row for row in rows}
        there = self.city.half.db.execute("SELECT * FROM birth WHERE id = ?", (THERE,)).fetchone()
        return found | {THERE: there}

    def _quarantined(self) -> int:
        return int(self.city.half.db.execute("SELECT count(*) FROM quarantine").fetchone()[0])


def lie_at_length(events: int, seed: int) -> None:
    """Say so many lies, see that all is well, and print what became of them."""
    zone, began = LyingZone(Random(seed)), time.monotonic()
    while zone.applied < events:
        zone.lie(ENVELOPE)
        zone.act()
        if zone.envelopes % CHECK_EVERY == 0:
            zone.check()
    zone.check()
    db = zone.city.half.db
    kinds = Counter(dict(db.execute("SELECT kind, count(*) FROM quarantine GROUP BY kind")))
    believed = zone.applied - zone.refused
    print(f"{zone.applied} events, {zone.refused} refused, {believed} believed or repeated")
    print(f"{len(zone.said)} messages and {len(zone.items)} items of LGWAN as they were left")
    print(f"refused by kind: {dict(kinds.most_common())}")
    print(f"{time.monotonic() - began:.0f} s")
