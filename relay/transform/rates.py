"""What one sender has left to use up: token buckets.  Pure; time is passed in.

A bucket runs on the times at which things were done, not on those at which they
came: whoever worked through an outage must not find it used up at the end.

Administration is not chat.  A list of 10,000 people is one operator's, and nothing of it may be
lost; so it is weighed apart, once for the whole lane, and a bucket that is overdrawn makes the
lane wait instead of refusing.
"""

from dataclasses import dataclass, replace

from relay.transform.policy import (
    ACTIONS,
    Action,
    AdministrationRate,
    EventRate,
    Rates,
    RuleFinding,
)
from wire.bodies import EventRefuse, MemberSet, OrgPut, ProfileSet, RoomPut, TenantLink, TenantPut
from wire.events import Event
from wire.reasons import Reason

MINUTE_MS = 60_000
DAY_MS = 86_400_000
# The longest outage after which what was said in the meantime is weighed as if it had come
# at once.
OUTAGE_MS = 7 * DAY_MS

# Digests of a copy, of whomever: a zone sends a handful in an hour, and some hundreds while
# it mends.  Each has 3.6 KB, so that what a zone in the wrong hands can hide in them is bounded.
DIGESTS = "copy.digest"
DIGEST_RATES = Rates(events=EventRate(per_minute=4, burst=256))


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is left: events, and bytes.  `at` is how far it has been filled up."""

    events: float
    bytes: float
    at: int


def full_bucket(rates: Rates) -> Bucket:
    """Return the bucket of a sender who was never seen."""
    return Bucket(rates.events.burst, rates.bytes.per_day, 0)


def refill_bucket(bucket: Bucket, rates: Rates, *, done_at: int, now: int) -> Bucket:
    """Return `bucket` as it stood when something was done.

    `done_at` is the sender's word.  It can move the bucket's time forwards only,
    and not past `now`, so that lying about it gains nothing over having waited.
    """
    at = max(bucket.at, now - OUTAGE_MS, min(done_at, now))
    passed = at - bucket.at
    return Bucket(
        min(rates.events.burst, bucket.events + passed * rates.events.per_minute / MINUTE_MS),
        min(rates.bytes.per_day, bucket.bytes + passed * rates.bytes.per_day / DAY_MS),
        at,
    )


def spend_from(bucket: Bucket, rates: Rates, size: int) -> tuple[Bucket, RuleFinding | None]:
    """Return what one event of `size` bytes leaves, and an objection if it is too much.

    What is objected to costs nothing, so a sender who stops is soon free again.
    """
    if bucket.events < 1:
        return bucket, _finding(ACTIONS[rates.events.action], "rate-events")
    if bucket.bytes < size:
        return bucket, _finding(ACTIONS[rates.bytes.action], "rate-bytes")
    return replace(bucket, events=bucket.events - 1, bytes=bucket.bytes - size), None


def is_administration(event: Event) -> bool:
    """Return whether an event administers people and rooms, and is nothing that somebody says.

    A profile that its owner changes (where they are today) is chat.
    """
    match event.body:
        case TenantPut() | TenantLink() | OrgPut() | RoomPut() | MemberSet() | EventRefuse():
            return True
        case ProfileSet(user):
            return event.author.assurance == "operator" or user != event.author.uid
        case _:
            return False


def full_lane(rate: AdministrationRate) -> Bucket:
    """Return the bucket of a lane on which nothing was administered yet."""
    return Bucket(rate.burst, 0, 0)


def charge_lane(bucket: Bucket, rate: AdministrationRate, *, now: int) -> Bucket:
    """Return what one event of administration leaves, below nothing if it came too early."""
    passed = max(0, now - bucket.at)
    filled = min(rate.burst, bucket.events + passed * rate.per_minute / MINUTE_MS)
    return Bucket(filled - 1, 0, max(bucket.at, now))


def debt_of(bucket: Bucket, rate: AdministrationRate) -> int:
    """Return for how many milliseconds the lane is to take nothing more."""
    return max(0, round(-bucket.events * MINUTE_MS / rate.per_minute))


def _finding(action: Action, rule: str) -> RuleFinding:
    return RuleFinding(action, Reason.RATE_EXCEEDED, rule)
