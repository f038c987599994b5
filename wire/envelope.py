"""The envelope: DSSE 1.0.2 around one payload, sealed with Ed25519.

Source: https://github.com/secure-systems-lab/dsse.  The signature covers the
payload as bytes, so nothing is parsed that nobody signed.  docs/envelope.md is
the normative text.
"""

import hashlib
from dataclasses import dataclass

import msgspec
from msgspec import Struct

from wire import payload as payloads
from wire.fields import MAX_ENVELOPE_BYTES, MAX_PAYLOAD_BYTES
from wire.keyring import Keyring
from wire.keys import SIGNATURE_BYTES, SigningKey, is_signed_by
from wire.lane import Link
from wire.payload import Payload
from wire.reasons import Reason, Refused

PAYLOAD_TYPE = "application/vnd.sekisho.payload.v1+json"


class _Signature(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    keyid: str
    sig: bytes


class _Dsse(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    payload: bytes
    payloadType: str  # noqa: N815 - the name is DSSE's
    signatures: list[_Signature]


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Dsse)
_TYPE = PAYLOAD_TYPE.encode()


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload that was proven to come over this link from who may speak on it.

    Code that takes an `Envelope` need not check a signature.  Code that takes
    `bytes` must not trust them.
    """

    payload: Payload
    sha256: str
    encoded: bytes  # the payload, as it was signed


def payload_digest(payload: bytes) -> str:
    """Return the hash by which chains, receipts and audit records name a payload."""
    return hashlib.sha256(payload).hexdigest()


def pre_authentication_encoding(payload: bytes) -> bytes:
    """Return what is signed: the payload, bound to its type (DSSE, "PAE")."""
    return b"DSSEv1 %d %b %d %b" % (len(_TYPE), _TYPE, len(payload), payload)


def seal_envelope(payload: bytes, key: SigningKey) -> bytes:
    """Return `payload` in an envelope, signed by `key`."""
    signature = key.sign(pre_authentication_encoding(payload))
    return _encoder.encode(_Dsse(payload, PAYLOAD_TYPE, [_Signature(key.id, signature)]))


def unseal_envelope(untrusted: bytes, *, link: Link, keyring: Keyring, now: int) -> Envelope:
    """Return the envelope that `untrusted` holds, or raise `Refused`.

    The order is what makes this safe: before (5) the bytes may be anyone's, so
    they are measured and cut and nothing else; after it they are known to come
    from the zone or the relay, which can still be mistaken or taken over.
    Sequence, authority and quota need a memory: see `wire.chain` and the stores.
    """
    # (1) Of a possible size.
    if len(untrusted) > MAX_ENVELOPE_BYTES:
        raise Refused(Reason.BAD_SIZE, f"envelope of {len(untrusted)} bytes")
    # (2) Of the outer shape, written in the one way, with one signature.
    try:
        outer = _decoder.decode(untrusted)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused(Reason.MALFORMED, "not a DSSE envelope") from None
    if _encoder.encode(outer) != untrusted:
        raise Refused(Reason.NOT_CANONICAL, "envelope")
    if len(outer.payload) > MAX_PAYLOAD_BYTES:
        raise Refused(Reason.BAD_SIZE, f"payload of {len(outer.payload)} bytes")
    if len(outer.signatures) != 1 or len(outer.signatures[0].sig) != SIGNATURE_BYTES:
        raise Refused(Reason.MALFORMED, "an envelope has one signature of 64 bytes")
    # (3) Of our type.
    if outer.payloadType != PAYLOAD_TYPE:
        raise Refused(Reason.WRONG_TYPE, "payload type")
    # (4) By a key that is trusted on this very link, today.
    key = keyring.find(link.sender, outer.signatures[0].keyid, now=now)
    # (5) Signed.
    message = pre_authentication_encoding(outer.payload)
    if not is_signed_by(key, outer.signatures[0].sig, message):
        raise Refused(Reason.BAD_SIGNATURE, "envelope")
    # (6) Readable in one way only, and within bounds.
    payload = payloads.decode(outer.payload)
    # (7) Meant for this link: a zone's own envelopes cannot be turned round at it.
    payloads.demand_link(payload, link)
    return Envelope(payload, payload_digest(outer.payload), outer.payload)
