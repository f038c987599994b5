"""From decisions to sealed envelopes, within the transaction that made the decisions.

    decided ──▶ drafts of payloads ──▶ records ──▶ leaves ──▶ signatures ──▶ envelopes
                                                   (audit)    (signer)       (outbox)

Either all of it is durable or nothing is.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from relay.verify.audit_record import Noted, decision_of
from relay.verify.audit_writer import AuditWriter, Departure, people_of
from relay.verify.decisions import Decided, DecisionRun, runs_of
from relay.verify.signer import PayloadDraft, ReleaseSigner
from relay.verify.store import Completed, Intake, lane_position
from runtime import audit_log, failpoints
from wire import payload as payloads
from wire.chain import Chain
from wire.events import Event, FileRef, Release
from wire.fields import MAX_EVENTS, MAX_PAYLOAD_BYTES
from wire.lane import Link
from wire.payload import Authority, Payload

# What a payload is beside its events: names and hashes of at most 100 to 200 characters.
_HEAD_BYTES = 2_048


@dataclass(frozen=True, slots=True)
class SealedRecords:
    """What one transaction put on record."""

    runs: tuple[DecisionRun, ...]
    salts: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class _Share:
    """What goes into one payload: events, and the places of their items in the group."""

    policy_sha256: str
    events: list[Event]
    places: list[int]


class Sealing:
    """Seals and puts on record what the transactions of a group have decided."""

    def __init__(
        self,
        signer: ReleaseSigner,
        scribe: AuditWriter,
        link: Link,
        log: str,
        clock: Callable[[], int],
    ) -> None:
        """Seal for `link`, on record in `log`."""
        self._signer = signer
        self._scribe = scribe
        self._link = link
        self._log = log
        self._clock = clock

    def before_commit(
        self, db: sqlite3.Connection, results: Sequence[object]
    ) -> SealedRecords | None:
        """Put on record what is new, and seal what of it is released."""
        decided = [each for done in results for each in _decisions(done)]
        notes = [note for done in results for note in _notes(done)]
        if not decided and not notes:
            return None
        now, first = self._clock(), audit_log.head(db).size
        people = people_of([each.item for each in decided])
        salts = self._scribe.salts(db, people | {n.operator for n in notes if n.operator})
        shares = _share_out(decided, first)
        drafts = list(self._draft(shares, lane_position(db).chain, now))
        departures = _departures(len(decided), drafts, shares)
        records = self._scribe.write(decided, departures, salts, first=first, now=now)
        records += [
            self._scribe.write_note(note, salts, idx=first + len(decided) + i, now=now)
            for i, note in enumerate(notes)
        ]
        audit_log.append(db, records, now=now)
        failpoints.reach("verify.leaves.written")
        for draft in drafts:
            _keep_envelope(db, draft, self._signer.sign(db, draft), now)
        failpoints.reach("verify.envelopes.sealed")
        return SealedRecords(tuple(_keep_runs(db, decided, departures)), salts)

    def _draft(self, shares: Sequence[_Share], chain: Chain, now: int) -> Iterator[PayloadDraft]:
        for share in shares:
            authority = Authority(self._log, share.policy_sha256)
            head = payloads.head(
                self._link,
                epoch=chain.epoch,
                seq=chain.high + 1,
                prev=chain.head,
                sent_at=now,
                authority=authority,
            )
            draft = PayloadDraft(Payload(head, share.events))
            chain = replace(chain, high=draft.payload.last, head=draft.sha256)
            yield draft


def _decisions(done: object) -> Iterator[Decided]:
    match done:
        case Intake(taken):
            yield from (each for batch in taken for each in batch.decided)
        case Completed(decided=decided):
            yield from decided


def _notes(done: object) -> Iterator[Noted]:
    match done:
        case Noted():
            yield done
        case tuple():
            yield from (each for each in done if isinstance(each, Noted))


def _share_out(decided: Sequence[Decided], first: int) -> list[_Share]:
    """Spread the events that are released over payloads; their records begin with `first`."""
    shares: list[_Share] = []
    free = 0
    for place, each in enumerate(decided):
        if each.event is None:
            continue
        event = _released(each, each.event, first + place)
        # The types bound it: no event is longer than `wire.fields.MAX_EVENT_BYTES`.
        size = payloads.encoded_size(event) + 1
        if size > free or not _has_room(shares[-1], each.policy_sha256):
            shares.append(_Share(each.policy_sha256, [], []))
            free = MAX_PAYLOAD_BYTES - _HEAD_BYTES
        shares[-1].events.append(event)
        shares[-1].places.append(place)
        free -= size
    return shares


def _has_room(share: _Share, policy_sha256: str) -> bool:
    return len(share.events) < MAX_EVENTS and share.policy_sha256 == policy_sha256


def _released(decided: Decided, event: Event, leaf: int) -> Event:
    """Return `event`, sealed again, with the authority by which it is released."""
    release = Release(leaf, decided.item.source.sha256, decision_of(decided), decided.changes)
    # The files are not clean yet: the hashes of their sources are nobody's business there.
    files = [FileRef(f.fid, f.name, f.media, f.size, None) for f in event.files]
    return Event(
        event.id, event.hlc, event.at, event.room, event.author, event.body, files, release
    )


def _departures(
    number: int, drafts: Sequence[PayloadDraft], shares: Sequence[_Share]
) -> list[Departure | None]:
    """Return for each of `number` items in which payload its event leaves, if it does."""
    departures: list[Departure | None] = [None] * number
    for draft, share in zip(drafts, shares, strict=True):
        for seq, place in enumerate(share.places, start=draft.payload.head.seq):
            departures[place] = Departure(seq, draft.sha256)
    return departures


def _keep_envelope(db: sqlite3.Connection, draft: PayloadDraft, sealed: bytes, now: int) -> None:
    payload = draft.payload
    db.execute(
        "INSERT INTO envelope VALUES (?, ?, ?, ?, ?)",
        (payload.head.seq, payload.last, draft.sha256, now, sealed),
    )


def _keep_runs(
    db: sqlite3.Connection, decided: Sequence[Decided], departures: Sequence[Departure | None]
) -> list[DecisionRun]:
    """Keep what became of each item.  A run lies within one payload, which confirms it."""
    runs: list[DecisionRun] = []
    for _, group in groupby(
        zip(decided, departures, strict=True), key=lambda each: each[1] and each[1].sha256
    ):
        items, seqs = zip(*((item, each and each.seq) for item, each in group), strict=True)
        runs += runs_of(items, seqs)
    db.executemany(
        "INSERT INTO run VALUES (?, ?, ?, ?, ?, ?)",
        [(r.first, r.last, r.state, r.verdict, r.reason, r.seq) for r in runs],
    )
    db.executemany(
        "UPDATE file SET seq = ? WHERE n = ?",
        [
            (departure.seq, each.item.n)
            for each, departure in zip(decided, departures, strict=True)
            if departure is not None and each.waits
        ],
    )
    return runs
