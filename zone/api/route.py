"""One row of the table of routes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from zone.api.call import Call

Endpoint = Callable[[Call], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """One thing that can be asked.  `answer` is None where there is no JSON to answer with."""

    method: str
    path: str
    endpoint: Endpoint
    status: int
    answer: Any
    ja: str
    en: str
    form: Any = None
    query: Any = None
    raw: str | None = None  # the media type of a body that is no JSON
    headers: Mapping[str, str] | None = None  # what else may be said, and how
