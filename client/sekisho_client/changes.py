"""What one has changed, and how far it got on its way to the other zone.

Times are milliseconds since 1970.  A member that a later server adds is passed over.
"""

from dataclasses import dataclass, field
from typing import Literal

from sekisho_client.decoding import Unknown

Delivery = Literal["local", "queued", "crossing", "delivered", "altered", "held", "refused"]
Desk = Literal["operator", "security", "supervisor", "records"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Who holds something back, by which rule and until when; `ja` and `en` say it in words."""

    rule: str
    until: int
    desk: Desk | Unknown
    ja: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The latest change that was made to something in one's own zone, and how far it got.

    `act` is what the answer to the request named it, and what it is taken back or sent again by.
    """

    act: str
    by: str
    delivery: Delivery | Unknown
    reason: str | None = None
    rule: str | None = None
    removed: list[str] = field(default_factory=list)
    hold: Hold | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that one did.  `about` is what it changed, where that is not itself.

    `outcome` is what became of what was refused: `resent_as` is the act that was sent instead.
    """

    id: str
    kind: str | None
    room: str | None
    about: str | None
    by: str
    delivery: Delivery | Unknown
    reason: str | None = None
    rule: str | None = None
    removed: list[str] = field(default_factory=list)
    hold: Hold | None = None
    outcome: Literal["open", "overtaken", "withdrawn", "resent"] | Unknown = "open"
    resent_as: str | None = None
