"""What the table of notifications is made of: an event that was heard, and a row for its kind.

The table itself is `zone.store.notifications.TOLD`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from wire.events import Event
from wire.lane import Zone
from zone.store.writing import Writing

Whom = Literal["room", "called", "one", "duty", "tenant", "known", "all"]


class Heard(NamedTuple):
    """An event that was applied just now, and the word by which who asked for it knows it."""

    event: Event
    zone: Zone  # in which it was made
    client_key: str | None


@dataclass(frozen=True, slots=True)
class TellingRow:
    """What is told of a kind of body: `told` has every type that can come of it, and to whom.

    To the members of a `room`, to all who are `called`, to `one` whom it concerns, to all who
    have a `duty` for their municipality, to all of a `tenant`, to all to whom somebody is `known`
    whole, or to `all` who see whom it is about.  `is_word` are registers: what lost to a later
    word is not told.
    """

    tell: Callable[[Writing, Heard, Any], None]  # and the body
    told: tuple[tuple[str, Whom], ...]
    is_word: bool = True
