"""`sekisho audit follow`: a collector gets each record once, proven, over restarts and rotation."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from runtime import audit_log
from runtime.node import read_key
from tests.runtime.publishing import publish
from tests.sekisho.conftest import Run
from wire.audit.note import Signer
from wire.keys import KeyRole
from wire.lane import Lane, log_origin

PATIENCE_S = 60.0


def grow(site: Path, first: int, end: int, *, lane: Lane = Lane.IMPORT) -> None:
    """Let a lane put records `first` to `end` on its log and publish them."""
    folder = site / "relay" / lane / "verify"
    log = Signer(log_origin("machi", lane), read_key(folder, KeyRole(f"{lane}-audit")).private)
    with closing(sqlite3.connect(folder / "verify.db")) as db:
        records = [b'{"log":"%s","idx":%d}' % (log.name.encode(), n) for n in range(first, end)]
        audit_log.append(db, records, now=1)
        db.commit()
        publish(db, folder / "log", log)


def indexes(path: Path) -> list[int]:
    return [json.loads(line)["idx"] for line in path.read_text().splitlines()]


def test_each_record_comes_once_over_restarts_and_as_tiles_fill(
    sekisho: Run, site: Path, tmp_path: Path
) -> None:
    out, state, told = tmp_path / "out", tmp_path / "state", 0
    for end in (3, 250, 256, 257, 700):
        grow(site, told, end)
        told = end
        ran = sekisho("audit", "follow", site, "import", "--state", state, "-o", out, "--once")
        assert ran.code == 0, ran.err
        assert indexes(out) == list(range(end))
    again = sekisho("audit", "follow", site, "import", "--state", state, "-o", out, "--once")
    assert (again.code, indexes(out)) == (0, list(range(700)))


def test_both_lanes_are_followed_each_from_where_it_was(
    sekisho: Run, site: Path, tmp_path: Path
) -> None:
    grow(site, 0, 2)
    grow(site, 0, 3, lane=Lane.EXPORT)
    state = tmp_path / "state"
    assert len(sekisho("audit", "follow", site, "--state", state, "--once").out.splitlines()) == 5
    grow(site, 3, 4, lane=Lane.EXPORT)
    told = sekisho("audit", "follow", site, "--state", state, "--once").out
    assert json.loads(told) == {"log": "sekisho/machi/export", "idx": 3}


def test_a_file_that_was_rotated_away_is_begun_anew(
    sekisho: Run, site: Path, tmp_path: Path
) -> None:
    out, state = tmp_path / "out", tmp_path / "state"
    grow(site, 0, 2)
    follow = ("audit", "follow", site, "import", "--state", state, "-o", out, "--once")
    assert sekisho(*follow).code == 0
    out.rename(tmp_path / "out.1")
    grow(site, 2, 4)
    assert sekisho(*follow).code == 0
    assert (indexes(tmp_path / "out.1"), indexes(out)) == ([0, 1], [2, 3])


def test_a_record_that_the_log_did_not_sign_is_not_handed_over(
    sekisho: Run, site: Path, tmp_path: Path
) -> None:
    grow(site, 0, 5)
    (entries,) = (site / "relay/import/verify/log/tile/entries").rglob("5")
    entries.write_bytes(entries.read_bytes().replace(b'"idx":3', b'"idx":8'))
    state = tmp_path / "state"
    ran = sekisho("audit", "follow", site, "import", "--state", state, "--once")
    assert (ran.code, ran.out) == (65, "")
    assert "not what the log has signed" in ran.err


@pytest.mark.parametrize(("size", "why"), [(3, "rollback"), (8, "audit-inconsistent")])
def test_a_log_that_was_rolled_back_or_rewritten_is_no_feed(
    sekisho: Run, site: Path, pristine: Path, tmp_path: Path, size: int, why: str
) -> None:
    grow(site, 0, 5)
    state = tmp_path / "state"
    assert sekisho("audit", "follow", site, "import", "--state", state, "--once").code == 0
    kept = state.read_bytes()
    verify = site / "relay/import/verify"
    shutil.rmtree(verify / "log")
    (verify / "log").mkdir()
    shutil.copy(pristine / "relay/import/verify/verify.db", verify / "verify.db")
    grow(site, 100, 100 + size)  # other records, and signed by the log's own key
    ran = sekisho("audit", "follow", site, "import", "--state", state, "--once")
    assert (ran.code, ran.out) == (65, "")
    assert why in ran.err
    assert state.read_bytes() == kept


def test_a_state_that_is_none_is_refused(sekisho: Run, site: Path, tmp_path: Path) -> None:
    grow(site, 0, 1)
    state = tmp_path / "state"
    for said in (b"", b'{"v":1,"logs":{"x":{"size":3,"peaks":[]}}}', b'{"size":3}', b"\xff"):
        state.write_bytes(said)
        ran = sekisho("audit", "follow", site, "import", "--state", state, "--once")
        assert (ran.code, ran.out) == (65, ""), said


def test_a_process_that_is_ended_has_remembered_all_that_it_told(
    site: Path, tmp_path: Path
) -> None:
    out, state = tmp_path / "out", tmp_path / "state"
    command: list[str | Path] = [sys.executable, "-m", "sekisho.main", "audit", "follow"]
    command += [site, "import", "--state", state, "-o", out, "--interval", "0.05"]
    grow(site, 0, 300)
    for end in (600, 900):
        process = subprocess.Popen(command)
        grow(site, end - 300, end)
        wait_for_lines(out, end, process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
        assert indexes(out) == list(range(end))
        assert json.loads(state.read_bytes())["logs"]["sekisho/machi/import"]["size"] == end


def wait_for_lines(path: Path, number: int, process: "subprocess.Popen[bytes]") -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while not path.exists() or path.read_bytes().count(b"\n") < number:
        assert process.poll() is None, "it has ended"
        assert time.monotonic() < give_up_at
        time.sleep(0.05)
