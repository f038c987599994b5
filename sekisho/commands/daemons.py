"""`sekisho internet | lgwan | relay`: the daemons."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sekisho.arguments import lane_argument, site_argument

if TYPE_CHECKING:
    from sekisho.site import Program


@click.command()
@site_argument
def internet(folder: Path) -> None:
    """Run the daemon of the internet zone until SIGTERM or Ctrl-C."""
    _run_zone(folder, "internet")


@click.command()
@site_argument
def lgwan(folder: Path) -> None:
    """Run the daemon of the LGWAN zone until SIGTERM or Ctrl-C."""
    _run_zone(folder, "lgwan")


@click.command()
@lane_argument
@site_argument
@click.option(
    "--stage",
    type=click.Choice(["transform", "verify"]),
    help="Run this stage alone; without it both, each in a process of its own.",
)
def relay(lane: str, folder: Path, stage: str | None) -> int:
    """Run one lane of the relay until SIGTERM or Ctrl-C.

    import leads from the internet to LGWAN, export from LGWAN to the internet.
    """
    from sekisho.exits import Exit
    from sekisho.site import Program

    if stage is None:
        return _supervise(lane, folder)
    _run_stage(lane, folder, Program(stage))
    return Exit.OK


def _run_zone(folder: Path, zone: str) -> None:
    from internet_side import zone as internet_side
    from lgwan_side import zone as lgwan_side
    from sekisho import running
    from sekisho.clock import now_ms
    from sekisho.site import zone_node
    from zone.service import serve_zone

    node = zone_node(zone)
    side = {"internet": internet_side.SIDE, "lgwan": lgwan_side.SIDE}[zone]
    service = serve_zone(folder / node.folder, side, clock=now_ms)
    running.run(node.name, service, [folder / node.admin_socket])


def _run_stage(lane: str, folder: Path, stage: "Program") -> None:
    from sekisho import running
    from sekisho.clock import now_ms
    from sekisho.site import Program, stage_node

    node = stage_node(lane, stage)
    if stage is Program.TRANSFORM:
        from relay.transform.service import serve_transform

        service = serve_transform(folder / node.folder, clock=now_ms)
    else:
        from relay.verify.service import serve_verify

        service = serve_verify(folder / node.folder, clock=now_ms)
    running.run(node.name, service, [folder / node.admin_socket])


def _supervise(lane: str, folder: Path) -> int:
    from sekisho import running, supervisor
    from sekisho.exits import Exit, end_with
    from sekisho.site import Program, stage_node

    # Verify first: transform dials it.
    stages = (Program.VERIFY, Program.TRANSFORM)
    commands = {each.value: supervisor.stage_command(lane, folder, each) for each in stages}
    sockets = [folder / stage_node(lane, each).admin_socket for each in stages]
    try:
        running.run(f"relay-{lane}", supervisor.supervise(commands), sockets)
    except supervisor.StageRefused as refusal:
        return end_with(str(refusal), refusal.code)
    return Exit.OK
