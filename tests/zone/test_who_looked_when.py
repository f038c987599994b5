"""Nobody is said to have read what was not there when they looked, whatever the lanes do.

Hypothesis has people talk, look and take back in two zones, while lanes bring what was said late or
not at all, the relay holds messages and releases or denies them, and verdicts come when they like.
The reference knows of each look what was there: a list for each zone, in the order in which things
could be read.  It knows nothing of counts or pairs.
"""

from functools import partial

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from lgwan_side.zone import SIDE as LGWAN
from tests.zone.looks import Look, Seen
from tests.zone.weather import (
    BOTH,
    INSIDE,
    OTHER,
    OUTSIDE,
    PEOPLE,
    PICK,
    ZONES,
    Weather,
    story_settings,
)
from wire.bodies import (
    MessagePost,
    MessageWithdraw,
    ProfileSet,
    ReadSet,
    RoomPut,
)
from wire.events import Event
from wire.fields import OtherReader
from wire.lane import Zone
from wire.receipts import LaneStatus, Verdict
from zone.conversation import messages, read_positions, rooms, timeline
from zone.conversation.actor import Actor
from zone.copy.messages import MessagePlace, message_place
from zone.copy.unread import unread_in
from zone.link import receipts

EVERYBODY = [BOTH, OTHER, INSIDE, OUTSIDE]


