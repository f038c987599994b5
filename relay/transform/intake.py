"""Taking payloads in: the transaction that decides what becomes of each event.

High-water mark, hash memory, items for the verify stage, holds, awaited files and
what senders have used up change together or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from relay.normal_form import OperatorAct, Transfer
from relay.transform import consents, holds
from relay.transform.consents import Trust
from relay.transform.files import file_rows, lane_files
from relay.transform.judge import Judged, Proven, stricter_finding, without_hashes
from relay.transform.ledger import NOBODY, DecidedBy, Ledger, TransferSpan
from relay.transform.policy import Action, Policy, RuleFinding
from relay.transform.rates import (
    DIGEST_RATES,
    DIGESTS,
    Bucket,
    charge_lane,
    debt_of,
    full_bucket,
    full_lane,
    is_administration,
    refill_bucket,
    spend_from,
)
from runtime.bounds import excess_of
from runtime.operators import Operators
from wire.bodies import ItemRemove, MessageWithdraw
from wire.chain import Arrival, advance_chain, judge_arrival
from wire.consents import ConsentGive, SignedConsent
from wire.digests import CopyDigest
from wire.events import Event
from wire.keyring import Keyring
from wire.reasons import Reason, Refused
from wire.receipts import Verdict

# How far back a payload that comes again is known from one that is new.  A sender
# resends what was not acknowledged, which is a few hundred; the rest is for operators.
HASH_MEMORY = 500_000
# The bucket of the lane's administration stands among those of senders, under no sender's id.
_LANE = "lane"


@dataclass(slots=True)
class IntakeResult:
    """What came of payloads.  `refusal` ended it; `again` says that one is to be acknowledged.

    `rest_ms` is for how long nothing more should be taken, since much was administered.
    """

    again: bool = False
    refusal: Refused | None = None
    rest_ms: int = 0


def take(
    ledger: Ledger, payloads: Sequence[Proven], policy: Policy, keyring: Keyring
) -> IntakeResult:
    """Take in `payloads`, in order, up to the first that must not be.

    `keyring` has the keys with which zones sign what their people decide.
    """
    taken = IntakeResult()
    for proven in payloads:
        if ledger.position.halt is not None:
            break
        try:
            arrival = _place(ledger, proven)
        except Refused as refusal:
            if refusal.reason is Reason.FORK:
                ledger.position.halt = f"{refusal}"
            ledger.refuse_at_door(refusal.reason, proven.envelope.sha256)
            taken.refusal = refusal
            break
        if arrival is Arrival.NEXT:
            taken.rest_ms = max(taken.rest_ms, _accept(ledger, proven, policy, keyring))
        else:
            taken.again = True
    return taken


def _place(ledger: Ledger, proven: Proven) -> Arrival:
    """Return what the payload is to the chain, or raise `Refused`."""
    payload = proven.envelope.payload
    row = ledger.db.execute(
        "SELECT sha256 FROM payload WHERE first <= ? ORDER BY first DESC LIMIT 1",
        (payload.head.seq,),
    ).fetchone()
    return judge_arrival(
        ledger.position.chain, payload, proven.envelope.sha256, row[0] if row else None
    )


def _accept(ledger: Ledger, proven: Proven, policy: Policy, keyring: Keyring) -> int:
    """Take one payload in, and return for how many milliseconds the lane is to rest."""
    envelope = proven.envelope
    first = envelope.payload.head.seq
    intake = _Intake(ledger, policy, keyring, envelope.sha256)
    for index, judged in enumerate(proven.events):
        intake.add(judged, first + index)
    intake.close()
    chain = advance_chain(ledger.position.chain, envelope.payload, envelope.sha256)
    ledger.position.high, ledger.position.head = chain.high, chain.head
    ledger.db.execute("INSERT INTO payload VALUES (?, ?)", (first, envelope.sha256))
    ledger.db.execute("DELETE FROM payload WHERE first < ?", (chain.high - HASH_MEMORY,))
    return intake.debt


@dataclass(slots=True)
class _Intake:
    """One payload on its way into the store."""

    ledger: Ledger
    policy: Policy
    keyring: Keyring
    source: str
    items: list[Transfer] = field(default_factory=list)
    spans: list[TransferSpan] = field(default_factory=list)
    buckets: dict[str, Bucket] = field(default_factory=dict)
    withdrawn: list[str] = field(default_factory=list)
    debt: int = 0

    def add(self, judged: Judged, seq: int) -> None:
        """Decide what becomes of one event."""
        if isinstance(judged.event.body, ConsentGive):
            self._consent(judged, seq, judged.event.body.consent)
            return
        finding = stricter_finding(self._beyond(judged.event), judged.finding)
        finding = stricter_finding(finding, self._spent(judged))
        if finding is not None and finding.action is Action.HOLD:
            finding = holds.demand_room(self.ledger, judged, finding, self.policy.holds)
        if finding is None:
            self._pass(judged, seq)
        elif finding.action is Action.HOLD:
            self._hold(judged, seq, finding)
        else:
            self._refuse(judged, seq, finding)

    def _consent(self, judged: Judged, seq: int, signed: SignedConsent) -> None:
        """Take in what somebody in the zone has decided: it is for this stage, and goes no further.

        Their own policy of kinds, words and rooms is not about it.
        """
        finding = stricter_finding(self._beyond(judged.event), self._spent(judged))
        if finding is None:
            finding = self._untaken(judged.event.author.uid, signed)
        if finding is not None:
            refusal = RuleFinding(Action.REFUSE, finding.reason, finding.rule)
            self._refuse(judged, seq, refusal)
            return
        said = signed.consent
        act = OperatorAct("consent.given", said.by, said.subject, signed)
        source = self.ledger.source(seq, self.source)
        self._put(
            Transfer(0, self.ledger.now, source, "noted", None, note=act), seq, Verdict.DELIVERED
        )

    def _untaken(self, author: str, signed: SignedConsent) -> RuleFinding | None:
        """Have a consent do what it does, or return why it does nothing."""
        consent = signed.consent
        try:
            if (consent.by, consent.capacity) != (author, "approver"):
                raise Refused(Reason.NO_AUTHORITY, "who decides says so themselves")
            trust = Trust(self.keyring, Operators(), self.policy.holds)
            consents.take(self.ledger, signed, trust)
        except Refused as refusal:
            return RuleFinding(Action.REFUSE, refusal.reason, "consent")
        return None

    def close(self) -> None:
        """Write what was decided."""
        self.ledger.stage(self.items, self.spans)
        self.ledger.db.executemany(
            "INSERT OR REPLACE INTO bucket VALUES (?, ?, ?, ?)",
            [(uid, b.events, b.bytes, b.at) for uid, b in self.buckets.items()],
        )
        for message in self.withdrawn:
            holds.withdraw(self.ledger, message)
            lane_files.drop(
                self.ledger, file_rows.of_message(self.ledger, message), Reason.WITHDRAWN
            )

    def _pass(self, judged: Judged, seq: int) -> None:
        event = judged.event
        altered = bool(judged.changes)
        self._put(
            Transfer(
                0,
                self.ledger.now,
                self.ledger.source(seq, self.source),
                "altered" if altered else "pass",
                without_hashes(event),
                changes=list(judged.changes),
            ),
            seq,
            Verdict.ALTERED if altered else Verdict.DELIVERED,
        )
        if event.files:
            lane_files.announce(self.ledger, judged, seq, self.source)
        if isinstance(event.body, MessageWithdraw):
            self.withdrawn.append(event.body.message)
        elif isinstance(event.body, ItemRemove):
            self.withdrawn.append(event.body.item)

    def _hold(self, judged: Judged, seq: int, finding: RuleFinding) -> None:
        limits = self.policy.holds
        item = holds.hold(self.ledger, judged, seq, self.source, finding.rule, limits)
        by = (finding.rule, limits.end(self.ledger.now), limits.desk, 0)
        self._put(item, seq, Verdict.HELD, by)
        if judged.event.files:
            lane_files.announce(self.ledger, judged, seq, self.source)

    def _refuse(self, judged: Judged, seq: int, finding: RuleFinding) -> None:
        self._put(
            Transfer(
                0,
                self.ledger.now,
                self.ledger.source(seq, self.source),
                "refused",
                without_hashes(judged.event),
                finding.reason,
                finding.rule,
            ),
            seq,
            Verdict.REFUSED,
            (finding.rule, 0, None, 0),
        )
        if judged.event.files:
            lane_files.announce(self.ledger, judged, seq, self.source)
            lane_files.drop(self.ledger, file_rows.of_event(self.ledger, seq), finding.reason)

    def _put(
        self,
        item: Transfer,
        seq: int,
        verdict: Verdict,
        by: DecidedBy = NOBODY,
    ) -> None:
        place = len(self.items)
        self.items.append(item)
        last = self.spans[-1] if self.spans else None
        if last is not None and last[4:] == (verdict, item.reason, 0, *by):
            self.spans[-1] = last._replace(last=place)
        else:
            self.spans.append(TransferSpan(place, place, seq, 0, verdict, item.reason, 0, *by))

    def _beyond(self, event: Event) -> RuleFinding | None:
        """Object to a number that nobody means, and to a clock that is ahead of ours."""
        tolerance = self.ledger.context.tolerance
        beyond = excess_of(event, now=self.ledger.now, tolerance=tolerance)
        if beyond is None:
            return None
        return RuleFinding(Action.REFUSE, beyond.reason, f"bounds-{beyond.field}")

    def _spent(self, judged: Judged) -> RuleFinding | None:
        """Charge the sender and return an objection if it was too much.

        Administration is charged to the lane and never objected to.
        """
        uid, rates, now = judged.event.author.uid, self.policy.rates, self.ledger.now
        if isinstance(judged.event.body, CopyDigest):
            uid, rates = DIGESTS, DIGEST_RATES
        if is_administration(judged.event):
            bucket = self.buckets.get(_LANE) or _bucket(self.ledger, _LANE)
            rate = rates.administration
            self.buckets[_LANE] = spent = charge_lane(bucket or full_lane(rate), rate, now=now)
            self.debt = debt_of(spent, rate)
            return None
        bucket = self.buckets.get(uid) or _bucket(self.ledger, uid) or full_bucket(rates)
        bucket = refill_bucket(bucket, rates, done_at=judged.event.at, now=now)
        self.buckets[uid], objection = spend_from(bucket, rates, judged.size)
        return objection


def _bucket(ledger: Ledger, uid: str) -> Bucket | None:
    row = ledger.db.execute("SELECT events, bytes, at FROM bucket WHERE uid = ?", (uid,)).fetchone()
    return Bucket(*row) if row else None
