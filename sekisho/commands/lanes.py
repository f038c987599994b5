"""`sekisho lane`: a lane's two stages, and letting one go on that has halted."""

import getpass
from pathlib import Path

import click

from sekisho.arguments import lane_argument, site_argument
from sekisho.screen import as_json_option, print_json, print_table


@click.group()
def lane() -> None:
    """Look at a lane, or let it go on after a halt."""


@lane.command()
@site_argument
@lane_argument
@as_json_option
def status(folder: Path, lane: str, as_json: bool) -> None:
    """Show how both stages of LANE are doing."""
    from sekisho import node_statuses
    from sekisho.node_statuses import COLUMNS, NodeStatus
    from sekisho.site import Program, stage_node
    from wire.reasons import Unavailable

    nodes = [stage_node(lane, each) for each in (Program.TRANSFORM, Program.VERIFY)]
    found = [NodeStatus(node, node_statuses.read(folder, node)) for node in nodes]
    if all(each.answer is None for each in found):
        raise Unavailable(f"neither stage of {lane} answers: is the relay running?")
    if as_json:
        print_json({each.node.name: each.as_json() for each in found})
    else:
        print_table(COLUMNS, [row for each in found for row in each.rows()])


@lane.command()
@site_argument
@lane_argument
@click.option(
    "--stage",
    type=click.Choice(["transform", "verify"]),
    default="transform",
    help="Which stage has halted; a verify stage must not be running.",
)
@click.option("--by", "operator", help="Who decides, for the record; by default your login name.")
@as_json_option
def resume(folder: Path, lane: str, stage: str, operator: str | None, as_json: bool) -> None:
    """Let LANE go on after a halt, once you know why it halted.

    A fork or a rollback means that somebody's memory is wrong.  What the other side
    remembers is not changed by this, and the lane halts again if it still disagrees.
    """
    from sekisho.local_socket import ask_node
    from sekisho.site import Program, stage_node

    node = stage_node(lane, Program(stage))
    if node.program is Program.TRANSFORM:
        body = {"approver": operator or getpass.getuser()}
        ask_node(folder / node.admin_socket, "POST", "/v1/lane/resume", body)
    else:
        _resume_verify(folder / node.folder, operator or getpass.getuser())
    if as_json:
        print_json({"resumed": node.name})
    else:
        click.echo(f"{node.name}: 再開しました / resumed")


def _resume_verify(folder: Path, operator: str) -> None:
    """Do it in the store itself: the process with the release key takes no orders."""
    import asyncio

    from relay.verify.service import resume_lane
    from sekisho.clock import now_ms
    from sekisho.read_store import InUse, open_read_only
    from wire.reasons import Reason, Refused, Unavailable

    try:
        with open_read_only(folder / "verify.db") as db:
            (halted,) = db.execute("SELECT coalesce(halted, far_stopped) FROM lane").fetchone()
    except InUse:
        raise Unavailable("the verify stage is running: stop it, then resume it") from None
    if halted is None:
        raise Refused(Reason.CONFLICT, "the lane is not halted")
    asyncio.run(resume_lane(folder, operator, clock=now_ms))
