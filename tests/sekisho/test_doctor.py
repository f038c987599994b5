"""`sekisho doctor`: every fault, planted one at a time, is found under its name and no other."""

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import click
import pytest

from sekisho import main
from sekisho.clock import now_ms
from sekisho.doctor import facts, host, lanes, stores
from sekisho.doctor.codes import Code
from sekisho.doctor.examine import CHECKS
from sekisho.doctor.faults import MEANINGS
from sekisho.doctor.finding import DoctorFinding
from sekisho.doctor.remedies import remedy_for
from sekisho.read_store import InUse, open_read_only
from sekisho.site import Program
from tests.sekisho.conftest import Run
from tests.sekisho.planted_faults import IMPORT_VERIFY, PLANTED, drop, execute, rewrite


def understand(command: click.Command, words: list[str]) -> None:
    """Have a command take `words` without doing it: it raises if they are not its arguments."""
    with command.make_context("sekisho", list(words)) as context:
        if isinstance(command, click.Group):
            _, inner, rest = command.resolve_command(context, words)
            assert inner is not None
            understand(inner, rest)


def found(site: Path) -> set[str]:
    """The faults and warnings of the site; what the machine itself lacks is not the site's."""
    nodes = facts.gather(site)
    checks = [check for check in CHECKS if check is not host.check]  # which starts a jail
    return {finding.code for check in checks for finding in check(site, nodes, now_ms())}


def test_a_site_that_was_just_made_has_no_fault(site: Path) -> None:
    assert found(site) == set()


@pytest.mark.parametrize("code", PLANTED)
def test_a_planted_fault_is_found_and_no_other(site: Path, code: Code) -> None:
    PLANTED[code](site)
    assert found(site) == {code}


@pytest.mark.parametrize(
    ("search", "said"),
    [
        ({"complete": True, "behind": 10_000, "trouble": None}, None),
        ({"complete": True, "behind": 10_001, "trouble": None}, "10001 events behind"),
        ({"complete": False, "behind": 0, "trouble": None}, "is being made"),
        ({"complete": True, "behind": 0, "trouble": "disk I/O error"}, "disk I/O error"),
    ],
)
def test_a_search_that_is_behind_is_a_warning(
    site: Path, search: dict[str, object], said: str | None
) -> None:
    zone = next(each for each in facts.gather(site) if each.node.program is Program.ZONE)
    findings = list(stores.check(site, [replace(zone, status={"search": search})], now_ms()))
    assert [each.code for each in findings] == ([Code.SEARCH_BEHIND] if said else [])
    assert all(said in each.detail for each in findings if said)


@pytest.mark.parametrize(
    ("offset", "code"),
    [
        (None, None),
        (-1_999, None),
        (2_000, Code.CLOCK_DRIFTS),
        (-300_000, Code.CLOCK_DRIFTS),
        (300_001, Code.CLOCK_APART),
    ],
)
def test_clocks_that_differ_are_a_warning_and_beyond_the_tolerance_a_fault(
    site: Path, offset: int | None, code: Code | None
) -> None:
    zone = next(each for each in facts.gather(site) if each.node.program is Program.ZONE)
    lane = {"halted": None, "clock_offset_ms": offset}
    running = replace(zone, status={"lanes": {"import": lane}})
    findings = list(lanes.check(site, [running], now_ms()))
    assert [each.code for each in findings] == ([code] if code else [])
    assert all(f"{abs(offset or 0) / 1000:.1f} s" in each.detail for each in findings)


def test_what_doctor_names_mends_a_store_that_is_ahead(sekisho: Run, site: Path) -> None:
    PLANTED[Code.STORE_AHEAD](site)
    remedy = remedy_for(DoctorFinding(Code.STORE_AHEAD, site / "lgwan/zone.db"), site)
    assert remedy.startswith("sekisho ")
    assert sekisho(*remedy.split()[1:]).code == 0
    assert found(site) == set()


