"""The order of events: the same in both zones, whatever arrived first.

Each zone counts its own events with a Lamport clock: an event gets a count that is larger
than every count its zone has made or seen.  So an event that somebody could have reacted
to always counts less than the reaction.  Two events that did not know of each other may
have one count; then the zone decides.  Count and zone together name one event and no other.

    0000000000002a  i  0        a stamp: 16 characters that sort as text
    └─────┬──────┘  │  └─ revision: 0 for the event, 1 to f for what the relay says of it later
          │         └─ the zone in which the event was made: i(nternet) before l(gwan)
          └─ the count, in 14 hexadecimal digits

Clock time plays no part: a zone whose clock is wrong neither wins nor loses by it.

Source: Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System",
CACM 21(7), 1978.
"""

from wire.lane import Zone

# JSON readers keep whole numbers exact below this (RFC 8259, section 6).
MAX_COUNT = 2**53 - 1

# 2^53 has 14 hexadecimal digits: stamps of one width sort as text, in SQL too.
_INITIAL = {Zone.INTERNET: "i", Zone.LGWAN: "l"}


def make_stamp(lc: int, zone: Zone, revision: int = 0) -> str:
    """Return the place of an event in the order, as 16 characters that sort as text.

    `revision` ranks what the relay says about one and the same event: later
    notices come after earlier ones, and after the event itself.
    """
    return f"{lc:014x}{_INITIAL[zone]}{revision:x}"


def next_count(clock: int) -> int:
    """Return the Lamport count of the next event made here."""
    return clock + 1


def count_after(clock: int, received: int) -> int:
    """Return the clock after having seen an event counted `received`."""
    return max(clock, received)
