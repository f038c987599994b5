"""What differs between the zones.

Shared code never asks which zone it is in; if it wants to, `Side` is short of a
field.
"""

from dataclasses import dataclass, field

from wire.choices import Scope, UserKind
from wire.keys import KeyRole
from wire.lane import Lane, Zone


@dataclass(frozen=True, slots=True)
class Side:
    """The complete list of differences."""

    zone: Zone
    source_key: KeyRole
    witness_key: KeyRole
    tls_key: KeyRole
    consent_key: KeyRole
    # Kinds of people this zone's operator may admit, and so vouch for across the lane.
    admits: frozenset[UserKind]
    # Kinds of people that the far zone may vouch for.
    believes: frozenset[UserKind]
    # The scope of a room that stays here.
    own_scope: Scope

    # The lane this zone speaks on, and the one it listens on; the other zone.  They follow from
    # `zone`, and are asked for with every event.
    leaving: Lane = field(init=False)
    arriving: Lane = field(init=False)
    far: Zone = field(init=False)

    def __post_init__(self) -> None:
        """Say what follows from the zone."""
        leaving = Lane.leaving(self.zone)
        object.__setattr__(self, "leaving", leaving)
        object.__setattr__(self, "far", leaving.target)
        object.__setattr__(self, "arriving", Lane.leaving(leaving.target))
