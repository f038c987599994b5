"""Where a chain of payloads stands, and what to make of the next arrival.

Both ends of every hop keep a `Chain`: the sender of what it has sealed, the
receiver of what it has taken in.  Nothing here stores anything.
"""

from dataclasses import dataclass
from enum import Enum, auto

from wire.payload import GENESIS, Payload
from wire.reasons import Reason, Refused


@dataclass(frozen=True, slots=True)
class Chain:
    """`high` is the number of the last event, `head` the hash of the last payload."""

    epoch: int = 1
    high: int = 0
    head: str = GENESIS


class Arrival(Enum):
    """What a payload that came in is."""

    NEXT = auto()  # take it in
    DUPLICATE = auto()  # acknowledge it again
    GAP = auto()  # drop it: the sender resends from the high-water mark


def judge_arrival(chain: Chain, payload: Payload, sha256: str, taken: str | None) -> Arrival:
    """Say what a proven payload is to a receiver that stands at `chain`.

    `taken` is the hash of the payload that holds that first number here, if that is
    still known.  Raises `Refused`: FORK when two different payloads claim one place,
    which halts the lane; REPLAYED when it is too long ago to tell.
    """
    head = payload.head
    if head.epoch != chain.epoch:
        raise Refused(Reason.WRONG_EPOCH, f"epoch {head.epoch}, expected {chain.epoch}")
    if head.seq > chain.high + 1:
        return Arrival.GAP
    if head.seq == chain.high + 1:
        if head.prev != chain.head:
            raise Refused(Reason.FORK, f"event {head.seq} follows another payload than ours")
        return Arrival.NEXT
    if taken is None:
        raise Refused(Reason.REPLAYED, f"event {head.seq} was taken in too long ago to compare")
    if taken == sha256:
        return Arrival.DUPLICATE
    raise Refused(Reason.FORK, f"event {head.seq} was taken in with another content")


def advance_chain(chain: Chain, payload: Payload, sha256: str) -> Chain:
    """Return where the chain stands once `payload` is taken in or sealed."""
    return Chain(chain.epoch, payload.last, sha256)
