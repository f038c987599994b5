"""`sekisho audit`: on a lane's log and its copy, whole and tampered with."""

import json
import shutil
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from runtime import audit_log
from runtime.node import read_key
from sekisho.clock import now_ms
from sekisho.commands import audit as audit_command
from sekisho.doctor import facts, witnesses
from sekisho.doctor.codes import Code
from sekisho.doctor.remedies import remedy_for
from tests.runtime.publishing import publish
from tests.sekisho.conftest import Run
from wire.audit.checkpoint import checkpoint_text
from wire.audit.note import SignatureType, Signer, cosign_note
from wire.audit.tlog import TreeHead
from wire.keys import KeyRole
from wire.lane import Lane, Zone, log_origin

ORIGIN = log_origin("machi", Lane.IMPORT)
EVENTS = [f"ms_{n:026d}" for n in range(5)]
RECORDS = [
    {"id": event, "kind": "message.post", "decision": "pass" if n else "refused", "t": 1000 + n}
    for n, event in enumerate(EVENTS)
]


def put_on_record(site: Path, number: int, *, t: int = 1000) -> None:
    """Append records to the import lane's log and publish it; no witness sees them."""
    folder = site / "relay/import/verify"
    log = Signer(ORIGIN, read_key(folder, KeyRole.IMPORT_AUDIT).private)
    records = [{**record, "t": t} for record in RECORDS * 2][:number]
    with closing(sqlite3.connect(folder / "verify.db")) as db:
        audit_log.append(db, [json.dumps(record).encode() for record in records], now=1)
        db.commit()
        publish(db, folder / "log", log)


def vouch(site: Path, *, now_s: int | None = None, zones: Sequence[Zone] = tuple(Zone)) -> TreeHead:
    """Have the witnesses of these zones sign the log as it is, and publish that."""
    folder = site / "relay/import/verify"
    log = Signer(ORIGIN, read_key(folder, KeyRole.IMPORT_AUDIT).private)
    with closing(sqlite3.connect(folder / "verify.db")) as db:
        head = audit_log.head(db)
        for zone in zones:
            key = read_key(site / zone, KeyRole(f"witness-{zone}"))
            witness = Signer(f"machi/{key.role}", key.private)
            at = int(time.time()) if now_s is None else now_s
            line = cosign_note(checkpoint_text(ORIGIN, head), witness, now_s=at)
            audit_log.keep_cosignature(
                db,
                line,
                size=head.size,
                origin=ORIGIN,
                witness=witness.verifier(SignatureType.COSIGNATURE_V1),
            )
        db.commit()
        publish(db, folder / "log", log)
    return head


def fall_behind(site: Path) -> None:
    """Let both zones sign the import lane's log long ago, and let it go on."""
    put_on_record(site, 1)
    vouch(site, now_s=1_000_000)
    put_on_record(site, 1)


@pytest.fixture
def logged(site: Path) -> Path:
    """A site whose import lane has five records on its log, seen and signed by both zones."""
    put_on_record(site, len(RECORDS))
    head = vouch(site)
    with closing(sqlite3.connect(site / "lgwan/zone.db")) as db:
        db.execute(
            "INSERT INTO witness VALUES ('import', ?, ?, 1, NULL, NULL)", (head.size, head.root)
        )
        db.commit()
    return site


def vkeys(sekisho: Run, site: Path) -> tuple[str, list[str]]:
    said = sekisho("audit", "vkeys", site, "import", "--json").json
    return said["log"], said["witnesses"]


def test_a_whole_log_is_verified_with_witnesses_and_memories(sekisho: Run, logged: Path) -> None:
    ran = sekisho("audit", "verify", logged, "import", "--json")
    assert ran.code == 0, ran.out
    assert (ran.json["verified"], ran.json["size"]) == (True, len(RECORDS))
    assert {each["witness"] for each in ran.json["witnesses"]} == {
        "machi/witness-lgwan",
        "machi/witness-internet",
    }
    assert {each["zone"]: each["says"] for each in ran.json["memories"]} == {
        "lgwan": "saw 5 records, and they are still there",
        "internet": "saw nothing yet",
    }
    assert "検証済 / verified" in sekisho("audit", "verify", logged, "import").out


