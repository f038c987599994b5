"""What doctor finds of a site that runs is mended as it says, and then it finds nothing."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sekisho.clock import now_ms
from sekisho.doctor import facts, host
from sekisho.doctor.codes import Code
from sekisho.doctor.examine import CHECKS
from sekisho.doctor.finding import DoctorFinding
from sekisho.doctor.remedies import remedy_for
from tests.sekisho.conftest import Run
from tests.sekisho.daemons import running
from tests.sekisho.planted_faults import PLANTED, publish_record

DAEMONS = (("relay", "import"), ("relay", "export"), ("internet",), ("lgwan",))
PATIENCE_S = 60


@contextmanager
def at_work(site: Path, *daemons: tuple[str, ...]) -> Iterator[None]:
    """Run daemons of a site, all of them if none is named."""
    (site / "bell").unlink(missing_ok=True)
    with running(site, [(*words, site) for words in daemons or DAEMONS]):
        yield


def findings(site: Path) -> list[DoctorFinding]:
    nodes = facts.gather(site)
    checks = [check for check in CHECKS if check is not host.check]
    return [found for check in checks for found in check(site, nodes, now_ms())]


def codes(site: Path) -> set[Code]:
    return {finding.code for finding in findings(site)}


def until(look: Callable[[], object], what: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not look():
        assert time.monotonic() < deadline, what()
        time.sleep(0.1)


def carry_out(sekisho: Run, finding: DoctorFinding, site: Path) -> str:
    """Type the command that doctor names, and return what it says."""
    program, *words = remedy_for(finding, site).split()
    assert program == "sekisho"
    ran = sekisho(*words)
    assert ran.code in (0, 1), ran.err
    return ran.out


@pytest.mark.parametrize("code", [Code.EVENTS_REFUSED, Code.COPIES_DIFFER])
def test_the_command_of_a_fault_mends_it(code: Code, site: Path, sekisho: Run) -> None:
    """Events that were refused are listed and seen; copies that differ are compared and are one."""
    PLANTED[code](site)
    assert codes(site) == {code}
    with at_work(site):
        until(lambda: codes(site) == {code}, lambda: findings(site))
        (finding,) = findings(site)
        said = carry_out(sekisho, finding, site)
        assert code is not Code.EVENTS_REFUSED or "ac_x" in said
        until(lambda: codes(site) == set(), lambda: findings(site))
    assert codes(site) == set()


def test_a_halted_lane_goes_on_once_somebody_knows_why(site: Path, sekisho: Run) -> None:
    PLANTED[Code.LANE_HALTED](site)
    assert codes(site) == {Code.LANE_HALTED}
    with at_work(site):
        until(lambda: Code.LANE_HALTED in codes(site), lambda: findings(site))
        finding = next(each for each in findings(site) if each.code is Code.LANE_HALTED)
        assert "fork" in carry_out(sekisho, finding, site)
        assert sekisho("lane", "resume", site, "import").code == 0
        until(lambda: codes(site) == set(), lambda: findings(site))


def test_a_lane_takes_up_the_policy_of_its_file(site: Path) -> None:
    policy, lane = site / "relay/import/rules/policy.toml", ("relay", "import")
    with at_work(site, lane):
        until(lambda: codes(site) == set(), lambda: findings(site))
        before = facts.gather(site)
        policy.write_text(policy.read_text() + "\n# otherwise\n")
        # By what the stages said when they had not seen it yet.
        found = {finding.code for check in CHECKS for finding in check(site, before, now_ms())}
        assert Code.POLICY_DIFFERS in found
        until(lambda: codes(site) == set(), lambda: findings(site))


def test_a_letter_that_was_dead_is_tried_again_or_its_webhook_removed(
    site: Path, sekisho: Run
) -> None:
    zone = (site, "--zone", "lgwan")
    with at_work(site, ("lgwan",)):
        bot = sekisho("user", "add", *zone, "案内", "--kind", "bot").out.strip()
        form = ("窓口", "http://127.0.0.1:9/", "--user", bot, "--tries", "1")
        sekisho("webhook", "add", *zone, *form, "--event", "user.updated", "--json")
        sekisho("user", "add", *zone, "新人")  # which nobody at port 9 wants to hear of
        until(lambda: codes(site) == {Code.WEBHOOK_DEAD}, lambda: findings(site))
        (finding,) = findings(site)
        said = carry_out(sekisho, finding, site)
        (webhook,) = [word for word in said.split() if word.startswith("wh_")]
        assert sekisho("webhook", "requeue", *zone, webhook).code == 0
        assert sekisho("webhook", "remove", *zone, webhook).code == 0
        assert codes(site) == set()


def test_who_holds_a_store_is_found_and_ended(site: Path) -> None:
    path = site / "lgwan/zone.db"
    program = (
        "import sqlite3, sys, time; db = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "db.execute('PRAGMA locking_mode = EXCLUSIVE'); db.execute('BEGIN IMMEDIATE');"
        "db.execute('COMMIT'); print('held', flush=True); time.sleep(600)"
    )
    command = ["/usr/bin/env", "python3", "-c", program, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        (finding,) = findings(site)
        assert finding.code is Code.STORE_IN_USE
        named = subprocess.run(
            remedy_for(finding, site).split(), capture_output=True, text=True, check=True
        )
        assert str(holder.pid) in named.stdout.split()
        holder.kill()
        holder.wait()
    assert codes(site) == set()


def test_a_site_that_lies_too_deep_is_moved_as_doctor_says(site: Path, short_path: Path) -> None:
    deep = short_path / ("d" * 90)
    site.rename(deep)
    (finding, *_) = found = findings(deep)
    assert {each.code for each in found} == {Code.SOCKET_TOO_LONG}
    program, what, where = remedy_for(finding, deep).split()
    assert where == "/srv/sekisho"
    moved = short_path / "sekisho"  # as short a path
    subprocess.run([program, what, str(moved)], check=True)
    assert codes(moved) == set()


def test_the_newer_store_is_put_back(site: Path, sekisho: Run) -> None:
    store = site / "relay/import/verify/verify.db"
    older = store.read_bytes()
    publish_record(site)
    newer = store.read_bytes()
    store.write_bytes(older)
    (finding,) = findings(site)
    assert finding.code is Code.ROLLBACK
    carry_out(sekisho, finding, site)
    store.write_bytes(newer)
    assert codes(site) == set()


def test_whom_a_rule_refused_is_named_until_the_rule_is_another(site: Path, sekisho: Run) -> None:
    policy, staff = site / "relay/export/rules/policy.toml", site / "staff.csv"
    before = policy.read_text(encoding="utf-8")
    words = '\n[[words]]\nname = "audience"\naction = "refuse"\nwords = ["観客"]\n'
    policy.write_text(before + words, encoding="utf-8")
    head = "職員番号,氏名,フリガナ,所属,利用ネットワーク\n"
    staff.write_text(head + "K1,観客 一,,,両方\n", encoding="utf-8")
    imported = ("user", "import", site, "--zone", "lgwan", staff)
    with at_work(site):
        assert sekisho(*imported).code in (0, 1)  # 1 where the refusal is there already
        # The comparison of both copies, half a minute after the start, may name them as well.
        until(lambda: Code.IMPORT_UNARRIVED in codes(site), lambda: findings(site))
        finding = next(each for each in findings(site) if each.code is Code.IMPORT_UNARRIVED)
        assert "1 refused" in finding.detail
        carry_out(sekisho, finding, site)
    # Once the rule is another it arrives, and then there is nothing to name.
    policy.write_text(before, encoding="utf-8")
    with at_work(site):
        assert sekisho(*imported).code in (0, 1)
        until(lambda: Code.IMPORT_UNARRIVED not in codes(site), lambda: findings(site))


def test_a_published_log_that_was_damaged_is_named_verified_and_restored(
    site: Path, sekisho: Run
) -> None:
    """What is published of a log comes back from a backup, or from one who keeps a copy of it."""
    with at_work(site, ("relay", "import")):
        checkpoint = site / "relay/import/verify/log/checkpoint"
        until(checkpoint.exists, lambda: "no checkpoint")
    before = checkpoint.read_bytes()
    PLANTED[Code.AUDIT_BROKEN](site)
    (finding,) = findings(site)
    assert finding.code is Code.AUDIT_BROKEN
    program, *words = remedy_for(finding, site).split()
    assert (program, sekisho(*words).code) == ("sekisho", 1)
    checkpoint.write_bytes(before)
    assert codes(site) == set()
