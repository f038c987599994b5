"""What `sekisho doctor` says mends a fault mends it: the very command, carried out."""

import shutil
import subprocess
from pathlib import Path

import pytest

from sekisho.clock import now_ms
from sekisho.doctor import facts, host
from sekisho.doctor.codes import Code
from sekisho.doctor.examine import CHECKS
from sekisho.doctor.faults import DoctorFinding
from sekisho.doctor.remedies import remedy_for
from tests.sekisho.conftest import Run
from tests.sekisho.test_doctor import PLANTED, drop
from wire.keyring import confirmation_number, read_card

# What only tells more of a fault, since a person has to decide what it means: a fork or a rollback,
# records that differ, programs that do not take what they are sent.
TELLING = {
    Code.AUDIT_BROKEN,
    Code.EVENTS_REFUSED,
    Code.IMPORT_UNARRIVED,
    Code.LANE_HALTED,
    Code.POLICY_DIFFERS,
    Code.ROLLBACK,
    Code.SEARCH_BEHIND,
    Code.STORE_IN_USE,
    Code.WEBHOOK_DEAD,
}
# Carried out as root, by other Unix users: tests/sekisho/test_unix_users.py.
BY_ROOT = {Code.FRONTEND_SHUT_OUT, Code.OWNER_DIFFERS}
# Carried out by zones that run: tests/stories/test_the_two_copies_stay_one.py.
BY_ZONES = {Code.COPIES_DIFFER}
# Changes the machine, not the site: packages, kernel settings, clock, disk, where the site lies.
OF_THE_MACHINE = {
    Code.CELL_UNSAFE,
    Code.CLOCK_APART,
    Code.CLOCK_DRIFTS,
    Code.CLOCK_WRONG,
    Code.DISK_LOW,
    Code.FFMPEG_MISSING,
    Code.FONTS_MISSING,
    Code.JAIL_UNSAFE,
    Code.JAIL_WEAKER,
    Code.OFFICE_MISSING,
    Code.PYTHON_OLD,
    Code.SOCKET_TOO_LONG,
    Code.SQLITE_OLD,
    Code.ZLIB_OTHER,
}
BY_CARDS = {Code.KEYRING_INCOMPLETE, Code.KEYRINGS_DIFFER}
MENDED = [code for code in PLANTED if code not in TELLING | BY_ROOT | BY_ZONES]


def findings(site: Path) -> list[DoctorFinding]:
    nodes = facts.gather(site)
    checks = [check for check in CHECKS if check is not host.check]
    return [found for check in checks for found in check(site, nodes, now_ms())]


@pytest.fixture
def backup(site: Path, tmp_path: Path) -> Path:
    """The site as it was, as a backup has it."""
    kept = tmp_path / "backup"
    shutil.copytree(site, kept)
    return kept


def carry_out(sekisho: Run, command: str, site: Path, backup: Path) -> None:
    """Do what a person does who reads `command`: they have a backup, and an editor."""
    program, *words = command.split()
    match program:
        case "sekisho":
            assert sekisho(*words).code == 0
        case "editor":
            path = Path(words[0])
            shutil.copy2(backup / path.relative_to(site), path)
        case _:
            wanted = Path(words[-1]).relative_to(site) if "BACKUP" in words else Path()
            made = [str(backup / wanted) if word == "BACKUP" else word for word in words]
            subprocess.run([program, *made], check=True)


@pytest.mark.parametrize("code", MENDED)
def test_the_command_of_a_fault_mends_it(
    code: Code, site: Path, backup: Path, sekisho: Run
) -> None:
    PLANTED[code](site)
    for finding in findings(site):
        carry_out(sekisho, remedy_for(finding, site), site, backup)
    assert findings(site) == []


def test_a_key_that_a_node_lacks_is_added_from_its_card(site: Path, sekisho: Run) -> None:
    drop(site, "lgwan")
    assert {finding.code for finding in findings(site)} == BY_CARDS
    card = site / "cards" / "import-audit.card"
    for finding in findings(site)[:1]:
        command = remedy_for(finding, site).replace("CARD", str(card)).split()[1:]
        number = confirmation_number(read_card(card.read_bytes()))
        assert sekisho(*command, "--number", number).code == 0
    assert findings(site) == []


def test_every_fault_is_mended_here_or_it_is_said_why_not() -> None:
    assert {*MENDED, *TELLING, *BY_ROOT, *BY_ZONES, *OF_THE_MACHINE, *BY_CARDS} == set(Code)
