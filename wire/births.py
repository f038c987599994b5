"""Births: what fixed a room, a person, a municipality or a section when it was made.

No later word rewrites one; of two births of one name both zones keep the same (`zone.copy.apply`).
"""

from typing import NamedTuple

from wire.bodies import OrgPut, ProfileSet, RoomPut, TenantPut
from wire.events import Event
from wire.lane import Zone
from wire.order import make_stamp


class Birth(NamedTuple):
    """What fixed a room, a person, a municipality or a section when it was made."""

    id: str
    zone: Zone
    maker: str
    kind: str | None
    scope: str | None
    at: int
    stamp: str


def birth_of(event: Event, zone: Zone) -> Birth | None:
    """Return the birth of what `event`, made in `zone`, makes, if it makes something.

    A room is made by the word on its scope, a person by the word on their kind.
    """
    kind: str | None = None
    scope: str | None = None
    match event.body:
        case RoomPut(room_kind=kind, scope=str(scope)) if event.room is not None:
            name, kind = event.room, kind or "talk"
        case ProfileSet(user=name, user_kind=str(kind)):
            pass
        case TenantPut(name, str()) | OrgPut(name, name=str()):
            pass
        case _:
            return None
    return Birth(name, zone, event.author.uid, kind, scope, event.at, make_stamp(event.hlc, zone))
