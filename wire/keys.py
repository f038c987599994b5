"""Ed25519 keys: one to a role, never shared, and never a weak one.

The `cryptography` library takes public keys of small order, under which one
signature verifies every message; it also takes keys written in more than one
way.  `read_public` refuses both, and points that are not on the curve.  Source:
Chalkias, Garillot, Nikolaenko, "Taming the many EdDSAs", 2020; RFC 8032.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from wire.reasons import Reason, Refused

KEY_BYTES = 32
SIGNATURE_BYTES = 64


class KeyRole(StrEnum):
    """What a key is for.  A key has one role, and a role on a site one valid key."""

    INTERNET_SOURCE = "internet-source"
    LGWAN_SOURCE = "lgwan-source"
    IMPORT_RELEASE = "import-release"
    EXPORT_RELEASE = "export-release"
    IMPORT_RECEIPT = "import-receipt"
    EXPORT_RECEIPT = "export-receipt"
    IMPORT_AUDIT = "import-audit"
    EXPORT_AUDIT = "export-audit"
    WITNESS_INTERNET = "witness-internet"
    WITNESS_LGWAN = "witness-lgwan"
    TLS_INTERNET = "tls-internet"
    TLS_LGWAN = "tls-lgwan"
    TLS_IMPORT_TRANSFORM = "tls-import-transform"
    TLS_IMPORT_VERIFY = "tls-import-verify"
    TLS_EXPORT_TRANSFORM = "tls-export-transform"
    TLS_EXPORT_VERIFY = "tls-export-verify"
    INTERNET_CONSENT = "internet-consent"
    LGWAN_CONSENT = "lgwan-consent"


_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P

# The y of the points whose order divides 8: 1, 2, 4 and twice 8.
_Y8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER = frozenset({1, _P - 1, 0, _Y8, _P - _Y8})


def read_public(untrusted: bytes) -> Ed25519PublicKey:
    """Return the public key that 32 bytes encode, or raise `Refused`."""
    if len(untrusted) != KEY_BYTES:
        raise Refused(Reason.WEAK_KEY, f"a public key has 32 bytes, not {len(untrusted)}")
    y = int.from_bytes(untrusted, "little") & (2**255 - 1)
    if y >= _P:
        raise Refused(Reason.WEAK_KEY, "not canonical")
    if y in _SMALL_ORDER:
        raise Refused(Reason.WEAK_KEY, "a point of small order")
    if not _is_on_curve(y):
        raise Refused(Reason.WEAK_KEY, "not a point of the curve")
    return Ed25519PublicKey.from_public_bytes(untrusted)


def _is_on_curve(y: int) -> bool:
    """Return whether x² = (y² - 1) / (dy² + 1) has a root (RFC 8032, 5.1.3)."""
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    return pow(square, (_P - 1) // 2, _P) == 1


def key_id(public: bytes) -> str:
    """Return the name of a key in signatures: 32 hexadecimal digits of its hash."""
    return hashlib.sha256(public).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class IdentifiedKey:
    """A private key and the name of its public half."""

    private: Ed25519PrivateKey
    public: bytes
    id: str

    @classmethod
    def of_seed(cls, seed: bytes) -> "IdentifiedKey":
        """Return the key that 32 random bytes make."""
        private = Ed25519PrivateKey.from_private_bytes(seed)
        public = private.public_key().public_bytes_raw()
        return cls(private, public, key_id(public))

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of the signature (RFC 8032)."""
        return self.private.sign(message)


@dataclass(frozen=True, slots=True)
class SigningKey(IdentifiedKey):
    """A key of a node, which has one role."""

    role: KeyRole

    @classmethod
    def from_seed(cls, role: KeyRole, seed: bytes) -> "SigningKey":
        """Return the key that 32 random bytes make for `role`."""
        made = IdentifiedKey.of_seed(seed)
        return cls(made.private, made.public, made.id, role)


def is_signed_by(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    """Return whether `signature` is that key's on `message`."""
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True
