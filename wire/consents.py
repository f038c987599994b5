"""Consents: a person's signed yes or no to what a lane holds back, or that they looked at it.

A consent is made where the person is: by an operator, with a key of their own, or by the zone of
an approver, with the consent key of that zone.  The transform stage collects consents and the
verify stage checks each by itself, so that neither can say yes in anybody's name.

A consent is about one subject (an event or a file) and about its content, by a hash: who agrees to
one thing has agreed to nothing else.  Pure.
"""

import hashlib
from typing import Annotated, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Meta, Struct

from wire.fields import Count, Line, Ref
from wire.keys import IdentifiedKey, is_signed_by
from wire.lane import Lane
from wire.reasons import Reason, Refused

CONTEXT = b"sekisho consent v1\n"
_OF_FILE = b"sekisho consent to file v1\n"
# A consent has about 900 bytes if its reason is 200 kanji.
MAX_BYTES = 4 * 1024
# Nobody's yes is good for longer; it may lie that long until the second person says theirs.
MAX_LIFE_MS = 31 * 86_400_000

Capacity = Literal["operator", "approver"]
ConsentDecision = Literal["release", "deny", "look"]
_Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
_KeyId = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
_Signature = Annotated[str, Meta(pattern="^[0-9a-f]{128}$")]


class Consent(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """What somebody decided upon something that is held.

    `by` is a person, or an operator of the relay, and `author` who said what is decided upon.
    `content` is from `wire.events.content_of_event` or from `content_of_file`.  Times are
    milliseconds since 1970: the consent counts from `at` until before `until`.
    `reason` is in the person's own words.
    """

    v: Literal[1]
    site: Annotated[str, Meta(min_length=1, max_length=100)]
    lane: Lane
    subject: Ref
    content: _Hash
    decision: ConsentDecision
    by: Ref
    capacity: Capacity
    author: Ref
    reason: Line
    at: Count
    until: Count


class SignedConsent(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A consent, and the Ed25519 signature of `key` over `CONTEXT` and its one JSON form."""

    consent: Consent
    key: _KeyId
    signature: _Signature


class ConsentGive(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="consent.give", gc=False
):
    """Somebody of the near zone decides upon what the relay holds back of theirs.

    A body (`wire.bodies`) that is for the relay and goes no further: no far zone takes it.
    """

    consent: SignedConsent


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(SignedConsent).decode


def sign_consent(consent: Consent, key: IdentifiedKey) -> SignedConsent:
    """Return `consent` with the signature of `key`."""
    return SignedConsent(consent, key.id, key.sign(CONTEXT + _encode(consent)).hex())


def is_consent_of(public: Ed25519PublicKey, signed: SignedConsent) -> bool:
    """Return whether `public` has signed the consent, as it stands there."""
    signature = bytes.fromhex(signed.signature)
    return is_signed_by(public, signature, CONTEXT + _encode(signed.consent))


def encode_consent(signed: SignedConsent) -> bytes:
    """Return the one way to write `signed`."""
    return _encode(signed)


def decode_consent(untrusted: bytes) -> SignedConsent:
    """Return what `untrusted` is the one way to write, or raise `Refused`.  Checks no signature."""
    if len(untrusted) > MAX_BYTES:
        raise Refused(Reason.BAD_SIZE, f"a consent of {len(untrusted)} bytes")
    try:
        signed = _decode(untrusted)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused(Reason.MALFORMED, "not a consent") from None
    if _encode(signed) != untrusted:
        raise Refused(Reason.NOT_CANONICAL, "consent")
    return signed


def digest_of_consent(signed: SignedConsent) -> str:
    """Return the hash by which the audit log names a consent: nobody guesses a signature."""
    return hashlib.sha256(_encode(signed)).hexdigest()


def content_of_file(fid: str, message: str, sha256: str, size: int) -> str:
    """Return the hash that stands for a file as it came in, `size` bytes of the hash `sha256`.

    `message` is the message or item whose file it is.
    """
    return hashlib.sha256(_OF_FILE + _encode([fid, message, sha256, size])).hexdigest()
