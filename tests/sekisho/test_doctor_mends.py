"""What `sekisho doctor` says mends a fault mends it: the very command, carried out."""

import shutil
import subprocess
from pathlib import Path

import pytest

from sekisho.clock import now_ms
from sekisho.doctor import facts, host
from sekisho.doctor.codes import Code
from sekisho.doctor.examine import CHECKS
from sekisho.doctor.finding import DoctorFinding
from sekisho.doctor.remedies import remedy_for
from tests.conftest import ROOT
from tests.sekisho.conftest import Run
from tests.sekisho.planted_faults import PLANTED, drop
from wire.keyring import confirmation_number, read_card

RUNNING, HOST, USERS = (
    f"tests/sekisho/test_{name}.py"
    for name in ("doctor_mends_running", "doctor_mends_host", "unix_users")
)
CONFINING = "tests/confinement/test_confining.py"
CLOCKS = "tests/stories/test_clocks_that_differ_are_seen.py"
OWN_USERS = "test_what_doctor_says_of_own_users_is_mended_by_what_it_says"
PACKAGES = "test_the_packages_that_doctor_names_are_what_is_missing"
NUMBERS = "test_a_larger_disk_newer_programs_and_the_right_time_are_enough"
NAMESPACES = "test_a_host_that_shuts_namespaces_is_mended_by_the_setting_that_doctor_names"
APART = "test_how_far_the_clocks_are_apart_is_told_on_both_links"

# Where each is made, named and mended that takes more than a command on a site that is stopped:
# daemons that run, root, or a machine of its own.
ELSEWHERE = {
    Code.AUDIT_BROKEN: (
        RUNNING,
        "test_a_published_log_that_was_damaged_is_named_verified_and_restored",
    ),
    Code.COPIES_DIFFER: (RUNNING, "test_the_command_of_a_fault_mends_it"),
    Code.EVENTS_REFUSED: (RUNNING, "test_the_command_of_a_fault_mends_it"),
    # That importing again sends it once more: tests/zone/conversation/test_imports.py.
    Code.IMPORT_UNARRIVED: (RUNNING, "test_whom_a_rule_refused_is_named_until_the_rule_is_another"),
    Code.LANE_HALTED: (RUNNING, "test_a_halted_lane_goes_on_once_somebody_knows_why"),
    Code.POLICY_DIFFERS: (RUNNING, "test_a_lane_takes_up_the_policy_of_its_file"),
    Code.ROLLBACK: (RUNNING, "test_the_newer_store_is_put_back"),
    Code.SOCKET_TOO_LONG: (RUNNING, "test_a_site_that_lies_too_deep_is_moved_as_doctor_says"),
    Code.STORE_IN_USE: (RUNNING, "test_who_holds_a_store_is_found_and_ended"),
    Code.WEBHOOK_DEAD: (
        RUNNING,
        "test_a_letter_that_was_dead_is_tried_again_or_its_webhook_removed",
    ),
    Code.WITNESS_LAGS: (
        "tests/sekisho/test_audit.py",
        "test_a_witness_that_lags_is_named_until_it_signs_again",
    ),
    Code.FRONTEND_SHUT_OUT: (USERS, OWN_USERS),
    Code.OWNER_DIFFERS: (USERS, OWN_USERS),
    Code.CLOCK_APART: (CLOCKS, APART),
    Code.CLOCK_DRIFTS: (CLOCKS, APART),
    Code.CELL_UNSAFE: (HOST, NAMESPACES),
    Code.JAIL_UNSAFE: (HOST, NAMESPACES),
    # Another kernel is no test's to have: one whose calls fail is.
    Code.CANNOT_CONFINE: (CONFINING, "test_doctor_says_what_is_missing_and_how_to_mend_it"),
    # Installed for a root of their own, not for this machine; CI installs the very packages.
    Code.FFMPEG_MISSING: (HOST, PACKAGES),
    Code.FONTS_MISSING: (HOST, PACKAGES),
    Code.OFFICE_MISSING: (HOST, PACKAGES),
    # Another disk, clock or interpreter is no test's to have: they are told as numbers.
    Code.CLOCK_WRONG: (HOST, NUMBERS),
    Code.DISK_LOW: (HOST, NUMBERS),
    Code.PYTHON_OLD: (HOST, NUMBERS),
    Code.SQLITE_OLD: (HOST, NUMBERS),
    Code.ZLIB_OTHER: (
        "tests/sekisho/test_doctor_host.py",
        "test_a_zlib_that_packs_in_another_way_is_named",
    ),
    # It is mended by waiting: what a zone that has caught up says names no fault.
    Code.SEARCH_BEHIND: (
        "tests/sekisho/test_doctor.py",
        "test_a_search_that_is_behind_is_a_warning",
    ),
}
BY_CARDS = {Code.KEYRING_INCOMPLETE, Code.KEYRINGS_DIFFER}
MENDED = [code for code in PLANTED if code not in ELSEWHERE]


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


def test_every_fault_is_mended_by_a_test() -> None:
    assert {*MENDED, *ELSEWHERE, *BY_CARDS} == set(Code)
    assert not {*MENDED} & {*ELSEWHERE}


@pytest.mark.parametrize("code", ELSEWHERE)
def test_the_test_that_mends_it_elsewhere_is_there_and_names_it(code: Code) -> None:
    path, name = ELSEWHERE[code]
    text = (ROOT / path).read_text(encoding="utf-8")
    assert f"def {name}(" in text
    assert f"Code.{code.name}" in text or f'"{code}"' in text
