"""What municipalities have agreed on: what both offer each other.

    tn_a  link:tn_b  ["calls", "directory"]     a offers b two things
    tn_b  link:tn_a  ["directory"]              b offers a one: that is agreed, for both

Neither side can agree for the other, and either can end it.  Every function runs inside a
transaction or a read; `zone.store.municipalities` says the same from memory.
"""

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Final

from wire.merge import LINK, field_name
from zone.copy import registers

# Words of `wire.choices.Agreed`.
DIRECTORY: Final = "directory"  # each sees the other's people, sections and free times
DIRECT: Final = "direct"  # rooms of two people
CALLS: Final = "calls"  # each calls the other's people, and phones those who have not answered

NONE: Final[frozenset[str]] = frozenset()
# What the one municipality offers the other.
Offers = Callable[[str, str], frozenset[str]]


def agreed_by(offers: Offers, one: str | None, other: str | None) -> frozenset[str]:
    """Return what two municipalities have agreed on: what both offer.  None is no municipality."""
    if one is None or other is None or one == other:
        return NONE
    return offers(one, other) & offers(other, one)


def agreed(db: sqlite3.Connection, one: str | None, other: str | None) -> frozenset[str]:
    """Return what two municipalities have agreed on, as the registers say."""
    return agreed_by(partial(offered, db), one, other)


def offered(db: sqlite3.Connection, tenant: str, other: str) -> frozenset[str]:
    """Return what a municipality offers another one."""
    return frozenset(registers.value(db, tenant, field_name(LINK, other)) or ())


def may_call(db: sqlite3.Connection, caller: str | None, called: str | None) -> bool:
    """Return whether people of the municipality `caller` may call those of `called`."""
    return caller == called or CALLS in agreed(db, caller, called)
