"""Makes the blocking client of the other: `python -m tests.sekisho_client.make_blocking`."""

import subprocess
import sys
import tempfile
from pathlib import Path

import unasync  # type: ignore[import-untyped] # it has no types

from tests.conftest import ROOT

PACKAGE = ROOT / "client" / "sekisho_client"
NOTE = (
    "# Made of sekisho_client/requests/{name} by `python -m tests.sekisho_client.make_blocking`;\n"
    "# change that one.\n"
)


def make() -> dict[str, str]:
    """Return each part of the blocking client, by the name of its file."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "source", Path(folder) / "target"
        source.mkdir()
        parts = [path for path in sorted((PACKAGE / "requests").glob("*.py")) if path.read_text()]
        for path in parts:
            (source / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
        rule = unasync.Rule(f"{source}/", f"{target}/", {"transport": "blocking.transport"})
        unasync.unasync_files([str(source / path.name) for path in parts], [rule])
        for path in parts:
            made = (target / path.name).read_text(encoding="utf-8")
            found[path.name] = _formatted(NOTE.format(name=path.name) + made)
    return found


def _formatted(text: str) -> str:
    name = ["--stdin-filename", "client/sekisho_client/blocking/requests/part.py"]
    for command in (
        ["check", "--select", "I,UP028,C416", "--fix", "--unsafe-fixes", "-q"],
        ["format", "-q"],
    ):
        text = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *name, "-"],
            input=text,
            capture_output=True,
            check=True,
            text=True,
            cwd=ROOT,
        ).stdout
    return text


if __name__ == "__main__":
    for name, text in make().items():
        (PACKAGE / "blocking" / "requests" / name).write_text(text, encoding="utf-8")
