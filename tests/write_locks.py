"""Write both requirements files again: `python3 dev.py lock`; `--upgrade` renews all of them."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# What the gateway needs to run, and that with what development needs beside it.
RUN_LOCK = ROOT / "requirements.txt"
LOCK = ROOT / "requirements-dev.txt"

# The locks are read by people, and by machines whose index is another: they name no address.
LOCK_OPTIONS = (
    "--quiet",
    "--generate-hashes",
    "--allow-unsafe",
    "--strip-extras",
    "--no-emit-options",
    "--no-emit-index-url",
    "--no-emit-trusted-host",
    "--no-emit-find-links",
)


def main(arguments: Sequence[str]) -> None:
    """Write both locks; `arguments` are options of pip-compile."""
    os.environ["CUSTOM_COMPILE_COMMAND"] = "python3 dev.py lock"
    print("resolving, and collecting the hashes of every platform's files", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        projects = lockable(Path(folder))
        compile_lock(Path(folder), RUN_LOCK, *arguments, *projects)
        # What runs is developed with: the second lock takes the versions of the first.
        compile_lock(Path(folder), LOCK, *arguments, "--extra=dev", "-c", RUN_LOCK.name, *projects)
    print(f"{RUN_LOCK.name} and {LOCK.name} are written; the next command installs the second")


def lockable(folder: Path) -> list[str]:
    """Copy what is locked to `folder`, without the client, which no index has; return the names."""
    (folder / "client").mkdir()
    projects = ("pyproject.toml", "client/pyproject.toml")
    for name in projects:
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.lstrip().startswith('"sekisho-client==')]
        (folder / name).write_text("".join(kept), encoding="utf-8")
    for path in (RUN_LOCK, LOCK):
        if path.exists():  # the versions that stay unless they are renewed
            shutil.copy(path, folder)
    return list(projects)


def compile_lock(folder: Path, path: Path, *arguments: str) -> None:
    """Write one lock in `folder`, and put it into the tree if that went well."""
    compiler = (sys.executable, "-m", "piptools", "compile")
    command = (*compiler, *LOCK_OPTIONS, f"--output-file={path.name}", *arguments)
    if subprocess.run(command, cwd=folder, check=False).returncode != 0:
        raise SystemExit(f"failed: {path.name} is as it was")
    shutil.copy(folder / path.name, path)


if __name__ == "__main__":
    main(sys.argv[1:])
