"""The payload of an envelope: a head, and the events that queued for one commit.

A payload is compact JSON with its members in the order of the types below and no
others.  What is read must be, byte for byte, what we would have written: a reader
that takes the second of two duplicate keys and one that takes the first would
otherwise see two different things (docs/envelope.md, "Canonical form").
"""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from wire.bodies import RELAY_ONLY
from wire.events import Event, is_well_formed
from wire.fields import LAST_MS, MAX_EVENT_BYTES, MAX_EVENTS, MAX_PAYLOAD_BYTES, Digest
from wire.lane import Hop, Lane, Link
from wire.reasons import Reason, Refused

GENESIS = "0" * 64  # what the first payload of a chain follows


class Authority(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """Under what log and what policy the relay released these events."""

    log: Annotated[str, Meta(min_length=1, max_length=200)]
    policy_sha256: Digest


class Head(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """What a payload says of itself.

    `seq` is the number of its first event in the chain of `epoch`, `prev` the
    SHA-256 of the payload before it there.  `sent_at` informs and decides nothing.
    """

    v: Literal[1]
    site: Annotated[str, Meta(min_length=1, max_length=100)]
    lane: Lane
    hop: Hop
    sender: Annotated[str, Meta(min_length=1, max_length=40)] = msgspec.field(name="from")
    epoch: Annotated[int, Meta(ge=1, le=2**53 - 1)] = 1
    seq: Annotated[int, Meta(ge=1, le=2**53 - 1)] = 1
    prev: Digest = GENESIS
    sent_at: Annotated[int, Meta(ge=0, le=LAST_MS)] = 0
    authority: Authority | None = None


class Payload(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A head and 1 to 256 events, numbered consecutively from `head.seq`."""

    head: Head
    events: Annotated[list[Event], Meta(min_length=1, max_length=MAX_EVENTS)]

    @property
    def last(self) -> int:
        """The number of the last event."""
        return self.head.seq + len(self.events) - 1


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Payload)


def head(
    link: Link, *, epoch: int, seq: int, prev: str, sent_at: int, authority: Authority | None = None
) -> Head:
    """Return the head of the next payload on `link`."""
    return Head(
        v=1,
        site=link.site,
        lane=link.lane,
        hop=link.hop,
        sender=link.sender,
        epoch=epoch,
        seq=seq,
        prev=prev,
        sent_at=sent_at,
        authority=authority,
    )


def encode(payload: Payload) -> bytes:
    """Return the one way to write `payload`."""
    return _encoder.encode(payload)


def encode_event(event: Event) -> bytes:
    """Return how `event` stands in a payload."""
    return _encoder.encode(event)


def encoded_size(event: Event) -> int:
    """Return how many bytes `event` takes in a payload."""
    return len(_encoder.encode(event))


def decode(untrusted: bytes) -> Payload:
    """Return the payload that `untrusted` is the one way to write, or raise `Refused`."""
    if len(untrusted) > MAX_PAYLOAD_BYTES:
        raise Refused(Reason.BAD_SIZE, f"payload of {len(untrusted)} bytes")
    try:
        payload = _decoder.decode(untrusted)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as trouble:
        raise Refused(Reason.MALFORMED, _where(trouble)) from None
    if _encoder.encode(payload) != untrusted:
        raise Refused(Reason.NOT_CANONICAL, "payload")
    _demand_bounds(payload, untrusted)
    return payload


def _where(trouble: Exception) -> str:
    """Say where a payload is malformed without quoting what stands there."""
    _, _, path = str(trouble).partition(" - at ")
    return f"{type(trouble).__name__} {path}".strip()


def _demand_bounds(payload: Payload, encoded: bytes) -> None:
    at_release = payload.head.hop is Hop.RELEASE
    if (payload.head.authority is not None) != at_release:
        raise Refused(Reason.MALFORMED, "authority is stated at the release hop and only there")
    # An event can only be too long if the payload is.
    if len(encoded) > MAX_EVENT_BYTES and any(
        encoded_size(event) > MAX_EVENT_BYTES for event in payload.events
    ):
        raise Refused(Reason.OUT_OF_BOUNDS, "an event of more than 64 KiB")
    for event in payload.events:
        if not is_well_formed(event):
            raise Refused(Reason.OUT_OF_BOUNDS, "an id or a hash is not of its form")
        if (event.release is not None) != at_release:
            raise Refused(Reason.MALFORMED, "a release is stated at the release hop and only there")
        if at_release and any(file.password is not None for file in event.files):
            raise Refused(Reason.MALFORMED, "a password is the relay's to know and nobody's beyond")
        if isinstance(event.body, RELAY_ONLY) and not at_release:
            raise Refused(Reason.NO_AUTHORITY, f"{event.kind} is the relay's to say")
    # The escape may also be a backslash that somebody typed: only then look closer.
    if rb"\u0000" in encoded and any("\0" in text for text in _texts(msgspec.to_builtins(payload))):
        raise Refused(Reason.OUT_OF_BOUNDS, "a NUL character")


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for member in value.values():
                yield from _texts(member)
        case list() | tuple():
            for member in value:
                yield from _texts(member)


def demand_link(payload: Payload, link: Link) -> None:
    """Refuse a payload that was sealed for another link than it came in on."""
    found = payload.head
    if (found.site, found.lane, found.hop, found.sender) != (
        link.site,
        Lane(link.lane),
        Hop(link.hop),
        link.sender,
    ):
        raise Refused(Reason.WRONG_LINK, f"sealed for {found.lane} {found.hop}")
