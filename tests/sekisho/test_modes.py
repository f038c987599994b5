"""Files that others may change, or read: no daemon starts on them, and doctor says the same."""

import subprocess
import sys
from pathlib import Path

import pytest

from runtime.settings import SettingsFault
from sekisho.chat.token import read_token
from sekisho.clock import now_ms
from sekisho.doctor import facts, folders, keys
from sekisho.doctor.codes import Code
from sekisho.doctor.finding import DoctorFinding
from sekisho.doctor.remedies import remedy_for
from sekisho.exits import Exit

ZONE, LANE = ("lgwan",), ("relay", "import")


@pytest.mark.parametrize(
    ("daemon", "name", "mode", "code"),
    [
        (ZONE, "lgwan/zone.toml", 0o620, Exit.SETTINGS),
        (ZONE, "lgwan/keyring.json", 0o602, Exit.SETTINGS),
        (ZONE, "lgwan/keys/lgwan-source.key", 0o640, Exit.SETTINGS),
        (ZONE, "lgwan/zone.db", 0o604, Exit.STORE),
        (LANE, "relay/import/rules/policy.toml", 0o622, Exit.SETTINGS),
        (LANE, "relay/import/rules/profile.toml", 0o622, Exit.SETTINGS),
        (LANE, "relay/import/verify/verify.db", 0o640, Exit.STORE),
    ],
)
def test_no_daemon_starts_on_it_and_both_say_what_mends_it(
    site: Path, daemon: tuple[str, ...], name: str, mode: int, code: Exit
) -> None:
    path = site / name
    path.chmod(mode)
    command = [sys.executable, "-m", "sekisho.main", *daemon, str(site)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == code
    finding, *others = found(site)
    assert others == []
    mend = remedy_for(finding, site)
    assert f"run `{mend}`" in ended.stderr
    subprocess.run(mend.split(), check=True)
    assert found(site) == []


def test_a_token_that_others_can_read_is_not_used(site: Path) -> None:
    path = site / "lgwan" / "chat.token"
    path.write_text("token\n")
    with pytest.raises(SettingsFault, match="chmod 600"):
        read_token(path)
    (finding,) = found(site)
    subprocess.run(remedy_for(finding, site).split(), check=True)
    assert read_token(path) == "token"
    assert found(site) == []


def found(site: Path) -> list[DoctorFinding]:
    nodes = facts.gather(site)
    findings = [each for check in (folders, keys) for each in check.check(site, nodes, now_ms())]
    # A stage is ended in the midst of its start if the other one does not start: sockets are left.
    return [each for each in findings if each.code is not Code.SOCKET_STALE]
