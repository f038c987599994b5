"""Checks of the lanes: ends that meet, a policy that can be used, nothing halted."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from runtime.settings import OpenToOthers, SettingsFault
from sekisho.addresses import Stage, stages_of
from sekisho.doctor.codes import Code
from sekisho.doctor.facts import NodeFacts, tolerance_ms
from sekisho.doctor.finding import DoctorFinding
from sekisho.node_statuses import DRIFT_MS, clock_trouble, halts_of
from sekisho.read_store import InUse, open_read_only
from sekisho.site import Program, lanes_in, statutes_of
from wire.reasons import Reason

_HALTS: Final[Mapping[Program, str]] = {
    Program.ZONE: "SELECT halted FROM chain WHERE halted IS NOT NULL",
    Program.TRANSFORM: "SELECT halt FROM lane WHERE halt IS NOT NULL",
    Program.VERIFY: """
        SELECT coalesce(halted, far_stopped) FROM lane
         WHERE halted IS NOT NULL OR far_stopped IS NOT NULL
    """,
}


def check(site: Path, nodes: Sequence[NodeFacts], now: int) -> Iterator[DoctorFinding]:  # noqa: ARG001 - all checks are called alike
    """Yield what keeps the lanes from carrying."""
    by_stage = {(each.node.lane, each.node.program): each for each in nodes if each.node.lane}
    for each in nodes:
        if each.node.zone is not None and each.setting("lane") is not None:
            leaving, arriving = stages_of(each.node.zone)
            lane = each.settings.lane
            yield from _link(each, lane.leaving, by_stage.get(leaving), leaving)
            yield from _link(each, lane.arriving, by_stage.get(arriving), arriving)
        for reason in _halted(each):
            code = Code.ROLLBACK if reason == Reason.ROLLBACK else Code.LANE_HALTED
            yield DoctorFinding(code, each.folder, f"{each.node.name}: {reason}")
        yield from _clocks(each)
    yield from _policies(site, nodes)


def _clocks(facts: NodeFacts) -> Iterator[DoctorFinding]:
    """Yield how far the relay's clocks are from a running zone's."""
    for lane, said in (facts.status or {}).get("lanes", {}).items():
        offset = said.get("clock_offset_ms") or 0
        if abs(offset) < DRIFT_MS:
            continue
        code = Code.CLOCK_APART if abs(offset) > tolerance_ms(facts) else Code.CLOCK_DRIFTS
        yield DoctorFinding(code, facts.folder, f"{lane}: {clock_trouble(offset)}")


def _link(
    zone: NodeFacts, dialled: str, relay: NodeFacts | None, stage: Stage
) -> Iterator[DoctorFinding]:
    """Yield an address that a zone dials and its relay, on this host, does not listen at."""
    if relay is None or (listening := relay.setting("link")) is None:
        return
    if _end(zone.folder, dialled) != _end(relay.folder, listening):
        where = zone.folder / zone.node.settings.name
        lane, program = stage
        yield DoctorFinding(
            Code.LINK_MISMATCH, where, f"{dialled}, but {lane} {program} listens at {listening}"
        )


def _end(folder: Path, address: str) -> object:
    """Return what must be equal of two addresses.

    Of TLS it is the port: a host has many names, and listens at 0.0.0.0 for all of them.
    """
    scheme, _, rest = address.partition(":")
    if scheme == "unix":
        return (folder / rest).resolve()
    return scheme, rest.rpartition(":")[2]


def _policies(site: Path, nodes: Sequence[NodeFacts]) -> Iterator[DoctorFinding]:
    from relay.rule_files import POLICY, PROFILE, rules_digest
    from relay.transform.policy import read_policy
    from relay.transform.profiles import read_profile

    for lane in lanes_in(site):
        folder = site / statutes_of(lane)
        path = folder / POLICY
        try:
            files = read_policy(path).files
            path = folder / PROFILE
            read_profile(folder, files)
            sha256 = rules_digest(folder)
        except OpenToOthers:
            continue  # `doctor.folders` names it
        except SettingsFault as fault:
            yield DoctorFinding(Code.POLICY_BAD, path, str(fault))
            continue
        for each in nodes:
            running = (each.status or {}).get("policy_sha256")
            if each.node.lane is lane and running not in (None, sha256):
                told = f"{each.node.name} runs on {str(running)[:16]}…"
                yield DoctorFinding(Code.POLICY_DIFFERS, folder / POLICY, told)


def _halted(facts: NodeFacts) -> list[str]:
    """Return the reasons for which a node has stopped a lane."""
    if facts.status is not None:
        return halts_of(facts.status)
    path = facts.folder / facts.node.store.name
    try:
        with open_read_only(path) as db:
            return [str(reason) for (reason,) in db.execute(_HALTS[facts.node.program])]
    except (InUse, sqlite3.Error):
        return []  # `doctor.stores` says what is wrong with it
