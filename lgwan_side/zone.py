"""The LGWAN zone: town-hall staff, on the network that has no way out."""

from wire.keys import Role
from wire.lane import Zone
from zone.side import Side

# The staff directory is kept here: nobody on the internet can make a member of staff.
SIDE = Side(
    zone=Zone.LGWAN,
    source_key=Role.LGWAN_SOURCE,
    witness_key=Role.WITNESS_LGWAN,
    tls_key=Role.TLS_LGWAN,
    admits=frozenset({"staff", "bot", "shared"}),
    believes=frozenset({"guest", "bot"}),
    own_scope="lgwan-only",
)
