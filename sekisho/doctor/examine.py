"""The one function the doctor exists for: gather the facts, ask every check."""

from pathlib import Path

from sekisho.clock import now_ms
from sekisho.doctor import facts, folders, host, keys, lanes, stores, witnesses
from sekisho.doctor.finding import DoctorFinding

CHECKS = (host.check, folders.check, keys.check, stores.check, lanes.check, witnesses.check)


def examine_site(site: Path) -> list[DoctorFinding]:
    """Return all that is wrong with the nodes in `site`, the machine first."""
    nodes, at = facts.gather(site), now_ms()
    return [finding for check in CHECKS for finding in check(site, nodes, at)]
