"""The order of events: the same in both zones, whatever arrived first.

Each zone counts its own events with a Lamport clock: an event gets a count that is larger
than every count its zone has made or seen.  So an event that somebody could have reacted
to always counts less than the reaction.  Two events that did not know of each other may
have one count; then the zone decides.  Count and zone together name one event and no other.

    0000000000002a  i  0        a stamp: 16 characters that sort as text
    └─────┬──────┘  │  └─ revision: 0 for the event, 1 to f for what the relay says of it later
          │         └─ the zone in which the event was made: i(nternet) before l(gwan)
          └─ the count, in 14 hexadecimal digits

What goes before a stamp ranks first, and the stamp of the event stays at the end:

    read position   stamp of the message + stamp of the event        the further one wins
    purge           time in hexadecimal  + stamp of the event        the later time wins

So every text in a column of stamps tells the event that wrote it.  No other module knows which
character of a stamp means what.

Clock time plays no part: a zone whose clock is wrong neither wins nor loses by it.

Source: Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System",
CACM 21(7), 1978.
"""

import re

from wire.lane import Zone

# JSON readers keep whole numbers exact below this (RFC 8259, section 6).
MAX_COUNT = 2**53 - 1

# 2^53 has 14 hexadecimal digits: stamps of one width sort as text, in SQL too.
_INITIAL = {Zone.INTERNET: "i", Zone.LGWAN: "l"}
_ZONE = {initial: zone for zone, initial in _INITIAL.items()}
_PLACE = re.compile(r"[01][0-9a-f]{13}[il]0")  # counts end below 2^53

# Sorts behind every stamp: where a list that is read backwards begins.
END = "g"


def make_stamp(lc: int, zone: Zone, revision: int = 0) -> str:
    """Return the place of an event in the order, as 16 characters that sort as text.

    `revision` ranks what the relay says about one and the same event: later
    notices come after earlier ones, and after the event itself.
    """
    return f"{lc:014x}{_INITIAL[zone]}{revision:x}"


def is_place(untrusted: str) -> bool:
    """Return whether `untrusted` is a stamp as `stamp` writes it of an event, revision 0."""
    return _PLACE.fullmatch(untrusted) is not None


def read_stamp(position: str, at: str) -> str:
    """Return the stamp of the word that a room was read up to `position`, said at `at`.

    Positions only go forwards.  Of two events that say the same position, read on two
    devices, the later one is the word in both zones.
    """
    return position + at


def purge_stamp(before: int, at: str) -> str:
    """Return the stamp of the word, said at `at`, that what was said before a time is deleted.

    `before` is in milliseconds since 1970; it only goes forwards.
    """
    return f"{before:014x}{at}"


def count_of(stamped: str) -> int:
    """Return the Lamport count of the event that wrote a stamp, or that a read position names."""
    return int(stamped[:14], 16)


def event_stamp(stamped: str) -> str:
    """Return the stamp of the event that wrote what stands in a column of stamps."""
    return stamped[-16:]


def zone_of(stamped: str) -> Zone:
    """Return the zone in which the event was made that wrote a stamp."""
    return _ZONE[stamped[-2]]


def next_count(clock: int) -> int:
    """Return the Lamport count of the next event made here."""
    return clock + 1


def count_after(clock: int, received: int) -> int:
    """Return the clock after having seen an event counted `received`."""
    return max(clock, received)
