"""`python -m tests.client.make_blocking`: make the blocking client of the asynchronous one."""

import subprocess
import sys
import tempfile
from pathlib import Path

import unasync  # type: ignore[import-untyped] # it has no types

from tests.conftest import ROOT

PARTS = ("bots", "calls", "files", "items", "looking", "rooms", "talk")
NOTE = "# Made of client/{name}.py by tests/client/make_blocking.py; change that one.\n"


def make() -> dict[str, str]:
    """Return each part of the blocking client, by the name of its file."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "source", Path(folder) / "target"
        source.mkdir()
        for name in PARTS:
            text = (ROOT / "client" / f"{name}.py").read_text(encoding="utf-8")
            (source / f"{name}.py").write_text(text, encoding="utf-8")
        rule = unasync.Rule(f"{source}/", f"{target}/", {"asking": "blocking.asking"})
        unasync.unasync_files([str(path) for path in source.iterdir()], [rule])
        for name in PARTS:
            made = (target / f"{name}.py").read_text(encoding="utf-8")
            found[f"{name}.py"] = _formatted(NOTE.format(name=name) + made)
    return found


def _formatted(text: str) -> str:
    name = ["--stdin-filename", "client/blocking/part.py"]
    for command in (
        ["check", "--select", "I,UP028,C416", "--fix", "--unsafe-fixes", "-q"],
        ["format", "-q"],
    ):
        text = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *name, "-"],
            input=text, capture_output=True, check=True, text=True, cwd=ROOT,
        ).stdout  # fmt: skip
    return text


if __name__ == "__main__":
    for name, text in make().items():
        (ROOT / "client" / "blocking" / name).write_text(text, encoding="utf-8")
