"""Two zones under Hypothesis: what each has heard, what waits in the lanes, what always holds."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from internet_side.zone import SIDE as INTERNET
from lgwan_side.zone import SIDE as LGWAN
from tests.zone.events import an_id
from tests.zone.halves import Half, Time
from tests.zone.reference import Deed, World, world
from tests.zone.shown import expected_room, finds, named, shown_room
from wire.bodies import ProfileSet, Role, RoomPut, Scope
from wire.lane import Zone
from wire.reasons import Refused
from zone.conversation import read_positions, rooms
from zone.conversation.actor import Actor

T = TypeVar("T")

BOTH, OTHER, INSIDE, OUTSIDE = (an_id("us", n) for n in range(4))
PEOPLE = {LGWAN.zone: [BOTH, OTHER, INSIDE], INTERNET.zone: [BOTH, OTHER, OUTSIDE]}
ZONES = st.sampled_from([LGWAN.zone, INTERNET.zone])
PICK = st.integers(0, 11)


class TwoZones(RuleBasedStateMachine):
    """Both zones, the lanes between them, and what everybody did.  What can be done are rules."""

    def __init__(self) -> None:
        super().__init__()
        self.time = Time()
        self.halves = {side.zone: Half(side, self.time) for side in (LGWAN, INTERNET)}
        # What each has heard, what waits to leave it, and what came to it of late.
        self.deeds: dict[Zone, list[Deed]] = {zone: [] for zone in self.halves}
        self.lanes: dict[Zone, list[tuple[Deed | None, list[bytes]]]] = {z: [] for z in self.halves}
        self.came: list[tuple[Zone, bytes]] = []
        self.rooms = 0

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
        return all(self.known(zone).messages for zone in self.halves)

    def has_items(self) -> bool:
        return all(self.known(zone).items for zone in self.halves)

    # The lanes.

    @rule(zone=ZONES, count=st.integers(1, 5))
    def deliver(self, zone: Zone, count: int) -> None:
        """Bring what was said first in `zone` to the other."""
        far = self.halves[zone].side.far
        for deed, raws in self.lanes[zone][:count]:
            for raw in raws:
                self.halves[far].take(raw)
                self.came.append((far, raw))
            if deed is not None:
                self.deeds[far].append(deed)
        del self.lanes[zone][:count]

    @rule(pick=PICK)
    def deliver_again(self, pick: int) -> None:
        if self.came:
            zone, raw = self.one(self.came[-12:], pick)
            self.halves[zone].take(raw, again=True)

    def settle(self) -> None:
        for zone in self.halves:
            self.deliver(zone, len(self.lanes[zone]))

    # The clocks: up to nearly five minutes apart, which is what is tolerated, and they drift.

    @rule(zone=ZONES, ahead=st.integers(-149_000, 149_000))
    def drift(self, zone: Zone, ahead: int) -> None:
        self.halves[zone].time.ahead = ahead

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
        for zone, half in self.halves.items():
            now = self.known(zone)
            for uid in PEOPLE[zone]:
                for name, message in now.messages.items():
                    assert finds(half, uid, name) == now.sees(message["room"], uid)

    def teardown(self) -> None:
        self.settle()
        self.each_zone_shows_what_it_has_heard()
        for half in self.halves.values():
            half.db.close()
