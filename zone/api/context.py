"""What the local socket API needs of the daemon around it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from zone.search.search import Search
from zone.settings import ZoneSettings
from zone.side import Side
from zone.store import Store


@dataclass(frozen=True, slots=True)
class Context:
    """A zone's store and search, what differs between the zones, settings, time, its state."""

    store: Store
    side: Side
    settings: ZoneSettings
    clock: Callable[[], int]
    status: Callable[[], Awaitable[dict[str, Any]]]
    search: Search
