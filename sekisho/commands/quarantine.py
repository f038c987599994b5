"""`sekisho quarantine`: what the other zone said without a right to, and that it was looked at."""

from pathlib import Path

import click

from sekisho.arguments import site_argument
from sekisho.commands.asking import ask_zone, print_list, zone_option
from sekisho.screen import as_json_option

_COLUMNS = ["id", "kind", "reason", "at", "seen"]


@click.command()
@site_argument
@zone_option
@click.option("--seen", is_flag=True, help="List what is new, and note that you have looked at it.")
@as_json_option
def quarantine(folder: Path, zone: str, seen: bool, as_json: bool) -> None:
    """List what the other zone sent without a right to, and what was therefore not applied.

    A right that was taken away at the same moment leaves a few of these.  Many, or such as nobody
    there can have said, mean that the other zone is not itself any more.  What was looked at stays
    on the list, and doctor does not name it again.
    """
    if seen:
        answer = ask_zone(folder, zone, "POST", "/v1/quarantine/seen")
    else:
        answer = ask_zone(folder, zone, "GET", "/v1/quarantine")
    print_list(answer, _COLUMNS, as_json)
