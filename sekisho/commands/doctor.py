"""`sekisho doctor`: what is wrong with this host's nodes, what it means, and what mends it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sekisho.arguments import site_argument
from sekisho.screen import as_json_option, print_json

if TYPE_CHECKING:
    from sekisho.doctor.finding import DoctorFinding


@click.command()
@site_argument
@as_json_option
def doctor(folder: Path, as_json: bool) -> int:
    """Find what is wrong with the nodes in DIR, and say what each fault means and what mends it.

    Nodes may be running: what only a node itself can know is asked of it.  The exit
    code is 1 if there is a fault; a warning alone leaves it 0.
    """
    from sekisho.doctor.examine import examine_site
    from sekisho.doctor.faults import MEANINGS
    from sekisho.exits import Exit

    findings = examine_site(folder)
    faults = [each for each in findings if not MEANINGS[each.code].is_warning]
    if as_json:
        print_json({"ok": not faults, "findings": [_as_json(each, folder) for each in findings]})
    else:
        for each in findings:
            _print(each, folder)
        click.echo(f"異常 {len(faults)} 件、注意 {len(findings) - len(faults)} 件 / ", nl=False)
        click.echo(f"{len(faults)} faults, {len(findings) - len(faults)} warnings")
    return Exit.FOUND if faults else Exit.OK


def _print(finding: "DoctorFinding", site: Path) -> None:
    said = _as_json(finding, site)
    click.echo(f"[{said['code']}] {said['ja']} / {said['en']}")
    click.echo(f"  場所 / where   {said['path']}")
    if said["detail"]:
        click.echo(f"  詳細 / detail  {said['detail']}")
    click.echo(f"  対処 / mend    {said['mend']}\n")


def _as_json(finding: "DoctorFinding", site: Path) -> dict[str, Any]:
    from sekisho.doctor.faults import MEANINGS
    from sekisho.doctor.remedies import remedy_for

    meaning = MEANINGS[finding.code]
    return {
        "code": finding.code.value,
        "severity": "warning" if meaning.is_warning else "fault",
        "path": str(finding.path),
        "detail": finding.detail,
        "ja": meaning.ja,
        "en": meaning.en,
        "mend": remedy_for(finding, site),
    }
