"""Verifying a lane's log as far as this host can: its hashes, its witnesses, their memories."""

import datetime
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runtime import audit_verify
from sekisho import read_store
from sekisho.audit_place import AuditLog
from sekisho.read_store import InUse
from sekisho.site import zone_node
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
    trouble: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "log": self.log,
            "verified": self.verified,
            "size": self.size,
            "witnesses": self.witnesses,
            "memories": self.memories,
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
        if self.verified:
            yield f"検証済 / verified: {self.log}, {self.size} records"
        else:
            yield f"検証できません / NOT verified: {self.log}"


def verify(place: AuditLog, site: Path | None, *, with_witnesses: bool) -> Findings:
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
    if site is not None:
        for zone in Zone:
            _compare_memory(findings, place, site, zone)
    return findings


def _compare_memory(findings: Findings, place: AuditLog, site: Path, zone: Zone) -> None:
    """Compare the log with what a zone remembers to have seen: it must have grown out of that."""
    store = site / zone_node(zone).store
    if not store.exists():
        return
    lane = next(each for each in Lane if place.log.name.endswith(f"/{each}"))
    try:
        memory = read_store.witnessed(store, lane)
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


def _fail(findings: Findings, refusal: Refused) -> Findings:
    findings.verified = False
    findings.trouble.append(str(refusal))
    return findings


def _time(at_s: int) -> str:
    return datetime.datetime.fromtimestamp(at_s, datetime.UTC).isoformat()
