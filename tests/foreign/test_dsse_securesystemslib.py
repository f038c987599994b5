"""A library that we did not write accepts our envelopes, and no altered one."""

import json
from typing import Any

import pytest
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer._key import SSlibKey

from tests.wire.samples import PAYLOAD, SEALED, ZONE_KEY, encoded_in, genuine, key_of
from wire.envelope import PAYLOAD_TYPE
from wire.keys import KeyRole, SigningKey


def foreign_key(key: SigningKey) -> SSlibKey:
    return SSlibKey(key.id, "ed25519", "ed25519", {"public": key.public.hex()})


def envelope_of(sealed: bytes) -> Envelope:
    # The library names the fields as DSSE does, and takes base64 as it stands.
    return Envelope.from_dict(json.loads(sealed))


@pytest.mark.parametrize(("link", "sealed"), list(genuine()))
def test_it_accepts_what_we_sealed(link: Any, sealed: bytes) -> None:
    key = key_of(KeyRole(link.sender))
    envelope = envelope_of(sealed)
    assert list(envelope.verify([foreign_key(key)], 1)) == [key.id]
    assert envelope.payload == encoded_in(sealed)
    assert envelope.payload_type == PAYLOAD_TYPE


def test_it_signs_the_same_bytes_as_we_do() -> None:
    assert ZONE_KEY.sign(envelope_of(SEALED).pae()).hex() in {
        signature.signature for signature in envelope_of(SEALED).signatures.values()
    }


@pytest.mark.parametrize(
    ("field", "other"),
    [("payload", PAYLOAD + b" "), ("payload", b""), ("payload_type", "application/json")],
)
def test_it_rejects_what_was_altered(field: str, other: object) -> None:
    envelope = envelope_of(SEALED)
    setattr(envelope, field, other)
    with pytest.raises(VerificationError):
        envelope.verify([foreign_key(ZONE_KEY)], 1)


def test_it_rejects_the_key_of_another_role() -> None:
    stranger = key_of(KeyRole.LGWAN_SOURCE)
    lying = SSlibKey(ZONE_KEY.id, "ed25519", "ed25519", {"public": stranger.public.hex()})
    with pytest.raises(VerificationError):
        envelope_of(SEALED).verify([lying], 1)