class Lookers(Weather):
    """Two zones, the lanes between them with a relay that holds, and who looked when."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = {zone: Seen() for zone in self.halves}
        self.lanes: dict[Zone, list[bytes]] = {zone: [] for zone in self.halves}
        self.held: dict[Zone, list[Event]] = {zone: [] for zone in self.halves}
        self.verdicts: dict[Zone, list[tuple[str, Verdict]]] = {z: [] for z in self.halves}
        self.made: dict[tuple[Zone, str, str, int], Look] = {}
        self.ticks = 0
        self.room = ""

    @initialize()
    def found(self) -> None:
        half = self.halves[LGWAN.zone]
        for uid in EVERYBODY:
            zones = [zone for zone, people in PEOPLE.items() if uid in people]
            body = ProfileSet(uid, name="x", user_kind="staff", zones=[z.value for z in zones])
            work = partial(Actor.say, body=body, room=None, crosses=True)
            half.act(BOTH, work, operator=True)
        look = RoomPut(name="防災", scope="shared")
        others = [(user, "member", None) for user in (OTHER, INSIDE, OUTSIDE)]
        self.room = half.act(BOTH, lambda a: rooms.open_room(a, look, others)).id  # type: ignore[arg-type] # literals
        self.send(LGWAN.zone)
        self.bring_first(LGWAN.zone, 100, [])

    def send(self, zone: Zone) -> None:
        """Have what was said leave."""
        half = self.halves[zone]
        self.lanes[zone] += half.leaving
        half.leaving = []

    # What people do.

    @rule(zone=ZONES, who=PICK)
    def post(self, zone: Zone, who: int) -> None:
        uid = PEOPLE[zone][who % 3]
        said = messages.NewMessage(text="はい")
        work = partial(messages.write_message, room=self.room, said=said)
        posted = self.halves[zone].act(uid, work)
        self.seen[zone].came.append((posted.id, True))
        self.send(zone)

    @rule(zone=ZONES, who=PICK, back=st.integers(0, 5))
    def look(self, zone: Zone, who: int, back: int) -> None:
        seen, half, uid = self.seen[zone], self.halves[zone], PEOPLE[zone][who % 3]
        if not seen.came:
            return
        name, _ = seen.came[max(len(seen.came) - 1 - back, 0)]
        last = max(n for n, (each, _) in enumerate(seen.came) if each == name)
        saw = frozenset(each for each, is_readable in seen.came[: last + 1] if is_readable)
        half.act(uid, lambda a: read_positions.advance_position(a, self.room, name))
        look = Look(zone, uid, half.time.now, saw, frozenset(seen.denied), len(self.made))
        seen.looks.append(look)
        self.made[zone, uid, name, look.at] = look

    @rule(zone=ZONES)
    def gather(self, zone: Zone) -> None:
        self.halves[zone].write(read_positions.cross)
        self.send(zone)

    @rule(zone=ZONES, message=PICK)
    def withdraw(self, zone: Zone, message: int) -> None:
        seen = self.seen[zone]
        names = sorted(seen.readable() - seen.withdrawn)
        if names:
            name = names[message % len(names)]
            self.halves[zone].act(BOTH, lambda a: messages.take_back(a, name, "誤送信"))
            seen.withdrawn.add(name)
            self.send(zone)

    # What the relay does.

    @rule(zone=ZONES, count=st.integers(1, 6), held=st.lists(st.booleans(), max_size=6))
    def deliver(self, zone: Zone, count: int, held: list[bool]) -> None:
        """Bring on so much of what has left `zone`; of its messages some are held."""
        if not self.is_down(zone):
            self.bring_first(zone, count, held)

    def bring_what_waits(self, zone: Zone) -> None:
        self.bring_first(zone, len(self.lanes[zone]), [])

    def bring_first(self, zone: Zone, count: int, held: list[bool]) -> None:
        lane = self.lanes[zone]
        for number, raw in enumerate(lane[:count]):
            event = msgspec.json.decode(raw, type=Event)
            is_held = held[number] if number < len(held) else False
            if is_held and isinstance(event.body, MessagePost):
                self.held[zone].append(event)
                self.notice(zone, event, "held", 1)
                self.seen[LGWAN.far if zone is LGWAN.zone else LGWAN.zone].came.append(
                    (event.id, False)
                )
                self.verdicts[zone].append((event.id, Verdict.HELD))
            else:
                self.bring(zone, event)
        del lane[:count]

    def bring(self, zone: Zone, event: Event) -> None:
        far = self.halves[zone].side.far
        self.halves[far].take(msgspec.json.encode(event))
        self.verdicts[zone].append((event.id, Verdict.DELIVERED))
        match event.body:
            case MessagePost():
                self.seen[far].came.append((event.id, True))
            case MessageWithdraw(message):
                self.seen[far].withdrawn.add(message)
            case ReadSet() as read:
                for one in (OtherReader(event.author.uid, read.at), *read.users):
                    self.seen[far].looks.append(self.made[zone, one.user, read.message, one.at])

    @rule(zone=ZONES, pick=PICK, is_denied=st.sampled_from([False, False, True]))
    def decide(self, zone: Zone, pick: int, is_denied: bool) -> None:
        """An operator of the relay releases what it holds, or denies it."""
        if not self.held[zone]:
            return
        event = self.held[zone].pop(pick % len(self.held[zone]))
        if is_denied:
            self.notice(zone, event, "denied", 2)
            self.seen[self.halves[zone].side.far].denied.add(event.id)
            self.verdicts[zone].append((event.id, Verdict.REFUSED))
        else:
            self.bring(zone, event)

    @rule(zone=ZONES, count=st.integers(1, 9))
    def learn(self, zone: Zone, count: int) -> None:
        """Receipts come to the zone that sent, some time."""
        for event, verdict in self.verdicts[zone][:count]:
            self.ticks += 1
            query = "SELECT seq FROM delivery WHERE event = ?"
            (n,) = self.halves[zone].db.execute(query, (event,)).fetchone()
            lane = self.halves[zone].side.leaving
            status = LaneStatus(lane, 1, n, "", self.ticks, verdict=verdict, first=n, last=n)
            self.halves[zone].write(partial(receipts.apply_all, statuses=[status]))
            self.seen[zone].verdicts[event] = verdict.name.lower()
        del self.verdicts[zone][:count]

    # What always holds.

    @invariant()
    def each_zone_says_who_has_read_what_and_when(self) -> None:
        for zone, seen in self.seen.items():
            db, side = self.halves[zone].db, self.halves[zone].side
            for name in seen.readable():
                place = message_place(db, name)
                assert place is not None
                found = timeline.first_reads(db, side, name, place, EVERYBODY)
                assert found == self.readers(zone, name, place)

    def readers(self, zone: Zone, name: str, place: MessagePlace) -> dict[str, int]:
        seen, first = self.seen[zone], dict[tuple[str, Zone], int]()
        has_arrived = place.zone != zone or seen.verdicts.get(name) == "delivered"
        for look in sorted(seen.looks, key=lambda each: each.number):
            if name in look.saw and (look.zone is zone or has_arrived):
                first.setdefault((look.user, look.zone), max(look.at, place.at))
        users = {user for user, _ in first}
        return {user: min(at for (who, _), at in first.items() if who == user) for user in users}

    @invariant()
    def what_is_unread_is_what_was_not_there(self) -> None:
        for zone, seen in self.seen.items():
            half = self.halves[zone]
            for uid in PEOPLE[zone]:
                found = unread_in(half.db, half.side, self.room, uid, 0)
                expected = {
                    name
                    for name in seen.readable() - seen.withdrawn
                    if not self.is_read(zone, uid, name)
                }
                assert found.count == len(expected)
                assert set(found.late) <= expected
                assert (found.first is None) is (not expected)

    def is_read(self, zone: Zone, uid: str, name: str) -> bool:
        seen, place = self.seen[zone], message_place(self.halves[zone].db, name)
        assert place is not None
        if place.author == uid:
            return True
        verdict = seen.verdicts.get(name)
        is_kept_back = place.zone == zone and verdict in ("held", "refused")
        for look in seen.looks:
            if look.user != uid or (is_kept_back and look.zone is not zone):
                continue
            # Until its zone has heard that a message was denied, who uses both has read it.
            if name in look.saw or (name in look.denied and look.zone is not place.zone):
                return True
        return False

    def teardown(self) -> None:
        for zone in self.halves:
            self.gather(zone)
        for zone in self.halves:
            self.bring_what_waits(zone)
        for zone in self.halves:
            self.learn(zone, 10_000)
        self.each_zone_says_who_has_read_what_and_when()
        self.what_is_unread_is_what_was_not_there()
        self.both_zones_say_the_same()
        for half in self.halves.values():
            half.db.close()

    def both_zones_say_the_same(self) -> None:
        one, other = (half for half in self.halves.values())
        for name in self.seen[LGWAN.zone].readable() & self.seen[LGWAN.far].readable():
            said = []
            for half in (one, other):
                place = message_place(half.db, name)
                assert place is not None
                said.append(timeline.first_reads(half.db, half.side, name, place, EVERYBODY))
            assert said[0] == said[1]


def test_both_zones_know_who_looked_when() -> None:
    run_state_machine_as_test(Lookers, settings=story_settings(120, 40, is_same=True))
