"""The LGWAN zone: town-hall staff, on the network that has no way out."""

from wire.keys import KeyRole
from wire.lane import Zone
from zone.copy.side import Side

# The staff directory is kept here: nobody on the internet can make a member of staff.
SIDE = Side(
    zone=Zone.LGWAN,
    source_key=KeyRole.LGWAN_SOURCE,
    witness_key=KeyRole.WITNESS_LGWAN,
    tls_key=KeyRole.TLS_LGWAN,
    consent_key=KeyRole.LGWAN_CONSENT,
    admits=frozenset({"staff", "bot", "shared"}),
    believes=frozenset({"guest", "bot"}),
    own_scope="lgwan-only",
)
