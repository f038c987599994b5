"""The order of events: the same in both zones, whatever arrived first.

Each zone counts its own events with a Lamport clock, so a count and a zone name
one event and no other.  Source: Lamport, "Time, Clocks, and the Ordering of
Events in a Distributed System", CACM 21(7), 1978.
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
