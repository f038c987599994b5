"""Certificates that vouch for one key, and TLS contexts that trust one certificate."""

import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from runtime.certificates import (
    Identity,
    client_context,
    make_certificate,
    public_key_of,
    server_context,
)

OURS = Ed25519PrivateKey.from_private_bytes(bytes([1] * 32))
THEIRS = Ed25519PrivateKey.from_private_bytes(bytes([2] * 32))


def test_a_certificate_is_for_the_key_that_made_it() -> None:
    made = make_certificate(OURS, "internet")
    certificate = x509.load_der_x509_certificate(made)
    certificate.verify_directly_issued_by(certificate)
    assert public_key_of(made) == public_key_of(make_certificate(OURS, "another name"))
    assert public_key_of(made) != public_key_of(make_certificate(THEIRS, "internet"))


def test_both_sides_demand_tls_1_3_and_a_certificate() -> None:
    identity = Identity(make_certificate(OURS, "a"), OURS)
    for make in (client_context, server_context):
        context = make(identity, make_certificate(THEIRS, "b"))
        assert context.minimum_version == ssl.TLSVersion.TLSv1_3
        assert context.verify_mode == ssl.CERT_REQUIRED
        assert context.cert_store_stats()["x509"] == 1


def test_a_key_is_gone_from_memory_backed_files_once_loaded() -> None:
    in_memory = Path("/dev") / "shm"
    before = set(in_memory.glob("sekisho-*"))
    client_context(Identity(make_certificate(OURS, "a"), OURS), make_certificate(THEIRS, "b"))
    assert set(in_memory.glob("sekisho-*")) <= before
