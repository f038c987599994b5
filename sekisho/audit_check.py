"""Verifying a lane's log as far as this host can: its hashes, its witnesses, their memories."""

import datetime
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from relay.verify.settings import VerifySettings
from runtime import audit_reader, audit_verify
from runtime.audit_verify import VerifiedLog
from runtime.settings import read_settings
from sekisho import read_store
from sekisho.audit_place import AuditLog
from sekisho.clock import now_ms
from sekisho.read_store import InUse
from sekisho.site import Program, stage_node, zone_node
from wire.audit.tlog import TreeHead
from wire.lane import Lane, Zone
from wire.reasons import Refused


@dataclass(slots=True)
class Findings:
    """What was looked at, and whether all of it is as it should be."""

    log: str
    verified: bool = True
    size: int | None = None
    witnesses: list[dict[str, Any]] = field(default_factory=list)
    memories: list[dict[str, Any]] = field(default_factory=list)
    unvouched: int = 0  # the last records, for which no witness vouches
    lagging: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "log": self.log,
            "verified": self.verified,
            "size": self.size,
            "witnesses": self.witnesses,
            "memories": self.memories,
            "unvouched": self.unvouched,
            "lagging": self.lagging,
            "trouble": self.trouble,
        }

    def lines(self) -> Iterator[str]:
        """Yield the findings for people, Japanese first."""
        for trouble in self.trouble:
            yield f"異常 / fault: {trouble}"
        for each in self.witnesses:
            yield f"立会署名 / witness {each['witness']}: {each['size']} records, {each['at']}"
        for each in self.memories:
            yield f"立会記憶 / memory of {each['zone']}: {each['says']}"
        vouched = (self.size or 0) - self.unvouched
        if self.unvouched:
            yield (
                f"保証なし / nobody vouches for: {self.unvouched} records, from {vouched} on;"
                " 書き換えも削除も見つけられません / they could be rewritten or deleted"
            )
        for witness in self.lagging:
            yield f"証人の遅れ / witness lags: {witness}"
        if self.verified:
            yield f"検証済 / verified: {self.log}, {vouched} of {self.size} records"
        else:
            yield f"検証できません / NOT verified: {self.log}"


@dataclass(frozen=True, slots=True)
class LagBounds:
    """By how much a witness may lag: records, and seconds since it signed.

    The seconds count while there is a record that it has not seen, up to `as_of` (seconds since
    1970) or, if that is None, to what the newest record says: a copy does not get older.
    """

    records: int = 10_000
    seconds: int = 24 * 3600
    as_of: int | None = None


def bounds_of(
    place: AuditLog, site: Path | None, records: int | None, hours: int | None
) -> LagBounds:
    """Return the bounds that somebody names, else those of the lane's settings, else ours."""
    bounds = LagBounds()
    if site is not None:
        node = stage_node(_lane_of(place), Program.VERIFY)
        settings = read_settings(site / node.settings, VerifySettings)
        bounds = LagBounds(
            settings.witness_lag_records, settings.witness_lag_hours * 3600, now_ms() // 1000
        )
    return LagBounds(
        bounds.records if records is None else records,
        bounds.seconds if hours is None else hours * 3600,
        bounds.as_of,
    )


def verify(
    place: AuditLog, site: Path | None, *, with_witnesses: bool, bounds: LagBounds | None = None
) -> Findings:
    """Verify the log at `place`, and against the memories of the zones in `site`."""
    findings = Findings(place.log.name)
    try:
        report = audit_verify.verify_log(
            place.folder, place.log, place.witnesses if with_witnesses else ()
        )
    except Refused as refusal:
        return _fail(findings, refusal)
    findings.size = report.head.size
    findings.witnesses = [
        {"witness": each.witness, "size": each.size, "at": _time(each.at_s)}
        for each in report.witnessed
    ]
    if with_witnesses:
        _measure_lag(findings, place, report, bounds or LagBounds())
    if site is not None:
        for zone in Zone:
            _compare_memory(findings, place, site, zone)
    return findings


def _measure_lag(
    findings: Findings, place: AuditLog, report: VerifiedLog, bounds: LagBounds
) -> None:
    """Note how many records nobody vouches for, and fail for each witness that lags too much."""
    size = report.head.size
    findings.unvouched = size - max((each.size for each in report.witnessed), default=0)
    as_of = bounds.as_of if bounds.as_of is not None else _newest_s(place, size)
    for each in report.witnessed:
        # A record that nobody vouches for can say any time: the witness's own word counts.
        records, seconds = size - each.size, max(0, as_of - each.at_s)
        if records and (records > bounds.records or seconds > bounds.seconds):
            findings.verified = False
            findings.lagging.append(f"{each.witness}: {records} records, {seconds} s")


def _newest_s(place: AuditLog, size: int) -> int:
    record = audit_reader.read_record(place.folder, size, size - 1) if size else {}
    t = record.get("t")
    return t // 1000 if isinstance(t, int) else 0


def _compare_memory(findings: Findings, place: AuditLog, site: Path, zone: Zone) -> None:
    """Compare the log with what a zone remembers to have seen: it must have grown out of that."""
    store = site / zone_node(zone).store
    if not store.exists():
        return
    try:
        memory = read_store.witnessed(store, _lane_of(place))
        if memory is None:
            says = "saw nothing yet"
        else:
            audit_verify.check_grown(place.folder, place.log, TreeHead(*memory))
            says = f"saw {memory[0]} records, and they are still there"
    except InUse:
        says = "skipped, the zone is running"
    except sqlite3.Error as trouble:
        says = f"skipped, {trouble}"
    except Refused as refusal:
        says = "contradicts the log"
        _fail(findings, refusal)
    findings.memories.append({"zone": zone.value, "says": says})


def _lane_of(place: AuditLog) -> Lane:
    return next(each for each in Lane if place.log.name.endswith(f"/{each}"))


def _fail(findings: Findings, refusal: Refused) -> Findings:
    findings.verified = False
    findings.trouble.append(str(refusal))
    return findings


def _time(at_s: int) -> str:
    return datetime.datetime.fromtimestamp(at_s, datetime.UTC).isoformat()
