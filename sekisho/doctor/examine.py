"""The one function the doctor exists for: gather the facts, ask every check."""

from pathlib import Path

from sekisho.clock import now
from sekisho.doctor import folders, host, keys, lanes, stores
from sekisho.doctor.facts import gather
from sekisho.doctor.faults import Finding

CHECKS = (host.check, folders.check, keys.check, stores.check, lanes.check)


def examine(site: Path) -> list[Finding]:
    """Return all that is wrong with the nodes in `site`, the machine first."""
    nodes, at = gather(site), now()
    return [finding for check in CHECKS for finding in check(site, nodes, at)]
