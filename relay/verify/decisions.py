"""What was decided of an item, and what follows from it.  Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import msgspec

from relay.normal_form import Decision, Transfer, TransferBatch
from relay.states import State, TransferStep, next_state
from relay.verify.check import is_released
from wire.bodies import FileReady
from wire.events import Event
from wire.reasons import Reason
from wire.receipts import REASONS, Verdict

_VERDICTS: Mapping[Decision, Verdict] = {
    "pass": Verdict.DELIVERED,
    "altered": Verdict.ALTERED,
    "held": Verdict.HELD,
    "released": Verdict.DELIVERED,
    "denied": Verdict.REFUSED,
    "expired": Verdict.REFUSED,
    "refused": Verdict.REFUSED,
    "noted": Verdict.DELIVERED,  # to the audit log, and to nobody else
}
_REASONS: Mapping[Decision, Reason] = {"denied": Reason.DENIED, "expired": Reason.EXPIRED}


@dataclass(frozen=True, slots=True)
class Decided:
    """An item and what became of it; `event` is what is released, if anything is."""

    item: Transfer
    policy_sha256: str
    verdict: Verdict
    reason: Reason | None
    event: Event | None
    changes: list[str]
    rule: str | None = None  # of this stage, where it has found what the other one has not

    @property
    def waits(self) -> bool:
        """Whether it is decided only once the bytes of its file are here."""
        return self.event is not None and announced_by(self.event) is not None


@dataclass(frozen=True, slots=True)
class DecisionRun:
    """Items of one fate.  `seq` is the number of the first one's event, if it was sealed."""

    first: int
    last: int
    state: State
    verdict: Verdict
    reason: Reason | None
    seq: int | None


def decide(
    batch: TransferBatch, objections: Sequence[Reason | None], rules: Sequence[str | None]
) -> list[Decided]:
    """Return what becomes of each item of `batch`; `rules` are those that this stage objects by."""
    policy = batch.policy_sha256
    return [
        decide_item(item, policy) if objection is None else barred(item, policy, objection, rule)
        for item, objection, rule in zip(batch.items, objections, rules, strict=True)
    ]


def decide_item(item: Transfer, policy_sha256: str) -> Decided:
    """Return what becomes of an item to which there is no objection."""
    verdict = _VERDICTS[item.decision]
    if item.decision == "released" and item.changes:
        verdict = Verdict.ALTERED
    reason = item.reason or _REASONS.get(item.decision)
    event = item.event if is_released(item) else None
    return Decided(item, policy_sha256, verdict, reason, event, item.changes)


def barred(item: Transfer, policy_sha256: str, reason: Reason, rule: str | None = None) -> Decided:
    """Return the decision not to release `item`.  Of a file, the far zone is told so."""
    event = item.event
    if event is None or reason is not Reason.FILE_CHECK or not isinstance(event.body, FileReady):
        return Decided(item, policy_sha256, Verdict.REFUSED, reason, None, [], rule)
    # Nothing was released under this revision, so that it is free for the refusal.
    body = msgspec.structs.replace(
        event.body, state="refused", media="", size=0, sha256=None, reason=reason.value, removed=[]
    )
    refusal = msgspec.structs.replace(event, body=body)
    return Decided(item, policy_sha256, Verdict.REFUSED, reason, refusal, [])


def announced_by(event: Event) -> tuple[str, int] | None:
    """Return hash and size of the bytes that belong to `event`, if it is of a file with some."""
    body = event.body
    if not isinstance(body, FileReady) or body.sha256 is None:
        return None
    return body.sha256, body.size


def runs_of(decided: Sequence[Decided], seqs: Sequence[int | None]) -> Iterator[DecisionRun]:
    """Yield the runs that items make, whose events have the numbers `seqs`.

    A file is a run of its own: the far zone confirms its bytes one by one.
    """
    places = zip(decided, seqs, strict=True)
    for _, group in groupby(enumerate(places), key=_fate):
        members = [place for _, place in group]
        (first, seq), (last, _) = members[0], members[-1]
        state = next_state(
            State.TAKEN, TransferStep.FORBIDDEN if seq is None else TransferStep.ALLOWED
        )
        yield DecisionRun(first.item.n, last.item.n, state, first.verdict, first.reason, seq)


def _fate(place: tuple[int, tuple[Decided, int | None]]) -> tuple[object, ...]:
    at, (decided, seq) = place
    n = decided.item.n
    return (
        decided.verdict,
        decided.reason,
        n - at,
        None if seq is None else n - seq,
        n if decided.waits else 0,
    )


def told(reason: Reason | None) -> Reason | None:
    """Return `reason` if a receipt has a word for it."""
    return reason if reason in REASONS else None
