"""`sekisho hold`: what a lane keeps back until somebody decides."""

import getpass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from sekisho.arguments import lane_argument, site_argument
from sekisho.screen import as_json_option, is_terminal, print_json, print_table

# A column, and the member of an entry that it shows.
COLUMNS = {
    "id": "id",
    "what": "what",
    "rule": "rule",
    "room": "room",
    "author": "author",
    "since": "at",
    "until": "until",
    "bytes": "size",
}
_TIMES = ("at", "until")

approver_option = click.option(
    "--by", "approver", help="Who decides, for the audit log; by default your login name."
)
viewer_option = click.option(
    "--by", "viewer", help="Who looks, for the audit log; by default your login name."
)


@click.group()
def hold() -> None:
    """Look at what is held, and release or deny it."""


@hold.command("list")
@site_argument
@lane_argument
@as_json_option
def list_holds(folder: Path, lane: str, as_json: bool) -> None:
    """List what LANE holds, the oldest first, by which rule and until when; never what it says."""
    found = _ask(folder, lane, "GET", "/v1/holds")["holds"]
    if as_json:
        print_json(found)
        return
    rows = [[_time(e[m]) if m in _TIMES else e[m] for m in COLUMNS.values()] for e in found]
    print_table(list(COLUMNS), rows)


@hold.command()
@site_argument
@lane_argument
@click.argument("subject", metavar="ID")
@viewer_option
@as_json_option
def show(folder: Path, lane: str, subject: str, viewer: str | None, as_json: bool) -> None:
    """Show the content of what is held, for whoever decides.

    That somebody looked, and who, is a record of the audit log.
    """
    query = urlencode({"by": viewer or getpass.getuser()})
    found = _ask(folder, lane, "GET", f"/v1/holds/{subject}?{query}")
    if as_json or not is_terminal():
        print_json(found)
        return
    from rich.console import Console
    from rich.pretty import Pretty

    Console().print(Pretty(found))


@hold.command()
@site_argument
@lane_argument
@click.argument("subject", metavar="ID")
@approver_option
@as_json_option
def release(folder: Path, lane: str, subject: str, approver: str | None, as_json: bool) -> None:
    """Let ID through; a file is rebuilt all the same."""
    _decide(folder, lane, subject, "release", approver, as_json)


@hold.command()
@site_argument
@lane_argument
@click.argument("subject", metavar="ID")
@approver_option
@as_json_option
def deny(folder: Path, lane: str, subject: str, approver: str | None, as_json: bool) -> None:
    """Keep ID back for good; its sender is told."""
    _decide(folder, lane, subject, "deny", approver, as_json)


def _decide(
    folder: Path, lane: str, subject: str, decision: str, approver: str | None, as_json: bool
) -> None:
    by = approver or getpass.getuser()
    answer = _ask(folder, lane, "POST", f"/v1/holds/{subject}/{decision}", {"approver": by})
    if as_json:
        print_json(answer)
        return
    said = {"release": "通しました / released", "deny": "却下しました / denied"}[decision]
    click.echo(f"{said}: {subject}")


def _ask(folder: Path, lane: str, method: str, path: str, body: object = None) -> Any:
    from sekisho.local_socket import ask_node
    from sekisho.site import Program, stage_node

    return ask_node(folder / stage_node(lane, Program.TRANSFORM).admin_socket, method, path, body)


def _time(at: int) -> str:
    import datetime

    return (
        datetime.datetime.fromtimestamp(at / 1000, datetime.UTC)
        .astimezone()
        .isoformat(timespec="seconds")
    )
