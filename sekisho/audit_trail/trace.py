"""One message's life: every record of both lanes that speaks of it, in the order of time.

Nothing but log folders and the logs' keys is needed.  Each record is proven to be in the log
that signed its checkpoint, so that a folder with a record put into it tells nothing new; that
no record was left out is for `sekisho audit verify` to say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from runtime import audit_reader
from runtime.audit_reader import AuditEntry
from sekisho.audit_place import AuditLog
from sekisho.audit_trail.queries import AuditQuery, Record
from wire.reasons import Reason, Refused


@dataclass(frozen=True, slots=True)
class TraceStep:
    """Something that a log says of the message."""

    log: str
    index: int
    record: Record

    def as_json(self) -> dict[str, Any]:
        return {"log": self.log, "index": self.index, "record": dict(self.record)}


def trace_event(logs: Sequence[AuditLog], event: str) -> list[TraceStep]:
    """Return what the logs say of `event`, the earliest first.  Raises `Refused` if nothing."""
    steps = [step for log in logs for step in _steps(log, event)]
    if not steps:
        raise Refused(Reason.NOT_FOUND, f"no record of {event}")
    return sorted(steps, key=lambda step: (_time(step.record), step.log, step.index))


def _steps(log: AuditLog, event: str) -> Iterator[TraceStep]:
    query = AuditQuery(event=event)
    for entry in audit_reader.mentioning(log.folder, log.log, event):
        if query.matches(entry.record):
            yield _proven(log, entry)


def _proven(log: AuditLog, entry: AuditEntry) -> TraceStep:
    audit_reader.demand_included(log.folder, log.log, entry)
    return TraceStep(log.log.name, entry.index, entry.record)


def _time(record: Record) -> int:
    t = record.get("t")
    return t if isinstance(t, int) else 0
