"""The internet zone: guests by invitation, and staff who are known from LGWAN."""

from wire.keys import Role
from wire.lane import Zone
from zone.side import Side

SIDE = Side(
    zone=Zone.INTERNET,
    source_key=Role.INTERNET_SOURCE,
    witness_key=Role.WITNESS_INTERNET,
    tls_key=Role.TLS_INTERNET,
    admits=frozenset({"guest", "bot"}),
    believes=frozenset({"staff", "bot", "shared"}),
    own_scope="internet-only",
)
