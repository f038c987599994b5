"""TLS 1.3 between two parties that know each other's key, without a CA.

Each side makes a certificate for its own key; the other gets it on a key card and
trusts that one certificate and nothing else.  Its dates are not looked at: what
ends a key is the keyring, and an expired certificate must not stop a town hall.
"""

import datetime
import ssl
import tempfile
from dataclasses import dataclass
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

# From openssl/x509_vfy.h: trust the very certificate that was pinned, whatever its
# place in a chain, and do not look at its dates.
_PARTIAL_CHAIN = 0x80000
_NO_CHECK_TIME = 0x200000


@dataclass(frozen=True, slots=True)
class Identity:
    """Our certificate (DER) and the key it is for."""

    certificate: bytes
    private: Ed25519PrivateKey


def make_certificate(private: Ed25519PrivateKey, name: str) -> bytes:
    """Return a certificate (DER) by which `private`, under `name`, vouches for itself."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(
        issuer_name=subject,
        subject_name=subject,
        public_key=private.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
        # RFC 5280, 4.1.2.5: no well-defined end
        not_valid_after=datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC),
    )
    return builder.sign(private, algorithm=None).public_bytes(Encoding.DER)


def public_key_of(certificate: bytes) -> bytes:
    """Return the public key in a certificate, as it is pinned (SubjectPublicKeyInfo)."""
    key = x509.load_der_x509_certificate(certificate).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@cache
def client_context(identity: Identity, peer: bytes) -> ssl.SSLContext:
    """Return how to dial the one server whose certificate is `peer` (DER): made once."""
    return _context(ssl.PROTOCOL_TLS_CLIENT, identity, peer)


def server_context(identity: Identity, peer: bytes) -> ssl.SSLContext:
    """Return how to answer the one client whose certificate is `peer` (DER)."""
    return _context(ssl.PROTOCOL_TLS_SERVER, identity, peer)


def _context(protocol: "ssl._SSLMethod", identity: Identity, peer: bytes) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False  # the key is the name
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VerifyFlags(_PARTIAL_CHAIN | _NO_CHECK_TIME)
    context.load_verify_locations(cadata=peer)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_TICKET
    _load_identity(context, identity)
    return context


def _load_identity(context: ssl.SSLContext, identity: Identity) -> None:
    """Give OpenSSL our key: through a file, since `ssl` takes no other way, for a moment."""
    certificate = x509.load_der_x509_certificate(identity.certificate)
    pem = identity.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with tempfile.NamedTemporaryFile(prefix="sekisho-", dir="/dev/shm") as file:
        file.write(pem + certificate.public_bytes(Encoding.PEM))
        file.flush()
        context.load_cert_chain(file.name)
