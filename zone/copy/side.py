"""What differs between the zones.

Shared code never asks which zone it is in; if it wants to, `Side` is short of a
field.
"""

from dataclasses import dataclass

from wire.bodies import Scope, UserKind
from wire.keys import KeyRole
from wire.lane import Lane, Zone


@dataclass(frozen=True, slots=True)
class Side:
    """The complete list of differences."""

    zone: Zone
    source_key: KeyRole
    witness_key: KeyRole
    tls_key: KeyRole
    # Kinds of people this zone's operator may admit, and so vouch for across the lane.
    admits: frozenset[UserKind]
    # Kinds of people that the far zone may vouch for.
    believes: frozenset[UserKind]
    # The scope of a room that stays here.
    own_scope: Scope

    @property
    def leaving(self) -> Lane:
        """The lane this zone speaks on."""
        return Lane.leaving(self.zone)

    @property
    def arriving(self) -> Lane:
        """The lane this zone listens on."""
        return Lane.IMPORT if self.leaving is Lane.EXPORT else Lane.EXPORT

    @property
    def far(self) -> Zone:
        """The other zone."""
        return self.leaving.target
