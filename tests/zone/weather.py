"""What two zones cannot choose: time, clocks that differ and drift, cuts, and a relay that holds.

The state machines of two zones (`tests.zone.zones`, `tests.zone.test_who_looked_when`) are of this
class, so that both are under the same weather.
"""

from abc import abstractmethod

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from internet_side.zone import SIDE as INTERNET
from lgwan_side.zone import SIDE as LGWAN
from tests.zone.events import an_id
from tests.zone.halves import Half, Time
from wire.bodies import RelayNotice
from wire.events import Event
from wire.lane import Zone

BOTH, OTHER, INSIDE, OUTSIDE = (an_id("us", n) for n in range(4))
PEOPLE = {LGWAN.zone: [BOTH, OTHER, INSIDE], INTERNET.zone: [BOTH, OTHER, OUTSIDE]}
ZONES = st.sampled_from([LGWAN.zone, INTERNET.zone])
PICK = st.integers(0, 11)

# Three minutes of one zone against the other, and what they drift comes on top.
OFFSET_MS = 90_000
# Milliseconds a second: in an hour such a clock is off by 72 s.
DRIFT = 20
HOUR_S = 3600


class Weather(RuleBasedStateMachine):
    """Two zones under one sky.  Of `lanes` each is down until a time of the world."""

    def __init__(self) -> None:
        super().__init__()
        self.time = Time()
        self.halves = {side.zone: Half(side, self.time) for side in (LGWAN, INTERNET)}
        self.down_until = dict.fromkeys(self.halves, 0)

    @rule(zone=ZONES, ahead=st.integers(-OFFSET_MS, OFFSET_MS), drift=st.integers(-DRIFT, DRIFT))
    def set_a_clock(self, zone: Zone, ahead: int, drift: int) -> None:
        self.halves[zone].time.ahead = ahead
        self.halves[zone].time.drift(drift)

    @rule(seconds=st.integers(1, HOUR_S))
    def wait(self, seconds: int) -> None:
        """Let time go by: what a lane could not bring while it was down comes when it is up."""
        self.time.now += 1000 * seconds
        for zone, until in self.down_until.items():
            if until and not self.is_down(zone):
                self.bring_what_waits(zone)
                self.down_until[zone] = 0

    @rule(
        zones=st.sampled_from([[LGWAN.zone], [INTERNET.zone], [*Zone]]),
        seconds=st.integers(1, HOUR_S),
    )
    def cut(self, zones: list[Zone], seconds: int) -> None:
        """Have nothing that is said in these zones leave them for so long."""
        for zone in zones:
            self.down_until[zone] = self.time.now + 1000 * seconds

    def is_down(self, zone: Zone) -> bool:
        """Return whether nothing leaves `zone`."""
        return self.time.now < self.down_until[zone]

    @abstractmethod
    def bring_what_waits(self, zone: Zone) -> None:
        """Bring all that was said in `zone` to the other."""

    def far(self, zone: Zone) -> Half:
        """Return the other zone."""
        return self.halves[self.halves[zone].side.far]

    def notice(self, zone: Zone, event: Event, state: str, revision: int) -> bytes:
        """Have the relay tell the other zone what it does with an event made in `zone`."""
        body = RelayNotice(event.id, state, revision, event.kind, "word-list")  # type: ignore[arg-type] # literals
        said = msgspec.structs.replace(
            event, id=self.time.mint("ac", event.at), body=body, files=[]
        )
        raw = msgspec.json.encode(said)
        self.far(zone).take(raw)
        return raw


def story_settings(runs: int, steps: int, *, is_same: bool) -> settings:
    """Return how Hypothesis tells so many stories of at most so many steps each.

    `is_same` is for tests: the same stories each time.
    """
    return settings(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        derandomize=is_same,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