def test_a_key_that_one_node_lacks_is_a_difference_and_a_gap(site: Path) -> None:
    drop(site, "lgwan")
    assert found(site) == {Code.KEYRING_INCOMPLETE, Code.KEYRINGS_DIFFER}


def test_a_key_that_all_nodes_lack_is_a_gap(site: Path) -> None:
    drop(site, *(str(node.node.folder) for node in facts.gather(site)))
    assert found(site) == {Code.KEYRING_INCOMPLETE}


def test_a_store_of_another_program_is_not_taken_for_ours(site: Path) -> None:
    (site / "relay/import/verify/verify.db").replace(site / "lgwan/zone.db")
    assert found(site) == {Code.STORE_FOREIGN, Code.STORE_MISSING}


def test_a_store_that_is_rolled_back_says_so_even_if_it_halted(site: Path) -> None:
    execute(site / "lgwan/zone.db", "UPDATE chain SET halted = 'rollback' WHERE lane = 'export'")
    assert found(site) == {Code.ROLLBACK}


def test_a_store_in_use_by_a_node_that_does_not_answer_is_a_fault(site: Path) -> None:
    path = site / "lgwan/zone.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("BEGIN IMMEDIATE")
        db.execute("COMMIT")
        with pytest.raises(InUse), open_read_only(path):
            pass
        assert found(site) == {Code.STORE_IN_USE}


def test_on_tls_links_the_ports_have_to_meet(sekisho: Run, short_path: Path) -> None:
    sekisho("init", short_path / "a", "--tls", "--listen-lgwan", "127.0.0.2")
    assert found(short_path / "a") == set()
    rewrite(short_path / "a/lgwan/zone.toml", ":4003", ":4009")
    assert found(short_path / "a") == {Code.LINK_MISMATCH}


def test_a_folder_too_deep_for_sockets_is_found(site: Path, tmp_path: Path) -> None:
    deep = tmp_path.joinpath("d" * 90)
    os.rename(site, deep)  # noqa: PTH104 - what an operator does
    assert Code.SOCKET_TOO_LONG in found(deep)


def test_a_path_that_is_too_long_only_as_it_is_dialled_is_found(site: Path) -> None:
    own = "run/" + "d" * (90 - len(str(site / "lgwan/run/")))
    rewrite(site / "lgwan/zone.toml", "unix:../relay", f"unix:{own}/../../../relay")
    assert found(site) == {Code.SOCKET_TOO_LONG}


def test_the_exit_code_tells_a_fault_from_a_warning(sekisho: Run, site: Path) -> None:
    before = sekisho("doctor", site).code
    PLANTED[Code.SOCKET_STALE](site)
    assert sekisho("doctor", site).code == before
    PLANTED[Code.KEY_OPEN](site)
    assert sekisho("doctor", site).code == 1


def test_every_finding_is_said_in_both_languages_with_what_mends_it(
    sekisho: Run, site: Path
) -> None:
    PLANTED[Code.KEY_OPEN](site)
    ran = sekisho("doctor", site)
    path = site / "lgwan/keys/lgwan-source.key"
    assert "鍵ファイルを他の利用者が読めます" in ran.out
    assert "Other users of this host can read a private key." in ran.out
    assert f"chmod 600 {path}" in ran.out


@pytest.mark.parametrize("code", Code)
def test_every_fault_has_a_meaning_and_a_command_that_can_be_typed(
    code: Code, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meaning = MEANINGS[code]
    assert meaning.ja
    assert meaning.en
    monkeypatch.chdir(tmp_path)
    (tmp_path / "CARD").touch()
    program, *words = remedy_for(DoctorFinding(code, site / IMPORT_VERIFY), site).split()
    if program == "sekisho":
        understand(main.cli, words)


def test_looking_changes_nothing(sekisho: Run, site: Path) -> None:
    before = {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}
    sekisho("doctor", site)
    assert {path: path.read_bytes() for path in site.rglob("*") if path.is_file()} == before