def test_an_auditor_needs_a_copy_and_the_keys_and_nothing_else(
    sekisho: Run, logged: Path, tmp_path: Path
) -> None:
    log, witnesses = vkeys(sekisho, logged)
    copy = tmp_path / "copy"
    shutil.copytree(logged / "relay/import/verify/log", copy)
    shutil.rmtree(logged)
    named = [word for each in witnesses for word in ("--witness", each)]
    assert sekisho("audit", "verify", copy, "--vkey", log, *named).code == 0
    assert sekisho("audit", "verify", copy, "--vkey", witnesses[0]).code == 1


def test_a_log_that_was_changed_is_found_out(sekisho: Run, logged: Path) -> None:
    (entries,) = (logged / "relay/import/verify/log/tile/entries").rglob("5")
    entries.write_bytes(entries.read_bytes().replace(b"refused", b"allowed"))
    ran = sekisho("audit", "verify", logged, "import")
    assert ran.code == 1
    assert "entry 0" in ran.out
    assert "検証できません / NOT verified" in ran.out


def test_a_log_that_no_witness_signed_is_not_verified_unless_asked_so(
    sekisho: Run, logged: Path
) -> None:
    log = logged / "relay/import/verify/log"
    shutil.rmtree(log / "cosigned")
    text, _, lines = (log / "checkpoint").read_text().partition("\n\n")
    ours = [line for line in lines.splitlines() if f"— {ORIGIN} " in line]
    (log / "checkpoint").write_text("\n".join([text, "", *ours, ""]))
    assert sekisho("audit", "verify", logged, "import").code == 1
    assert sekisho("audit", "verify", logged, "import", "--no-witnesses").code == 0


def test_a_memory_that_the_log_did_not_grow_out_of_is_evidence(sekisho: Run, logged: Path) -> None:
    with closing(sqlite3.connect(logged / "lgwan/zone.db")) as db:
        db.execute("UPDATE witness SET root = ?", (bytes(32),))
        db.commit()
    ran = sekisho("audit", "verify", logged, "import", "--json")
    assert ran.code == 1
    assert {each["zone"]: each["says"] for each in ran.json["memories"]}["lgwan"] == (
        "contradicts the log"
    )


def test_a_zone_that_runs_is_skipped_politely(sekisho: Run, logged: Path) -> None:
    with closing(sqlite3.connect(logged / "lgwan/zone.db", isolation_level=None)) as db:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("BEGIN IMMEDIATE")
        db.execute("COMMIT")
        ran = sekisho("audit", "verify", logged, "import", "--json")
    assert ran.code == 0
    assert {"zone": "lgwan", "says": "skipped, the zone is running"} in ran.json["memories"]


def test_records_that_nobody_vouches_for_are_counted(sekisho: Run, logged: Path) -> None:
    """R6: it said 検証済 over nine records that were rewritten, since no witness had seen them."""
    put_on_record(logged, 9)
    ran = sekisho("audit", "verify", logged, "import", "--json")
    assert (ran.code, ran.json["verified"], ran.json["unvouched"]) == (0, True, 9)
    told = sekisho("audit", "verify", logged, "import").out
    assert "保証なし / nobody vouches for: 9 records, from 5 on" in told
    assert f"検証済 / verified: {ORIGIN}, 5 of 14 records" in told


def test_a_witness_that_lags_by_too_many_records_has_an_exit_code_of_its_own(
    sekisho: Run, logged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_command, "SETTLE_S", 0.0)
    put_on_record(logged, 9)
    settings = logged / "relay/import/verify/verify.toml"
    settings.write_text("witness_lag_records = 8\n" + settings.read_text())
    ran = sekisho("audit", "verify", logged, "import", "--json")
    assert (ran.code, ran.json["verified"], len(ran.json["lagging"])) == (3, False, 2)
    assert sekisho("audit", "verify", logged, "import", "--lag-records", "9").code == 0
    assert sekisho("audit", "verify", logged, "import", "--no-witnesses").code == 0
    told = sekisho("audit", "verify", logged, "import").out
    assert "証人の遅れ / witness lags: machi/witness-lgwan: 9 records" in told
    assert "検証済" not in told


