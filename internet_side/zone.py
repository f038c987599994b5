"""The internet zone: guests by invitation, and staff who are known from LGWAN."""

from wire.keys import KeyRole
from wire.lane import Zone
from zone.copy.side import Side

SIDE = Side(
    zone=Zone.INTERNET,
    source_key=KeyRole.INTERNET_SOURCE,
    witness_key=KeyRole.WITNESS_INTERNET,
    tls_key=KeyRole.TLS_INTERNET,
    consent_key=KeyRole.INTERNET_CONSENT,
    admits=frozenset({"guest", "bot"}),
    believes=frozenset({"staff", "bot", "shared"}),
    own_scope="internet-only",
)
