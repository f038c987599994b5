"""`sekisho policy`: what may cross on a lane, as data that people check, compare and apply."""

import difflib
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from sekisho.arguments import lane_argument, site_argument
from sekisho.screen import as_json_option, print_json, print_table

TAKEN_UP_S = 15.0

file_argument = click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE"
)


@click.group()
def policy() -> None:
    """Check, compare and apply what may cross on a lane."""


@policy.command()
@file_argument
@as_json_option
def check(file: Path, as_json: bool) -> None:
    """Say whether both stages of a lane can go by the policy in FILE, and if not, why."""
    from sekisho.policy_files import read_by_both

    text = file.read_bytes()
    found = read_by_both(text, file)
    if as_json:
        print_json({"file": str(file), **found})
    else:
        counts = ", ".join(f"{name} {count}" for name, count in found.items())
        click.echo(f"{file}: 使えます / can be used ({counts})")


@policy.command()
@site_argument
@lane_argument
@file_argument
def diff(folder: Path, lane: str, file: Path) -> None:
    """Show what the policy in FILE changes of the one that is in force on LANE."""
    from sekisho.policy_files import policy_path

    path = policy_path(folder, lane)
    before, after = (each.read_text("utf-8").splitlines() for each in (path, file))
    for line in difflib.unified_diff(before, after, str(path), str(file), lineterm=""):
        click.echo(line)


@policy.command()
@site_argument
@lane_argument
@file_argument
@as_json_option
def apply(folder: Path, lane: str, file: Path, as_json: bool) -> None:
    """Put the policy in FILE in force on LANE, whose stages take it up without a restart.

    One that either stage cannot go by changes nothing.  Text and hash of the new one are put on
    record in the audit log by the verify stage.
    """
    from sekisho.policy_files import put_policy, waiting_stages
    from wire.reasons import Unavailable

    sha256 = put_policy(folder, lane, file.read_bytes(), file)
    deadline = time.monotonic() + TAKEN_UP_S
    while late := waiting_stages(folder, lane, sha256):
        if time.monotonic() > deadline:
            raise Unavailable(f"written, but not taken up by {', '.join(late)}: see status")
        time.sleep(0.2)
    if as_json:
        print_json({"lane": lane, "policy_sha256": sha256})
    else:
        click.echo(f"{lane}: {sha256}: 適用しました / in force")


@policy.command()
@site_argument
@lane_argument
@click.option("--text", "wanted", metavar="HASH", help="Print the text of this one instead.")
@as_json_option
def history(folder: Path, lane: str, wanted: str | None, as_json: bool) -> None:
    """List which policies were in force on LANE since when, by its audit log; the last one last."""
    from sekisho.policy_files import policies_on_record
    from wire.reasons import Reason, Refused

    found = policies_on_record(folder, lane)
    if wanted is not None:
        texts = [e["policy"] for e in found if e["policy_sha256"].startswith(wanted)]
        if not wanted or not any(texts):
            raise Refused(Reason.NOT_FOUND, "the log has no text of this policy")
        click.echo(next(text for text in texts if text), nl=False)
    elif as_json:
        print_json(found)
    else:
        print_table(["since", "record", "policy"], [_row(each) for each in found])


def _row(entry: dict[str, Any]) -> list[object]:
    since = datetime.fromtimestamp(entry["t"] / 1000).astimezone()
    return [since.isoformat(timespec="seconds"), entry["idx"], entry["policy_sha256"]]
