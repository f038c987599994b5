"""What a zone shows once, a token or a secret: printed, or kept in a new file of our own."""

import os
from pathlib import Path
from typing import Any

import click

from sekisho.screen import print_json


def demand_new(path: Path | None, what: str) -> None:
    """Refuse a file that exists; `what` is not written over another."""
    if path is not None and path.exists():
        raise click.UsageError(f"{path} exists; a {what} is not written over another")


def show_once(made: dict[str, Any], what: str, path: Path | None, *, as_json: bool) -> None:
    """Print what was made, with its id; keep its member `what` in the file `path`, if any."""
    if path is not None:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(made.pop(what) + "\n")
    if as_json:
        print_json(made)
        return
    for line in (made[key] for key in ("id", what) if key in made):
        click.echo(line)
