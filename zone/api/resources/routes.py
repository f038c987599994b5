"""The table of routes: what the application serves and what the contract says.

One row says it all, so the two cannot differ.
"""

from dataclasses import replace

from zone.api.http.route import Route
from zone.api.resources.act_routes import ACT_ROUTES
from zone.api.resources.clearances import CLEARANCE_ROUTES
from zone.api.resources.event_routes import EVENT_ROUTES
from zone.api.resources.examples import EXAMPLES
from zone.api.resources.file_routes import FILE_ROUTES
from zone.api.resources.heads import heads_of
from zone.api.resources.item_routes import ITEM_ROUTES
from zone.api.resources.message_routes import MESSAGE_ROUTES
from zone.api.resources.people_routes import PEOPLE_ROUTES
from zone.api.resources.room_routes import ROOM_ROUTES

# aiohttp tries those that begin alike in this order: the busiest stand first.
_ROUTES: tuple[Route, ...] = (
    *MESSAGE_ROUTES,
    *ROOM_ROUTES,
    *PEOPLE_ROUTES,
    *ITEM_ROUTES,
    *FILE_ROUTES,
    *EVENT_ROUTES,
    *ACT_ROUTES,
    *CLEARANCE_ROUTES,
)

ROUTES: tuple[Route, ...] = (
    *(replace(route, example=EXAMPLES.get(f"{route.method} {route.path}")) for route in _ROUTES),
    *heads_of(_ROUTES),
)
