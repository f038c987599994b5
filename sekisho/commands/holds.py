"""`sekisho hold`: what a lane keeps back until somebody decides."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sekisho.arguments import lane_argument, site_argument
from sekisho.screen import as_json_option, is_terminal, print_json, print_table
from sekisho.times import shown_time

if TYPE_CHECKING:
    from sekisho.operators.deciding import Deciding

F = TypeVar("F", bound=Callable[..., Any])

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
    "agreed": "agreed",
}
_TIMES = ("at", "until")
_SAID = {
    "released": "通しました / released",
    "denied": "却下しました / denied",
    "waiting": "もう一人を待ちます / waits for somebody else",
}


def decides(command: F) -> F:
    """Add upon what an operator decides, on which lane, who that is, and where their key is."""
    subject = click.argument("subject", metavar="ID")
    key = click.option(
        "--key",
        "path",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="File of the operator's private key; by default in their own settings folder.",
    )
    who = click.option(
        "--as", "operator", required=True, help="The operator, by id or name, who signs this."
    )
    return site_argument(lane_argument(subject(who(key(command)))))


reason_option = click.option(
    "--reason", required=True, help="Why, in words; signed with the decision."
)


@click.group()
def hold() -> None:
    """Look at what is held, and release or deny it."""


@hold.command("list")
@site_argument
@lane_argument
@as_json_option
def list_holds(folder: Path, lane: str, as_json: bool) -> None:
    """List what LANE holds, the oldest first, by which rule and until when; never what it says.

    `agreed` are the operators who have said yes already, where policy asks for two.
    """
    from sekisho.operators import deciding
    from wire.lane import Lane

    found = deciding.list_holds(folder, Lane(lane))
    if as_json:
        print_json(found)
        return
    rows = [[_cell(each, member) for member in COLUMNS.values()] for each in found]
    print_table(list(COLUMNS), rows)


@hold.command()
@decides
@as_json_option
def show(
    folder: Path, lane: str, subject: str, operator: str, path: Path | None, as_json: bool
) -> None:
    """Show what is held: what a message says, or of a file its name, kind, size and message.

    That somebody looked, and who, is a record of the audit log.
    """
    found = _deciding(folder, lane, operator, path).look(subject)
    if as_json or not is_terminal():
        print_json(found)
        return
    from rich.console import Console
    from rich.pretty import Pretty

    Console().print(Pretty(found))


@hold.command()
@decides
@reason_option
@as_json_option
def release(
    folder: Path,
    lane: str,
    subject: str,
    operator: str,
    path: Path | None,
    reason: str,
    as_json: bool,
) -> None:
    """Let ID through; a file is rebuilt all the same.

    Where policy asks for two operators, the first one's yes waits for the second one's.
    """
    done = _deciding(folder, lane, operator, path).release(subject, _line(reason))
    _print_done(done, as_json)


@hold.command()
@decides
@reason_option
@as_json_option
def deny(
    folder: Path,
    lane: str,
    subject: str,
    operator: str,
    path: Path | None,
    reason: str,
    as_json: bool,
) -> None:
    """Keep ID back for good; its sender is told.  A single operator is enough for that."""
    done = _deciding(folder, lane, operator, path).deny(subject, _line(reason))
    _print_done(done, as_json)


def _print_done(done: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(done)
        return
    click.echo(f"{_SAID[done['decision']]}: {done['id']} ({done['said']}/{done['needed']})")


def _deciding(folder: Path, lane: str, operator: str, path: Path | None) -> "Deciding":
    """Return the operator at the lane, once their key is open."""
    from sekisho.clock import now_ms
    from sekisho.operators import operator_keys, operator_lists
    from sekisho.operators.deciding import Deciding
    from wire.lane import Lane

    found = operator_lists.find(folder, operator, now=now_ms())
    path = path or operator_keys.own_path(found.id, found.key)
    key = operator_keys.open_key(path, _passphrase)
    return Deciding(folder, Lane(lane), found.id, key)


def _passphrase() -> str:
    said: str = click.prompt("合言葉 / Passphrase", hide_input=True, err=True)
    return said


def _line(reason: str) -> str:
    if not 0 < len(reason.strip()) <= 200:
        raise click.BadParameter("expected 1 to 200 characters", param_hint="--reason")
    return reason.strip()


def _cell(entry: dict[str, Any], member: str) -> Any:
    if member == "agreed":
        return " ".join(entry[member])
    return shown_time(entry[member]) if member in _TIMES else entry[member]
