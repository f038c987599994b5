"""What the local socket API needs of the daemon around it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from zone.api.http.open_requests import OpenRequests
from zone.conversation.clearances import ConsentSeal
from zone.copy.side import Side
from zone.search.service import SearchService
from zone.settings import ZoneSettings
from zone.store.store import ZoneStore


@dataclass(frozen=True, slots=True)
class ApiContext:
    """A zone's store and search, what differs between the zones, settings, time, state, seal.

    `open_requests` are those that go on, and end when their right does.
    """

    store: ZoneStore
    side: Side
    settings: ZoneSettings
    clock: Callable[[], int]
    status: Callable[[], Awaitable[dict[str, Any]]]
    search: SearchService
    seal: ConsentSeal
    open_requests: OpenRequests = field(default_factory=OpenRequests)
