"""One row of the table of routes."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from zone.api.http.api_request import ApiRequest

Endpoint = Callable[[ApiRequest], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Header:
    """A header of a request or of an answer: what it says, and how it must look."""

    says: str
    pattern: str = ""
    required: bool = False
    example: str = ""


# What an answer says that has something made in it.
MADE: Mapping[str, Header] = {
    "Location": Header("Where what was made is found from now on", "^/v1/", required=True)
}

# Where most answers have the id of what they are about.
ID = "$response.body#/id"


@dataclass(frozen=True, slots=True)
class Route:
    """One thing that can be asked.  `answer` is None where there is no JSON to answer with.

    `supplies` says which ids the answer holds, by the parameter that they are asked with:
    expressions of OpenAPI links (section 4.8.20.4).
    """

    method: str
    path: str
    endpoint: Endpoint
    status: int
    answer: Any
    ja: str
    en: str
    body: Any = None
    example: Any = None  # of the body: zone/api/resources/examples.py
    query: Any = None
    raw: str | None = None  # the media type of a body that is no JSON
    headers: Mapping[str, Header] | None = None  # what else may be said, and how
    media: Sequence[str] = ()  # of answers that are no JSON, or not always
    answered: Mapping[str, Header] | None = None  # what else an answer says
    supplies: Mapping[str, str] | None = None

    @property
    def is_kept(self) -> bool:
        """Whether the answer is kept under the request's Idempotency-Key."""
        return self.method == "POST" and self.answer is not None

    @property
    def name(self) -> str:
        """What the contract calls the operation: as its endpoint, unless that answers GET too."""
        named = self.endpoint.__name__
        if self.method != "HEAD" or named.startswith("head_"):
            return named
        return f"head_{named.removeprefix('get_').removeprefix('list_')}"
