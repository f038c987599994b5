"""A case of the table of rights."""

from collections.abc import Callable
from typing import Final, NamedTuple

from tests.zone.events import an_id
from tests.zone.rights.city import City
from wire.events import Event

NEW: Final = an_id("us", 500)
MAX: Final = 2**53 - 1


class Case(NamedTuple):
    """What the internet zone says, and, where it lies, in which fields of the body."""

    what: str
    said: Callable[[City], Event]
    fields: tuple[str, ...] = ()
