"""What frontends are shown of the links between the zones."""

from typing import Literal

from msgspec import Struct


class LinkDirection(Struct, frozen=True):
    """One way between the zones.  `broken_at`: this zone's link to the relay, or what is beyond."""

    state: Literal["up", "down"]
    since: int | None
    broken_at: Literal["relay", "beyond"] | None


class LinkWords(Struct, frozen=True):
    """What people are told of the links, in Japanese and in English."""

    ja: str
    en: str


class LinkView(Struct, frozen=True, kw_only=True):
    """Whether this zone and the other are connected, as far as is known here.

    `since` is when the first of what is down went down, `waiting` how many events made here
    are still to reach the other zone, `oldest` when the first of these was made.
    """

    state: Literal["up", "down"]
    since: int | None
    waiting: int
    oldest: int | None
    leaving: LinkDirection
    arriving: LinkDirection
    words: LinkWords
