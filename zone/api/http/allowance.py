"""How often somebody may ask: token buckets, for a frontend and for each person within it.

A frontend that asks for many people is not used up by one of them: each has a bucket of their
own inside the frontend's.
"""

import math
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from zone.api.http.problems import Impatient
from zone.settings import RequestLimits

# People of one frontend whose buckets are remembered.  Whoever was forgotten starts full, and
# asked for nothing while this many others did.
MAX_PEOPLE = 20_000


@dataclass(slots=True)
class RequestAllowance:
    """A token bucket: `rate` requests a second, of which `burst` may be saved up."""

    rate: int
    burst: int
    left: float = 0.0
    counted_at: float = 0.0  # time.monotonic; 0 was long ago, so it starts full

    def take(self) -> None:
        """Count a request, or raise `Impatient`."""
        now = time.monotonic()
        self.left = min(self.burst, self.left + (now - self.counted_at) * self.rate)
        self.counted_at = now
        if self.left < 1:
            raise Impatient(math.ceil((1 - self.left) / self.rate))
        self.left -= 1


@dataclass(slots=True)
class Allowances:
    """The buckets of one frontend: its own, and one for each person it asks for."""

    limits: RequestLimits
    own: RequestAllowance
    people: OrderedDict[str, RequestAllowance] = field(default_factory=OrderedDict)

    @classmethod
    def full(cls, limits: RequestLimits) -> "Allowances":
        """Return the buckets of a frontend that has not asked for anything yet."""
        return cls(limits, RequestAllowance(limits.frontend_rate, limits.frontend_burst))

    def take(self) -> None:
        """Count a request of the frontend, whoever it is for, or raise `Impatient`."""
        self.own.take()

    def take_for(self, uid: str) -> None:
        """Count a request on behalf of somebody, or raise `Impatient`."""
        found = self.people.get(uid)
        if found is None:
            if len(self.people) >= MAX_PEOPLE:
                self.people.popitem(last=False)
            limits = self.limits
            found = RequestAllowance(limits.person_rate, limits.person_burst)
            self.people[uid] = found
        else:
            self.people.move_to_end(uid)
        found.take()
