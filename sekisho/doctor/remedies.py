"""What mends a fault: the command for a finding, and docs/doctor.md, which lists them all."""

from pathlib import Path
from typing import Final

from sekisho.doctor.faults import MEANINGS
from sekisho.doctor.finding import DoctorFinding
from wire.lane import Lane, Zone

# What keeps programs from namespaces of their own (user_namespaces(7)): where Debian, Ubuntu and
# the kernel itself have it, what shuts it there and what opens it.
_NAMESPACES: Final = (
    ("kernel/unprivileged_userns_clone", "0", "1"),
    ("kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
    ("user/max_user_namespaces", "0", "16384"),
)


def remedy_for(finding: DoctorFinding, site: Path) -> str:
    """Return the command that mends a finding."""
    lane = next((each for each in Lane if each in finding.path.parts), Lane.IMPORT)
    zone = next((each for each in Zone if each in finding.path.parts), Zone.LGWAN)
    mend = MEANINGS[finding.code].mend
    return mend.format(
        path=finding.path, site=site, lane=lane, zone=zone, namespaces=namespaces_setting()
    )


def namespaces_setting(folder: Path = Path("/proc/sys")) -> str:
    """Return the setting that lets this host have user namespaces: the one that is shut, if any."""
    shut = (
        f"{name.replace('/', '.')}={opened}"
        for name, closed, opened in _NAMESPACES
        if (folder / name).is_file() and (folder / name).read_text().strip() == closed
    )
    return next(shut, "kernel.unprivileged_userns_clone=1")


def markdown() -> str:
    """Return the table of docs/doctor.md."""
    lines = ["| code | 意味 | meaning | command |", "|---|---|---|---|"]
    for code, each in MEANINGS.items():
        mend = each.mend.format(
            path="PATH", site="DIR", lane="LANE", zone="ZONE", namespaces="SETTING"
        )
        lines.append(f"| `{code}` | {each.ja} | {each.en} | `{mend}` |")
    return "\n".join(lines) + "\n"
