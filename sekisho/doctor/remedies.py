"""What mends a fault: the command for a finding, and docs/doctor.md, which lists them all."""

from pathlib import Path

from sekisho.doctor.faults import MEANINGS, DoctorFinding
from wire.lane import Lane, Zone


def remedy_for(finding: DoctorFinding, site: Path) -> str:
    """Return the command that mends a finding."""
    lane = next((each for each in Lane if each in finding.path.parts), Lane.IMPORT)
    zone = next((each for each in Zone if each in finding.path.parts), Zone.LGWAN)
    mend = MEANINGS[finding.code].mend
    return mend.format(path=finding.path, site=site, lane=lane, zone=zone)


def markdown() -> str:
    """Return the table of docs/doctor.md."""
    lines = ["| code | 意味 | meaning | command |", "|---|---|---|---|"]
    for code, each in MEANINGS.items():
        mend = each.mend.format(path="PATH", site="DIR", lane="LANE", zone="ZONE")
        lines.append(f"| `{code}` | {each.ja} | {each.en} | `{mend}` |")
    return "\n".join(lines) + "\n"