def test_a_witness_that_has_not_signed_for_too_long_lags_if_there_is_something_to_sign(
    sekisho: Run, logged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_command, "SETTLE_S", 0.0)
    vouch(logged, now_s=int(time.time()) - 25 * 3600)
    assert sekisho("audit", "verify", logged, "import").code == 0  # nothing is new
    put_on_record(logged, 1)
    assert sekisho("audit", "verify", logged, "import").code == 3
    assert sekisho("audit", "verify", logged, "import", "--lag-hours", "26").code == 0


def test_a_witness_that_lags_is_named_until_it_signs_again(
    sekisho: Run, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_command, "SETTLE_S", 0.0)
    fall_behind(site)
    findings = list(witnesses.check(site, facts.gather(site), now_ms()))
    assert [each.code for each in findings] == [Code.WITNESS_LAGS] * 2
    program, *words = remedy_for(findings[0], site).split()
    assert (program, sekisho(*words).code) == ("sekisho", 3)
    vouch(site)
    assert list(witnesses.check(site, facts.gather(site), now_ms())) == []
    assert sekisho(*words).code == 0


def test_one_witness_that_lags_is_enough_to_fail(
    sekisho: Run, logged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_command, "SETTLE_S", 0.0)
    put_on_record(logged, 9)
    vouch(logged, zones=[Zone.LGWAN])
    ran = sekisho("audit", "verify", logged, "import", "--lag-records", "8", "--json")
    assert (ran.code, ran.json["unvouched"]) == (3, 0)
    (lags,) = ran.json["lagging"]
    assert lags.startswith("machi/witness-internet: 9 records")


def test_a_copy_does_not_lag_because_it_lies_for_years(
    sekisho: Run, logged: Path, tmp_path: Path
) -> None:
    """Of a copy the newest record says how late it is, and not the auditor's clock."""
    vouch(logged, now_s=1_000_000)
    put_on_record(logged, 1, t=(1_000_000 + 3600) * 1000)
    log, witnesses = vkeys(sekisho, logged)
    copy = shutil.copytree(logged / "relay/import/verify/log", tmp_path / "copy")
    named = [word for each in witnesses for word in ("--witness", each)]
    assert sekisho("audit", "verify", copy, "--vkey", log, *named).code == 0
    ran = sekisho("audit", "verify", copy, "--vkey", log, *named, "--lag-hours", "0")
    assert ran.code == 3
    (entries,) = (copy / "tile/entries").rglob("6")
    entries.write_bytes(entries.read_bytes().replace(b"refused", b"allowed"))
    # What is wrong is worse than what is late.
    ran = sekisho("audit", "verify", copy, "--vkey", log, *named, "--lag-hours", "0")
    assert ran.code == 1


def test_a_proof_convinces_whoever_has_the_key_and_nothing_else(
    sekisho: Run, logged: Path, tmp_path: Path
) -> None:
    log, witnesses = vkeys(sekisho, logged)
    proof = tmp_path / "proof.json"
    assert sekisho("audit", "prove", EVENTS[2], logged, "import", "-o", proof).code == 0
    shutil.rmtree(logged)
    ran = sekisho("audit", "check", proof, "--vkey", log, "--json")
    assert ran.code == 0, ran.err
    assert [each["record"]["id"] for each in ran.json["records"]] == [EVENTS[2]]
    assert sekisho("audit", "check", proof, "--vkey", witnesses[0]).code == 65
    bundle = json.loads(proof.read_text())
    bundle["leaves"][0]["index"] = 1
    proof.write_text(json.dumps(bundle))
    assert sekisho("audit", "check", proof, "--vkey", log).code == 65


def test_what_is_not_on_the_log_cannot_be_proven(sekisho: Run, logged: Path) -> None:
    ran = sekisho("audit", "prove", "ms_nobody", logged, "import")
    assert ran.code == 65
    assert "not-found" in ran.err
