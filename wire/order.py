"""The order of events: the same in both zones, whatever arrived first, and the order of the day.

Each zone stamps its own events with a hybrid logical clock: milliseconds since 1970 by the
clock of its host, and a counter behind them, in one integer.

    hlc  =  milliseconds * 2048 + counter

An event gets an `hlc` that is at least the time of the day, and larger than every one that its
zone has made or seen.  So what was done later by the clock comes later, wherever it was done;
and an event that somebody could have reacted to always comes before the reaction, however far
the clocks of two networks are apart.  Two events that did not know of each other may have one
`hlc`; then the zone decides.  `hlc` and zone together name one event and no other.

    0d09e1c2a40800  i  0        a stamp: 16 characters that sort as text
    └─────┬──────┘  │  └─ revision: 0 for the event, 1 to f for what the relay says of it later
          │         └─ the zone in which the event was made: i(nternet) before l(gwan)
          └─ the hlc, in 14 hexadecimal digits

What goes before a stamp ranks first, and the stamp of the event stays at the end:

    purge           time in hexadecimal  + stamp of the event        the later time wins

So every text in a column of stamps tells the event that wrote it.  No other module knows which
character of a stamp means what.

The counter has room for 2,048 events a millisecond, and runs on into the milliseconds if there
are more; 2^53 is reached in the year 2109.  A clock that is far ahead would win over everybody:
whoever takes in an event asks `ahead_ms` first (`runtime.bounds`).

Source: Kulkarni, Demirbas, Madappa, Avva and Leone, "Logical Physical Clocks", OPODIS 2014.
"""

import re
from collections.abc import Mapping

from wire.lane import Zone

# JSON readers keep whole numbers exact below this (RFC 8259, section 6).
MAX_COUNT = 2**53 - 1

_PER_MS = 2048

# 2^53 has 14 hexadecimal digits: stamps of one width sort as text, in SQL too.
_INITIAL = {Zone.INTERNET: "i", Zone.LGWAN: "l"}
_STAMPS = re.compile(r"[01][0-9a-f]{13}[il][0-9a-f]")
_PLACE = re.compile(r"[01][0-9a-f]{13}[il]0")  # counts end below 2^53
_LAST_REVISION = 15
_ZONE = {initial: zone for zone, initial in _INITIAL.items()}

# Sorts behind every stamp: where a list that is read backwards begins.
END = "g"


def make_stamp(hlc: int, zone: Zone, revision: int = 0) -> str:
    """Return the place of an event in the order, as 16 characters that sort as text.

    `revision` ranks what the relay says about one and the same event: later
    notices come after earlier ones, and after the event itself.
    """
    return f"{hlc:014x}{_INITIAL[zone]}{revision:x}"


def is_place(untrusted: str) -> bool:
    """Return whether `untrusted` is a stamp as `make_stamp` writes it of an event, revision 0."""
    return _PLACE.fullmatch(untrusted) is not None


def place_of(stamp: str) -> str:
    """Return the place of the event of which a stamp speaks: the stamp without its revision."""
    return stamp[:15] + "0"


def last_place(count: int, zone: Zone) -> str:
    """Return the last stamp of an event of `zone` counted up to `count`.

    What was said there up to that count has this stamp or an earlier one.
    """
    return make_stamp(count, zone, _LAST_REVISION)


def purge_stamp(before: int, at: str) -> str:
    """Return the stamp of the word, said at `at`, that what was said before a time is deleted.

    `before` is in milliseconds since 1970; it only goes forwards.
    """
    return f"{before:014x}{at}"


def hlc_of(stamped: str) -> int:
    """Return the `hlc` of the event that wrote a stamp."""
    return int(stamped[:14], 16)


def hlcs_in(stamped: str) -> list[int]:
    """Return the `hlc` of each event that a text in a column of stamps names."""
    return [int(found[:14], 16) for found in _STAMPS.findall(stamped)]


def move_stamps(stamped: str, places: Mapping[int, int]) -> str:
    """Return a text of a column of stamps with each `hlc` in `places` moved to there."""

    def move(found: re.Match[str]) -> str:
        hlc = int(found[0][:14], 16)
        return f"{places.get(hlc, hlc):014x}{found[0][14:]}"

    return _STAMPS.sub(move, stamped)


def event_stamp(stamped: str) -> str:
    """Return the stamp of the event that wrote what stands in a column of stamps."""
    return stamped[-16:]


def zone_of(stamped: str) -> Zone:
    """Return the zone in which the event was made that wrote a stamp."""
    return _ZONE[stamped[-2]]


def next_hlc(clock: int, now: int) -> int:
    """Return the `hlc` of the next event made here.

    `clock` is the largest that was made or seen here, `now` is in milliseconds since 1970.
    """
    return max(clock + 1, now * _PER_MS)


def hlc_after(clock: int, received: int) -> int:
    """Return the clock after having seen an event with the `hlc` `received`."""
    return max(clock, received)


def ahead_ms(hlc: int, now: int) -> int:
    """Return by how many milliseconds an `hlc` is ahead of `now`; negative if it is behind."""
    return hlc // _PER_MS - now
