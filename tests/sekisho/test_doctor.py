"""`sekisho doctor`: every fault, planted one at a time, is found under its name and no other."""

import base64
import json
import os
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import click
import pytest

from runtime import audit_log
from runtime.node import read_key, read_keyring, write_keyring
from sekisho import main
from sekisho.clock import now_ms
from sekisho.doctor import facts, host, lanes, stores
from sekisho.doctor.codes import Code
from sekisho.doctor.examine import CHECKS
from sekisho.doctor.faults import MEANINGS, DoctorFinding
from sekisho.doctor.remedies import remedy_for
from sekisho.read_store import InUse, open_read_only
from sekisho.site import Program
from tests.runtime.publishing import publish
from tests.sekisho.conftest import Run
from tests.sekisho.test_audit import fall_behind
from wire.audit.note import Signer
from wire.keys import KeyRole
from wire.lane import Lane, log_origin

IMPORT_VERIFY = "relay/import/verify"


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


def weaken(site: Path) -> None:
    path = site / "lgwan" / "keyring.json"
    entries = json.loads(path.read_text())
    entries[0]["key"] = base64.b64encode(bytes([1]) + bytes(31)).decode()
    path.write_text(json.dumps(entries))


def drop(site: Path, *nodes: str) -> None:
    for node in nodes:
        kept = [e for e in read_keyring(site / node).entries if e.role is not KeyRole.IMPORT_AUDIT]
        write_keyring(site / node, kept)


def damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(200)
        file.write(b"\xff" * 4000)


def listen_and_die(path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as sock:
        sock.bind(str(path))


def publish_record(site: Path) -> None:
    folder = site / IMPORT_VERIFY
    key = read_key(folder, KeyRole.IMPORT_AUDIT)
    signer = Signer(log_origin("machi", Lane.IMPORT), key.private)
    with closing(sqlite3.connect(folder / "verify.db")) as db:
        audit_log.append(db, [b'{"v":1}'], now=1)
        db.commit()
        publish(db, folder / "log", signer)


def publish_and_forget(site: Path) -> None:
    """Publish a record, and then lose it as a restored backup does."""
    store = site / IMPORT_VERIFY / "verify.db"
    backup = store.read_bytes()
    publish_record(site)
    store.write_bytes(backup)


def understand(command: click.Command, words: list[str]) -> None:
    """Have a command take `words` without doing it: it raises if they are not its arguments."""
    with command.make_context("sekisho", list(words)) as context:
        if isinstance(command, click.Group):
            _, inner, rest = command.resolve_command(context, words)
            assert inner is not None
            understand(inner, rest)


Plant = Callable[[Path], object]

PLANTED: dict[Code, Plant] = {
    Code.FOLDER_MISSING: lambda s: (s / "lgwan" / "blobs").rmdir(),
    Code.FOLDER_OPEN: lambda s: (s / "lgwan").chmod(0o755),
    Code.FRONTEND_SHUT_OUT: lambda s: execute(
        s / "lgwan/zone.db",
        "INSERT INTO frontend (id, name, uids, act_as, scopes, at)"
        " VALUES ('fe', 'web', '[61004]', '[]', '[]', 0)",
    ),
    Code.SETTINGS_BAD: lambda s: rewrite(s / "lgwan/zone.toml", "site =", "syte ="),
    Code.SITE_DIFFERS: lambda s: rewrite(s / "lgwan/zone.toml", '"machi"', '"mura"'),
    Code.TENANT_DIFFERS: lambda s: rewrite(s / "lgwan/zone.toml", '"tn_0', '"tn_1'),
    Code.KEY_MISSING: lambda s: (s / "lgwan/keys/lgwan-source.key").unlink(),
    Code.KEY_OPEN: lambda s: (s / "lgwan/keys/lgwan-source.key").chmod(0o640),
    Code.KEY_DAMAGED: lambda s: (s / "lgwan/keys/lgwan-source.key").write_text("beef\n"),
    Code.KEY_FOREIGN: lambda s: (s / "lgwan/keys/lgwan-source.key").write_text("ab" * 32),
    Code.KEY_WEAK: weaken,
    Code.KEYRING_BAD: lambda s: (s / "lgwan/keyring.json").write_text("[{}]"),
    Code.STORE_MISSING: lambda s: (s / "lgwan/zone.db").unlink(),
    Code.STORE_FOREIGN: lambda s: execute(s / "lgwan/zone.db", "PRAGMA application_id = 7"),
    Code.STORE_DAMAGED: lambda s: damage(s / "lgwan/zone.db"),
    Code.SOCKET_STALE: lambda s: listen_and_die(s / "lgwan/run/api.sock"),
    Code.LINK_MISMATCH: lambda s: rewrite(s / "lgwan/zone.toml", "export/tr", "import/tr"),
    Code.POLICY_BAD: lambda s: (s / "relay/import/policy.toml").write_text("x = 1\n"),
    Code.LANE_HALTED: lambda s: execute(
        s / "relay/import/transform/transform.db", "UPDATE lane SET halt = 'fork'"
    ),
    Code.WEBHOOK_DEAD: lambda s: execute(
        s / "lgwan/zone.db",
        "INSERT INTO undelivered VALUES ('wh', 1, 't', x'', 0, 20, 0, 'x', 1, NULL)",
    ),
    Code.EVENTS_REFUSED: lambda s: execute(
        s / "lgwan/zone.db",
        "INSERT INTO quarantine VALUES ('ac_x', 'room.purge', 'no-authority', 5, NULL)",
    ),
    Code.COPIES_DIFFER: lambda s: execute(
        s / "lgwan/zone.db",
        "INSERT INTO difference VALUES ('ms_x:0', 'ms_x', 'text', 'missing-there', 5)",
    ),
    Code.IMPORT_UNARRIVED: lambda s: execute(
        s / "lgwan/zone.db",
        "INSERT INTO import_event VALUES (1, 1, 2, 'us_x', '1001', NULL, NULL, 'no-authority')",
    ),
    Code.STORE_AHEAD: lambda s: execute(
        s / "lgwan/zone.db", f"UPDATE counter SET clock = {(now_ms() + 3_600_000) * 2048}"
    ),
    Code.ROLLBACK: publish_and_forget,
    Code.WITNESS_LAGS: fall_behind,
    Code.AUDIT_BROKEN: lambda s: (s / IMPORT_VERIFY / "log/checkpoint").write_text("nonsense\n\n"),
}


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
