"""What is shown of a change on its way to the other zone: how far it got, and who holds it."""

from typing import Literal

from msgspec import Struct

Delivery = Literal["local", "queued", "crossing", "delivered", "altered", "held", "refused"]


class HoldView(Struct, frozen=True, kw_only=True):
    """Who holds something back, by which rule, and until when (milliseconds since 1970).

    `desk` is one of `wire.reasons.DESKS`.  `ja` and `en` say it in a sentence.
    """

    rule: str
    until: int
    desk: str
    ja: str
    en: str


class ChangeView(Struct, frozen=True, kw_only=True):
    """The latest change made here to something, and how far it got on its way to the other zone.

    `act` is the id of the event that was the change, as the answer to the request named it.
    """

    act: str
    by: str
    delivery: Delivery
    reason: str | None = None
    rule: str | None = None
    removed: list[str] = []
    hold: HoldView | None = None
