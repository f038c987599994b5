"""Keys: no weak one is taken in, and none of the known tricks with signatures works (T04)."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from wire.keys import KEY_BYTES, KeyRole, SigningKey, is_signed_by, key_id, read_public
from wire.reasons import Reason, Refused

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
KEY = SigningKey.from_seed(KeyRole.LGWAN_SOURCE, bytes(range(32)))

# The eight points of small order, as "Taming the many EdDSAs" lists them (table 6a) …
SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
]
# … and the other ways to write some of them (table 6b).
NOT_CANONICAL = [
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]


def refusal(untrusted: bytes) -> Reason:
    with pytest.raises(Refused) as caught:
        read_public(untrusted)
    return caught.value.reason


@pytest.mark.parametrize("encoded", SMALL_ORDER + NOT_CANONICAL)
def test_a_key_that_signs_everything_is_refused(encoded: str) -> None:
    assert refusal(bytes.fromhex(encoded)) is Reason.WEAK_KEY


def test_the_library_would_have_taken_such_a_key() -> None:
    """Why `read_public` exists: with the neutral point as key, one signature fits all."""
    weak = Ed25519PublicKey.from_public_bytes(bytes.fromhex(SMALL_ORDER[0]))
    forged = bytes.fromhex(SMALL_ORDER[0]) + bytes(32)
    assert is_signed_by(weak, forged, b"one message")
    assert is_signed_by(weak, forged, b"another message")


@pytest.mark.parametrize("y", range(P, 2**255))
def test_a_key_is_written_in_one_way(y: int) -> None:
    assert refusal(y.to_bytes(32, "little")) is Reason.WEAK_KEY


def test_half_of_all_numbers_are_no_points() -> None:
    outside = [y for y in range(2, 102) if is_refused(y.to_bytes(32, "little"))]
    assert 30 < len(outside) < 70


def is_refused(untrusted: bytes) -> bool:
    try:
        read_public(untrusted)
    except Refused as refusal:
        return refusal.reason is Reason.WEAK_KEY
    return False


@given(st.binary(max_size=64).filter(lambda key: len(key) != KEY_BYTES))
def test_a_key_has_32_bytes(untrusted: bytes) -> None:
    assert refusal(untrusted) is Reason.WEAK_KEY


@given(st.binary(min_size=32, max_size=32))
def test_every_key_that_a_seed_makes_is_good(seed: bytes) -> None:
    key = SigningKey.from_seed(KeyRole.LGWAN_SOURCE, seed)
    public = read_public(key.public)
    assert public.public_bytes_raw() == key.public
    assert is_signed_by(public, key.sign(b"message"), b"message")
    assert not is_signed_by(public, key.sign(b"message"), b"another")
    assert key.id == key_id(key.public) == hashlib.sha256(key.public).hexdigest()[:32]


@given(st.binary(min_size=32, max_size=32))
def test_any_bytes_are_a_key_or_refused_and_nothing_worse(untrusted: bytes) -> None:
    if not is_refused(untrusted):
        assert read_public(untrusted).public_bytes_raw() == untrusted


# RFC 8032, 7.1: tests 1 to 3.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC_8032)
def test_signatures_are_those_of_the_rfc(
    seed: str, public: str, message: str, signature: str
) -> None:
    key = SigningKey.from_seed(KeyRole.LGWAN_SOURCE, bytes.fromhex(seed))
    assert key.public.hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    assert is_signed_by(read_public(key.public), bytes.fromhex(signature), bytes.fromhex(message))


def test_a_signature_cannot_be_written_in_a_second_way() -> None:
    """S + L verifies under a sloppy verifier, and would give one payload two envelopes."""
    signature = KEY.sign(b"message")
    s = int.from_bytes(signature[32:], "little")
    for multiple in range(1, 16):
        if (other := s + multiple * L) < 2**256:
            forged = signature[:32] + other.to_bytes(32, "little")
            assert not is_signed_by(read_public(KEY.public), forged, b"message")


def signed_with_r(r: bytes) -> bytes:
    """Return what somebody who has the key can make up to fit a chosen R: S = h a (mod L)."""
    digest = hashlib.sha512(bytes(range(32))).digest()
    a = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | 1 << 254
    h = int.from_bytes(hashlib.sha512(r + KEY.public + b"message").digest(), "little")
    return r + (h * a % L).to_bytes(32, "little")


@pytest.mark.parametrize("r", SMALL_ORDER[1:] + NOT_CANONICAL)
def test_verification_is_by_the_equation_without_the_cofactor(r: str) -> None:
    """A verifier that multiplies by 8, or decodes R leniently, would take these."""
    assert not is_signed_by(read_public(KEY.public), signed_with_r(bytes.fromhex(r)), b"message")


def test_the_forger_above_knows_the_arithmetic() -> None:
    neutral = bytes.fromhex(SMALL_ORDER[0])
    assert is_signed_by(read_public(KEY.public), signed_with_r(neutral), b"message")


@pytest.mark.parametrize("size", [0, 32, 63, 65, 128])
def test_a_signature_has_64_bytes(size: int) -> None:
    assert not is_signed_by(read_public(KEY.public), (KEY.sign(b"") * 2)[:size], b"")
