"""`sekisho lane`: a lane's two stages, and letting one go on that has halted."""

from pathlib import Path

import click

from sekisho.screen import as_json_option, print_json, print_table

COLUMNS = ["node", "state", "lane", "connected", "high", "waiting", "trouble"]

site_argument = click.argument(
    "folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
lane_argument = click.argument("lane", type=click.Choice(["import", "export"]))


@click.group()
def lane() -> None:
    """Look at a lane, or let it go on after a halt."""


@lane.command()
@site_argument
@lane_argument
@as_json_option
def status(folder: Path, lane: str, as_json: bool) -> None:
    """Show how both stages of LANE are doing."""
    from sekisho.site import Program, stage_node
    from sekisho.statuses import Reading, read
    from wire.reasons import Unavailable

    nodes = [stage_node(lane, each) for each in (Program.TRANSFORM, Program.VERIFY)]
    found = [Reading(node, read(folder / node.admin_socket)) for node in nodes]
    if all(each.answer is None for each in found):
        raise Unavailable(f"neither stage of {lane} answers: is the relay running?")
    if as_json:
        print_json({each.node.name: each.as_json() for each in found})
    else:
        print_table(COLUMNS, [row for each in found for row in each.rows()])


@lane.command()
@site_argument
@lane_argument
@as_json_option
def resume(folder: Path, lane: str, as_json: bool) -> None:
    """Let LANE go on after a halt, once you know why it halted.

    A fork or a rollback means that somebody's memory is wrong; what the other side
    remembers is not changed by this, and the lane halts again if it still disagrees.
    """
    from sekisho.local_socket import ask
    from sekisho.site import Program, stage_node

    node = stage_node(lane, Program.TRANSFORM)
    answer = ask(folder / node.admin_socket, "POST", "/v1/resume", {})
    if as_json:
        print_json(answer)
    else:
        click.echo(f"{node.name}: 再開しました / resumed")
