"""What leads from one route to the next: which id goes where, in the contract.

A program that knows nothing but the contract finds its way by this (OpenAPI 3.1,
section 4.8.20): an answer that holds an id has a link to every route that takes it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import fields

from wire.ids import ACT, FILE, MESSAGE, ROOM, USER
from wire.item_kinds import ITEMS
from zone.api.http.route import Route
from zone.conversation.later_messages import LATER_MESSAGE
from zone.copy.uploads import UPLOAD

# The parameters that are ids, by what these begin with.
PREFIXES: Mapping[str, Sequence[str]] = {
    "room": [ROOM],
    "message": [MESSAGE],
    "file": [FILE],
    "user": [USER],
    "later_message": [LATER_MESSAGE],
    "upload": [UPLOAD],
    "act": sorted({ACT, MESSAGE, *(row.prefix for row in ITEMS.values())}),
    "item": sorted({row.prefix for row in ITEMS.values()}),
}
_NAME = re.compile(r"{(\w+)}")


def names_of(route: Route) -> list[str]:
    """Return the parameters in a route's path."""
    return _NAME.findall(route.path)


def path_schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of a parameter in a path."""
    if name not in PREFIXES:
        return {"type": "string", "minLength": 1}
    return {"type": "string", "pattern": id_pattern(*PREFIXES[name])}


def id_pattern(*prefixes: str) -> str:
    """Return how an id looks that begins with one of `prefixes`."""
    return f"^({'|'.join(prefixes)})_[0-7][0-9a-hjkmnp-tv-z]{{25}}$"


def links_of(route: Route, routes: Sequence[Route]) -> dict[str, Any]:
    """Return the links from the answer of `route`, by the operation that they lead to."""
    supplies = route.supplies or {}
    return {to.name: _link(to, supplies) for to in routes if _leads_to(supplies, to)}


def _leads_to(supplies: Mapping[str, str], to: Route) -> bool:
    taken = _ids_of(to)
    return (bool(taken) or bool(_said(supplies, to))) and set(taken) <= set(supplies)


def _ids_of(to: Route) -> list[str]:
    return [name for name in names_of(to) if name in PREFIXES]


def _link(to: Route, supplies: Mapping[str, str]) -> dict[str, Any]:
    link: dict[str, Any] = {
        "operationId": to.name,
        "parameters": {f"path.{name}": supplies[name] for name in _ids_of(to)},
    }
    body = _said(supplies, to)
    return link | ({"requestBody": body} if body else {})


def _said(supplies: Mapping[str, str], to: Route) -> dict[str, str]:
    """Return the members that a form must have, if the answer has an id for each of them."""
    if to.body is None or not issubclass(to.body, Struct):
        return {}
    needed = [field.name for field in fields(to.body) if field.required]
    return {name: supplies[name] for name in needed} if set(needed) <= set(supplies) else {}
