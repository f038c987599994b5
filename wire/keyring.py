"""The keyring: which keys a node trusts for which role, and since when.

Key cards are how a public key travels: JSON signed by the key itself, with a
confirmation number (照合番号) of 30 digits that staff read to each other.
"""

import base64
import hashlib
from collections.abc import Iterable
from typing import Annotated
from unicodedata import decimal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Meta, Struct

from wire.keys import KeyRole, SigningKey, is_signed_by, key_id, read_public
from wire.reasons import Reason, Refused

CARD_CONTEXT = b"sekisho key card v1\n"
# 15 digits are 50 bits.  Whoever swaps a card tries keys until the typed digits fit: six
# would take them seconds, these 10^15 keys, which at a million a second is 30 years.
MIN_DIGITS = 15
MAX_CARD_BYTES = 8 * 1024  # a card with a certificate has about 1,200


class KeyEntry(Struct, frozen=True, forbid_unknown_fields=True, order=True):
    """One key.  Times are milliseconds since 1970; `until` null means no end is set."""

    role: KeyRole
    node: Annotated[str, Meta(min_length=1, max_length=100)]
    key: str  # base64 of the 32 bytes
    since: int
    until: int | None = None
    revoked: bool = False
    certificate: str | None = None  # base64 of the DER, for the tls-… roles


class Card(Struct, frozen=True, forbid_unknown_fields=True):
    """A public key on its way: an entry, and its own signature over it."""

    v: int
    entry: KeyEntry
    signature: str  # base64 of the 64 bytes


class Keyring:
    """The entries a node holds, ready for use."""

    def __init__(self, entries: Iterable[KeyEntry]) -> None:
        """Raise `Refused` for a key that is weak, or that stands there twice.

        A role may have two valid keys: while it is rotated, what the old one sealed still arrives.
        """
        self.entries = tuple(sorted(entries))
        self._by_id = {key_id(raw_key(e)): (e, read_public(raw_key(e))) for e in self.entries}
        if len(self._by_id) != len(self.entries):
            raise Refused(Reason.WEAK_KEY, "one key stands there twice")

    def digest(self) -> bytes:
        """Return the SHA-256 of the entries: it rides in every receipt, so drift is seen."""
        return hashlib.sha256(msgspec.json.encode(self.entries)).digest()

    def find(self, role: KeyRole | str, keyid: str, *, now: int) -> Ed25519PublicKey:
        """Return the key `keyid` if it is trusted for `role` now, or raise `Refused`."""
        entry, public = self._by_id.get(keyid, (None, None))
        if entry is None or public is None or entry.role != role:
            raise Refused(Reason.UNKNOWN_KEY, f"key {keyid[:8]} is not known for {role}")
        if entry.revoked or now < entry.since or (entry.until is not None and now >= entry.until):
            raise Refused(Reason.REVOKED_KEY, f"key {keyid[:8]} is not valid now")
        return public

    def of(self, role: KeyRole, *, now: int) -> KeyEntry:
        """Return the entry valid for `role` now, the newest first, or raise `Refused`."""
        valid = [
            e
            for e in self.entries
            if e.role is role and not e.revoked and e.since <= now and (e.until or now + 1) > now
        ]
        if not valid:
            raise Refused(Reason.UNKNOWN_KEY, f"no valid key for {role}: run `sekisho keys add`")
        return max(valid, key=lambda e: e.since)

    def public(self, role: KeyRole, *, now: int) -> Ed25519PublicKey:
        """Return the key valid for `role` now, or raise `Refused`."""
        return read_public(raw_key(self.of(role, now=now)))


def raw_key(entry: KeyEntry) -> bytes:
    """Return the 32 bytes of an entry's key, or raise `Refused`."""
    try:
        return base64.b64decode(entry.key, validate=True)
    except ValueError:
        raise Refused(Reason.MALFORMED, "a key is not base64") from None


def write_card(
    key: SigningKey, *, node: str, since: int, certificate: bytes | None = None
) -> bytes:
    """Return the card of `key`, to be carried to the other nodes."""
    entry = KeyEntry(
        role=key.role,
        node=node,
        key=base64.b64encode(key.public).decode(),
        since=since,
        certificate=base64.b64encode(certificate).decode() if certificate else None,
    )
    signature = key.sign(CARD_CONTEXT + msgspec.json.encode(entry))
    return msgspec.json.encode(Card(1, entry, base64.b64encode(signature).decode()))


def read_card(untrusted: bytes) -> KeyEntry:
    """Return the entry of a card that its own key has signed, or raise `Refused`.

    The signature proves that whoever made the card has the key; that this is the
    right key only the confirmation number shows.
    """
    if len(untrusted) > MAX_CARD_BYTES:
        raise Refused(Reason.BAD_SIZE, "a key card of more than 8 KiB")
    try:
        card = msgspec.json.decode(untrusted, type=Card)
        signature = base64.b64decode(card.signature, validate=True)
    except (msgspec.DecodeError, ValueError):
        raise Refused(Reason.MALFORMED, "not a key card") from None
    if card.v != 1:
        raise Refused(Reason.MALFORMED, f"a key card of version {card.v}; this reads version 1")
    public = read_public(raw_key(card.entry))
    if not is_signed_by(public, signature, CARD_CONTEXT + msgspec.json.encode(card.entry)):
        raise Refused(Reason.BAD_SIGNATURE, "the card is not signed by its own key")
    return card.entry


def confirmation_number(entry: KeyEntry) -> str:
    """Return the 照合番号: 30 digits in six groups, for people to read to each other.

    It covers role, node, key and certificate.  30 digits are 99 bits: to find a
    second key with the same number takes 2^99 trials.
    """
    digest = hashlib.sha256(CARD_CONTEXT + msgspec.json.encode(entry)).digest()
    digits = f"{int.from_bytes(digest) % 10**30:030d}"
    return " ".join(digits[i : i + 5] for i in range(0, 30, 5))


def demand_number(entry: KeyEntry, untrusted: str) -> None:
    """Refuse unless `untrusted` ends as the confirmation number does, in 15 digits or more."""
    # Also in the full-width digits of a Japanese keyboard.
    typed = "".join(str(decimal(c)) for c in untrusted if c.isdecimal())
    expected = confirmation_number(entry).replace(" ", "")
    if len(typed) < MIN_DIGITS or not expected.endswith(typed):
        raise Refused(Reason.WRONG_NUMBER, "the confirmation number does not match")
