"""The normal form: what the transform stage hands to the verify stage.

It is the relay's own: simple, enumerated, written in one way, and never the bytes
that a zone sent.  One item for each thing that needs a decision on record: an
event, the outcome of one file, a refusal at the door, or what an operator did.

The stage link, on which the transform stage dials:

    HELLO     `high`: every item up to it is settled; `tree_size`: where the near zone's
              witness stands; `tick`: when the stage was started, in milliseconds, or 0 when
              it stops; `chain`: the hash of its keyring.  The first frame, and again
              whenever that is news.
    PROGRESS  answers the first HELLO: the items taken in and the hash of their last batch.
              Then ARRIVED for files whose bytes are there, and each verdict above `high`.
    NORMAL    batches from the item after that on
    CHUNK     bytes of a file whose item was sent, from index 0 on, also after a new HELLO
    TREE      the audit log, as it was published: first from `tree_size` on, then from the
              TREE before
    COSIGNATURE  what the near zone's witness answers, handed on as it is

A file that is refused is an item with the decision `refused` and a `file.ready` in the state
`refused`: the one refusal that the far zone is told of, since it waits for that file.
"""

import hashlib
from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from wire.consents import SignedConsent
from wire.events import Event, is_well_formed
from wire.fields import Count, Digest, Line, Ref, Word, are_digests
from wire.lane import Lane
from wire.reasons import Reason, Refused

# An envelope's events, normalised, with what was decided of each.
MAX_BATCH_BYTES = 1024 * 1024
# Nobody asks for more people than this to agree to one thing.
MAX_CONSENTS = 8

Decision = Literal["pass", "altered", "held", "released", "denied", "expired", "refused", "noted"]


class TransferSource(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """Where an item came from: which event (0 for none) of which payload."""

    epoch: Count
    seq: Count
    sha256: Digest


class FileOutcome(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """What the sanitizer made of a file, for the audit log."""

    fid: Ref
    media_in: Annotated[str, Meta(max_length=100)]  # those of Office are longer than a word
    size_in: Count
    sha256_in: Digest
    engine: Word
    ms: Count


class OperatorAct(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """What an operator did at the transform stage that is not a decision, for the audit log.

    Who looked at what is held, or decided upon it in their zone, has signed that with `consent`.
    """

    act: Literal["hold.viewed", "consent.given", "lane.resumed"]
    operator: Line
    subject: Ref | None = None
    consent: SignedConsent | None = None


class Transfer(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One thing to decide.

    `event` is what is to be released: the event in normal form, a placeholder
    (`relay.notice`) for one that is held or denied, or a `file.ready`.  With the decision
    `refused` it is what was refused, and is not released.  It is null for a
    refusal at the door, where nothing was read, and for what was `noted`.  `consents` are
    those of the people who have released or denied it.
    """

    n: Count
    at: Count
    source: TransferSource
    decision: Decision
    event: Event | None
    reason: Reason | None = None
    rule: Word | None = None
    consents: Annotated[list[SignedConsent], Meta(max_length=MAX_CONSENTS)] = []
    changes: Annotated[list[Word], Meta(max_length=32)] = []
    file: FileOutcome | None = None
    note: OperatorAct | None = None
    times: Count = 0  # a refusal at the door: how often it came since the last item about it


class TransferBatch(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """Items numbered consecutively, chained by the hash of the batch before."""

    v: Literal[1]
    site: Annotated[str, Meta(min_length=1, max_length=100)]
    lane: Lane
    prev: Digest
    policy_sha256: Digest
    items: Annotated[list[Transfer], Meta(min_length=1, max_length=512)]


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(TransferBatch)


def encode(batch: TransferBatch) -> bytes:
    """Return the one way to write `batch`."""
    return _encoder.encode(batch)


def digest(encoded: bytes) -> str:
    """Return the hash by which the next batch names this one."""
    return hashlib.sha256(encoded).hexdigest()


def decode(untrusted: bytes) -> TransferBatch:
    """Return the batch that `untrusted` is the one way to write, or raise `Refused`."""
    if len(untrusted) > MAX_BATCH_BYTES:
        raise Refused(Reason.BAD_SIZE, f"batch of {len(untrusted)} bytes")
    try:
        batch = _decoder.decode(untrusted)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused(Reason.MALFORMED, "not a batch in normal form") from None
    if _encoder.encode(batch) != untrusted:
        raise Refused(Reason.NOT_CANONICAL, "batch")
    first = batch.items[0].n
    if any(item.n != first + i for i, item in enumerate(batch.items)):
        raise Refused(Reason.MALFORMED, "items are not numbered consecutively")
    if not are_digests(_digests_of(batch)):
        raise Refused(Reason.OUT_OF_BOUNDS, "a hash is not of its form")
    if any(item.event is not None and not is_well_formed(item.event) for item in batch.items):
        raise Refused(Reason.OUT_OF_BOUNDS, "an id or a hash is not of its form")
    return batch


def _digests_of(batch: TransferBatch) -> Iterator[str]:
    """Yield the hashes beside the events: some are released, and all are on record."""
    yield batch.prev
    yield batch.policy_sha256
    for item in batch.items:
        yield item.source.sha256
        if item.file is not None:
            yield item.file.sha256_in
