"""`sekisho internet | lgwan | relay`: the daemons."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sekisho.arguments import lane_argument, site_argument

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    from sekisho.stage_links import CHANNEL

    if stage is not None and CHANNEL in os.environ:
        _run_stage(lane, folder, Program(stage))
        return Exit.OK
    # Verify first: transform wants to be linked with it.
    stages = (Program.VERIFY, Program.TRANSFORM) if stage is None else (Program(stage),)
    return _supervise(lane, folder, stages)


def _run_zone(folder: Path, zone: str) -> None:
    from confinement.daemon import confine_daemon
    from internet_side import zone as internet_side
    from lgwan_side import zone as lgwan_side
    from sekisho import running
    from sekisho.clock import now_ms
    from sekisho.site import zone_node
    from zone.service import serve_zone

    node = zone_node(zone)
    side = {"internet": internet_side.SIDE, "lgwan": lgwan_side.SIDE}[zone]
    service = serve_zone(folder / node.folder, side, clock=now_ms, confine=confine_daemon)
    running.run(node.name, service, [folder / node.admin_socket])


def _run_stage(lane: str, folder: Path, stage: "Program") -> None:
    """Be one stage, the child of the process that supervises it."""
    from confinement.daemon import confine_daemon
    from sekisho import running, stage_links
    from sekisho.clock import now_ms
    from sekisho.site import Program, stage_node

    node = stage_node(lane, stage)
    other = stage_links.other_stage()
    if stage is Program.TRANSFORM:
        from relay.transform.service import serve_transform

        service = serve_transform(folder / node.folder, other, clock=now_ms, confine=confine_daemon)
    else:
        from relay.verify.service import serve_verify

        service = serve_verify(folder / node.folder, other, clock=now_ms, confine=confine_daemon)
    running.run(node.name, service, ())


def _supervise(lane: str, folder: Path, stages: "Sequence[Program]") -> int:
    from relay.transform.settings import verify_endpoint
    from relay.verify.settings import stage_endpoint
    from sekisho import running, supervisor
    from sekisho.exits import Exit, end_with
    from sekisho.site import Program, stage_node
    from sekisho.stage_links import StageLinks

    links, own = StageLinks(), folder / stage_node(lane, stages[0]).folder
    if tuple(stages) == (Program.TRANSFORM,):
        links.dials = verify_endpoint(own)
    elif tuple(stages) == (Program.VERIFY,):
        links.listens = stage_endpoint(own)
    commands = {each: supervisor.stage_command(lane, folder, each) for each in stages}
    sockets = [folder / stage_node(lane, each).admin_socket for each in stages]
    try:
        running.run(f"relay-{lane}", supervisor.supervise(commands, links), sockets)
    except supervisor.StageRefused as refusal:
        return end_with(str(refusal), refusal.code)
    return Exit.OK
