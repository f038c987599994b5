"""The command as a whole: cheap to ask, one line for what goes wrong, JSON where asked for."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from runtime.database import StoreFault
from runtime.settings import SettingsFault
from sanitizer.jail import JailUnsafe
from sekisho import exits, main
from sekisho.exits import Exit, code_of
from sekisho.main import COMMANDS, load_subcommand
from tests.conftest import ROOT
from tests.sekisho.conftest import Run
from wire.reasons import Reason, Refused, Unavailable


def commands() -> list[tuple[str, click.Command]]:
    """Every command that does something, by its whole name."""
    found: list[tuple[str, click.Command]] = []

    def walk(name: str, command: click.Command) -> None:
        if isinstance(command, click.Group):
            for inner in command.commands.values():
                walk(f"{name} {inner.name}", inner)
        else:
            found.append((name, command))

    for name, entry in COMMANDS.items():
        walk(name, load_subcommand(entry))
    return found


def test_help_imports_nothing_but_what_prints_it() -> None:
    script = (
        "import sys; from sekisho.main import cli; cli.main(['--help'], standalone_mode=False);"
        "print(*sorted(m for m in sys.modules if '.' not in m), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    heavy = {"aiohttp", "aiosqlite", "asyncio", "cryptography", "msgspec", "rich", "structlog"}
    assert heavy & set(ran.stderr.split()) == set()
    assert all(name in ran.stdout for name in COMMANDS)


def test_every_command_says_what_it_does() -> None:
    assert [name for name, command in commands() if not command.help] == []


def test_every_command_that_prints_a_result_has_json() -> None:
    without = {
        name
        for name, command in commands()
        if not any("--json" in option.opts for option in command.params)
    }
    daemons = {"internet", "lgwan", "relay", "demo", "chat"}
    are_json_anyway = {"act show", "api", "audit prove", "keys card"}
    # For programs of others, and for nobody's eyes.
    have_forms_of_their_own = {"audit export", "audit follow", "audit names", "policy diff"}
    assert without == daemons | are_json_anyway | have_forms_of_their_own


def test_the_docs_name_every_command_and_every_exit_code() -> None:
    text = (ROOT / "docs" / "commands.md").read_text()
    assert [name for name, _ in commands() if f"## `sekisho {name}`" not in text] == []
    assert set(re.findall(r"^\| (\d+) \|", text, re.MULTILINE)) == {str(int(e)) for e in Exit}


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (Refused(Reason.NOT_FOUND), Exit.REFUSED),
        (Unavailable("down"), Exit.UNAVAILABLE),
        (StoreFault("damaged"), Exit.STORE),
        (SettingsFault("site: missing"), Exit.SETTINGS),
        (JailUnsafe("no seccomp"), Exit.PROTECTION),
        (PermissionError(13, "Permission denied", "x"), Exit.OS),
        (ExceptionGroup("tasks", [StoreFault("damaged")]), Exit.STORE),
        (ValueError("a bug"), None),
        (ExceptionGroup("tasks", [StoreFault("damaged"), ValueError("a bug")]), None),
    ],
)
def test_each_kind_of_trouble_has_its_exit_code_and_a_bug_has_none(
    trouble: Exception, code: Exit | None
) -> None:
    assert code_of(trouble) == code


def test_a_bug_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["sekisho"])

    @click.command()
    def broken() -> None:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        exits.run(broken)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["no-such-command"], Exit.USAGE),
        (["status", "no-such-folder"], Exit.USAGE),
        (["status", "{empty}"], Exit.SETTINGS),
        (["doctor", "{empty}"], Exit.SETTINGS),
        (["keys", "list", "{empty}"], Exit.SETTINGS),
        (["lgwan", "{empty}"], Exit.SETTINGS),
        (["relay", "import", "{empty}", "--stage", "verify"], Exit.SETTINGS),
        (["audit", "verify", "{empty}"], Exit.USAGE),
        (["audit", "verify", "{empty}", "import"], Exit.SETTINGS),
        (["audit", "verify", "{empty}", "--vkey", "nonsense"], Exit.REFUSED),
        (["hold", "list", "{empty}", "import"], Exit.UNAVAILABLE),
        (["lane", "status", "{empty}", "import"], Exit.UNAVAILABLE),
        (["user", "list", "{empty}", "--zone", "lgwan"], Exit.UNAVAILABLE),
        (["api", "GET", "/v1/server"], Exit.USAGE),
        (["api", "GET", "/v1/server", "{empty}", "--zone", "lgwan"], Exit.UNAVAILABLE),
        (["init", "{file}/x"], Exit.OS),
    ],
)
def test_what_goes_wrong_is_said_without_a_traceback(
    tmp_path: Path, arguments: list[str], code: Exit
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    filled = [a.format(empty=tmp_path / "empty", file=tmp_path / "file") for a in arguments]
    ran = subprocess.run(
        [sys.executable, "-m", "sekisho.main", *filled], capture_output=True, text=True, check=False
    )
    assert ran.returncode == code, ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.stderr.strip()
    if code is not Exit.USAGE:
        assert len(ran.stderr.splitlines()) == 1


def test_whoever_stops_reading_a_pipe_gets_no_traceback(site: Path) -> None:
    script = f"{sys.executable} -m sekisho.main keys list {site} | true"
    ran = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert ran.stderr == ""


def test_the_version_is_said(sekisho: Run) -> None:
    assert sekisho("--version").out.startswith("sekisho, version ")
    assert main.cli.name == "cli"
