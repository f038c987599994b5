"""Writes the records of the audit log: what was decided, or what happened on a link."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from relay.normal_form import OperatorAct, Transfer
from relay.verify.audit_record import (
    Noted,
    Occurrence,
    Record,
    changed_by,
    decision_of,
    encode,
    files_of,
    person_commitment,
    subject_of,
)
from relay.verify.decisions import Decided
from wire.consents import digest_of_consent
from wire.events import Event
from wire.lane import Lane

SALT_BYTES = 16
# People seen lately, 200 bytes each; the others are in the store.
MAX_SALTS = 100_000


@dataclass(frozen=True, slots=True)
class Origin:
    """Who writes: the same in all records of a process."""

    log: str
    host: str
    proc: str
    ver: str
    lane: Lane


@dataclass(frozen=True, slots=True)
class Departure:
    """In which payload an event leaves, and as which event of the chain."""

    seq: int
    sha256: str


class AuditWriter:
    """Writes records, and keeps the salts that hide people in them."""

    def __init__(self, origin: Origin, entropy: Callable[[int], bytes]) -> None:
        """Write as `origin`; `entropy` returns so many random bytes."""
        self._origin = origin
        self._entropy = entropy
        self._salts: dict[str, bytes] = {}

    @property
    def node(self) -> str:
        """The stage that writes."""
        return self._origin.proc

    def salts(self, db: sqlite3.Connection, uids: Iterable[str]) -> dict[str, bytes]:
        """Return the salt of each person, which is durable with this transaction."""
        salts = {}
        for uid in set(uids):
            salt = self._salts.get(uid)
            if salt is None:
                row = db.execute("SELECT salt FROM person WHERE uid = ?", (uid,)).fetchone()
                salt = row[0] if row else self._entropy(SALT_BYTES)
                if row is None:
                    db.execute("INSERT INTO person VALUES (?, ?)", (uid, salt))
            salts[uid] = salt
        return salts

    def remember(self, salts: dict[str, bytes]) -> None:
        """Spare the store a question: these salts are durable now."""
        if len(self._salts) > MAX_SALTS:
            self._salts.clear()
        self._salts.update(salts)

    def write(
        self,
        decided: Sequence[Decided],
        departures: Sequence[Departure | None],
        salts: dict[str, bytes],
        *,
        first: int,
        now: int,
    ) -> list[bytes]:
        """Return the records of `decided`, of which the first becomes leaf `first`."""
        actors = {uid: person_commitment(salt, uid) for uid, salt in salts.items()}
        return [
            encode(self._record(each, departure, actors, idx, now))
            for idx, (each, departure) in enumerate(
                zip(decided, departures, strict=True), start=first
            )
        ]

    def _record(
        self,
        decided: Decided,
        departure: Departure | None,
        actors: dict[str, str],
        idx: int,
        now: int,
    ) -> Record:
        item, event = decided.item, decided.item.event
        if item.note is not None and decided.reason is None:
            return self._act(item, item.note, actors, idx, now)
        return Record(
            **self._written(idx, now),
            ev=Occurrence.EVENT_BARRED if departure is None else Occurrence.EVENT_RELEASED,
            sender=self._origin.lane.source,
            epoch=item.source.epoch,
            seq=item.source.seq,
            **({} if event is None else _of_event(event, actors)),
            approvers=[actors[signed.consent.by] for signed in item.consents],
            consents=[digest_of_consent(signed) for signed in item.consents],
            decision=decision_of(decided),
            reason=decided.reason,
            rule=item.rule,
            policy_sha256=decided.policy_sha256,
            in_sha256=item.source.sha256,
            out_seq=departure.seq if departure else None,
            out_sha256=departure.sha256 if departure else None,
            files=files_of(decided),
            changes=decided.changes,
            times=item.times if event is None else 0,
        )

    def _written(self, idx: int, now: int) -> dict[str, Any]:
        """Return what every record says of itself: when, where and by whom it was written."""
        origin = self._origin
        return {
            "v": 1,
            "log": origin.log,
            "idx": idx,
            "t": now,
            "host": origin.host,
            "proc": origin.proc,
            "ver": origin.ver,
            "lane": origin.lane,
        }

    def _act(
        self, item: Transfer, act: OperatorAct, actors: dict[str, str], idx: int, now: int
    ) -> Record:
        """Return the record of what an operator did at the transform stage."""
        return Record(
            **self._written(idx, now),
            ev=Occurrence(act.act),
            epoch=item.source.epoch,
            id=act.subject,
            node=f"{self._origin.lane}-transform",
            actor=actors[act.operator],
        )

    def write_note(self, noted: Noted, salts: dict[str, bytes], *, idx: int, now: int) -> bytes:
        """Return the record of something that is not about an item."""
        operator = noted.operator
        record = Record(
            **self._written(idx, now),
            ev=noted.occurrence,
            reason=noted.reason,
            node=noted.node,
            epoch=noted.epoch,
            policy_sha256=noted.policy_sha256,
            keyring_sha256=noted.keyring_sha256,
            times=noted.times,
            actor=person_commitment(salts[operator], operator) if operator else None,
        )
        return encode(record)


def _of_event(event: Event, actors: Mapping[str, str]) -> dict[str, Any]:
    """Return what a record says of an event: which it is, of whom, and of which files."""
    name, kind, notice = subject_of(event)
    return {
        "id": name,
        "notice": notice,
        "about": changed_by(event),
        "room": event.room,
        "kind": kind,
        "actor": actors[event.author.uid],
        "frontend": event.author.frontend,
        "attached": [file.fid for file in event.files],
    }


def people_of(items: Sequence[Transfer]) -> set[str]:
    """Return who the records of `items` speak of."""
    people = {item.event.author.uid for item in items if item.event is not None}
    people |= {signed.consent.by for item in items for signed in item.consents}
    return people | {item.note.operator for item in items if item.note is not None}


def people_after(db: sqlite3.Connection, uid: str) -> list[tuple[str, bytes]]:
    """Return the next people and their salts, in the order of their ids, and none at the end."""
    return db.execute(
        "SELECT uid, salt FROM person WHERE uid > ? ORDER BY uid LIMIT 1000", (uid,)
    ).fetchall()
