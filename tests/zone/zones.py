"""Two zones under Hypothesis: what each has heard, what waits in the lanes, what always holds."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from lgwan_side.zone import SIDE as LGWAN
from tests.zone.reference import Deed, World, world
from tests.zone.shown import expected_room, finds, named, shown_room
from tests.zone.weather import BOTH, INSIDE, OTHER, OUTSIDE, PEOPLE, PICK, ZONES, Weather
from wire.bodies import ItemPut, MessagePost, ProfileSet, RoomPut
from wire.choices import Role, Scope
from wire.events import Event
from wire.lane import Zone
from wire.reasons import Refused
from zone.conversation import read_positions, rooms
from zone.conversation.actor import Actor

T = TypeVar("T")


class TwoZones(Weather):
    """Both zones, the lanes between them, and what everybody did.  What can be done are rules."""

    def __init__(self) -> None:
        super().__init__()
        # What each has heard, what waits to leave it, and what came to it of late.
        self.deeds: dict[Zone, list[Deed]] = {zone: [] for zone in self.halves}
        self.lanes: dict[Zone, list[tuple[Deed | None, list[bytes]]]] = {z: [] for z in self.halves}
        self.held: dict[Zone, list[tuple[Deed, Event]]] = {zone: [] for zone in self.halves}
        self.came: list[tuple[Zone, bytes]] = []
        self.rooms = self.turn = 0

    def found(self) -> None:
        """Admit everybody in LGWAN, and open a room there that all of them are in."""
        for uid in (BOTH, OTHER, INSIDE, OUTSIDE):
            zones = [zone for zone, people in PEOPLE.items() if uid in people]
            body = ProfileSet(uid, name="x", user_kind="staff", zones=[z.value for z in zones])
            self.halves[LGWAN.zone].act(
                BOTH, partial(Actor.say, body=body, room=None, crosses=True), operator=True
            )
        self._send(LGWAN.zone, None)
        self.open(LGWAN.zone, BOTH, "shared", [OTHER, INSIDE, OUTSIDE])
        self.settle()

    # What is known where, and who is asked for.

    def known(self, zone: Zone) -> World:
        return world(self.deeds[zone])

    def one(self, of: Sequence[T], pick: int) -> T:
        return of[pick % len(of)]

    def attempt(
        self,
        zone: Zone,
        who: str,
        allowed: bool,
        work: Callable[[Actor], Any],
        name: str,
        said: Callable[[Any], dict[str, Any]],
        *,
        operator: bool = False,
    ) -> None:
        """Do it, see that it is granted to whom it is for, and write it down if it happened."""
        half = self.halves[zone]
        before = half.clock.hlc
        try:
            result = half.act(who, work, operator=operator)
        except Refused:
            assert not allowed, (zone, who, name)
            return
        assert allowed, (zone, who, name, said(result))
        half.write(read_positions.cross)
        if half.clock.hlc > before:  # else it was so already
            order = (half.clock.hlc, zone)
            deed = Deed(order, half.time.now, zone, who, name, said(result))
            self.deeds[zone].append(deed)
            self._send(zone, deed)

    def _send(self, zone: Zone, deed: Deed | None) -> None:
        half = self.halves[zone]
        if half.leaving:
            self.lanes[zone].append((deed, half.leaving))
            half.leaving = []

    def open(self, zone: Zone, who: str, scope: Scope, users: list[str]) -> None:
        look = RoomPut(name="防災", scope=scope)
        parts: list[tuple[str, Role, int | None]] = [(user, "member", None) for user in users]
        self.attempt(
            zone,
            who,
            True,
            lambda a: rooms.open_room(a, look, parts).id,
            "open",
            lambda room: {"room": room, "scope": scope, "users": users},
        )

    def has_messages(self) -> bool:
        """Return whether there is something to speak of in both zones."""
        return all(self.known(zone).spoken_of().messages for zone in self.halves)

    def has_items(self) -> bool:
        return all(self.known(zone).spoken_of().items for zone in self.halves)

    # The lanes.

    @rule(zone=ZONES, count=st.integers(1, 5), held=st.lists(st.booleans(), max_size=5))
    def deliver(self, zone: Zone, count: int, held: list[bool]) -> None:
        """Bring what was said first in `zone` to the other, but for what the relay holds of it."""
        if not self.is_down(zone):
            self.bring(zone, count, held)

    def bring(self, zone: Zone, count: int, held: list[bool]) -> None:
        far = self.halves[zone].side.far
        for number, (deed, raws) in enumerate(self.lanes[zone][:count]):
            is_held = number < len(held) and held[number]
            for raw in raws:
                event = msgspec.json.decode(raw, type=Event)
                if is_held and deed is not None and is_new(event):
                    self.hold(zone, deed, event)
                else:
                    self.take(far, raw)
            if deed is not None and not (is_held and deed.name in ("post", "make")):
                self.deeds[far].append(deed)
        del self.lanes[zone][:count]

    def take(self, zone: Zone, raw: bytes) -> None:
        self.halves[zone].take(raw)
        self.came.append((zone, raw))

    def hold(self, zone: Zone, deed: Deed, event: Event) -> None:
        far = self.halves[zone].side.far
        self.came.append((far, self.notice(zone, event, "held", 1)))
        self.deeds[far].append(replace(deed, name="hold"))
        self.held[zone].append((deed, event))

    @rule(zone=ZONES, pick=PICK, is_denied=st.sampled_from([False, False, True]))
    def decide(self, zone: Zone, pick: int, is_denied: bool) -> None:
        """An operator of the relay releases what it holds, or denies it."""
        if not self.held[zone]:
            return
        far = self.halves[zone].side.far
        deed, event = self.held[zone].pop(pick % len(self.held[zone]))
        if is_denied:
            self.came.append((far, self.notice(zone, event, "denied", 2)))
        else:
            self.take(far, msgspec.json.encode(event))
            self.deeds[far].append(deed)

    @rule(pick=PICK)
    def deliver_again(self, pick: int) -> None:
        if self.came:
            zone, raw = self.one(self.came[-12:], pick)
            self.halves[zone].take(raw, again=True)

    def bring_what_waits(self, zone: Zone) -> None:
        self.bring(zone, len(self.lanes[zone]), [])

    def settle(self) -> None:
        """Have nothing be under way: all was brought, and all that was held is released."""
        for zone in self.halves:
            self.bring_what_waits(zone)
            while self.held[zone]:
                self.decide(zone, 0, False)

    # What always holds.

    @invariant()
    def each_zone_shows_what_it_has_heard(self) -> None:
        for zone, half in self.halves.items():
            now = self.known(zone)
            for room in now.rooms:
                assert shown_room(half, room) == expected_room(now, room)

    @invariant()
    def what_is_said_in_a_room_of_one_zone_stays_there(self) -> None:
        for zone, half in self.halves.items():
            for name, room in self.known(zone).rooms.items():
                if room["scope"] != "shared":
                    far = self.halves[half.side.far].db
                    assert name not in named(far)

    @invariant()
    def who_is_not_in_a_room_finds_nothing_of_it(self) -> None:
        self.turn += 1  # one of them after each step, in turn: to ask for all takes long
        for zone, half in self.halves.items():
            now, uid = self.known(zone), self.one(PEOPLE[zone], self.turn)
            for name, message in now.messages.items():
                assert finds(half, uid, name) == now.sees(message["room"], uid)

    def teardown(self) -> None:
        self.settle()
        self.each_zone_shows_what_it_has_heard()
        for half in self.halves.values():
            half.db.close()


def is_new(event: Event) -> bool:
    """Return whether an event makes a message or an item, which the relay can hold."""
    match event.body:
        case MessagePost() | ItemPut(item=None):
            return True
        case _:
            return False
