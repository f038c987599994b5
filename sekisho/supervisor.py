"""The stages of one lane on one host, each a process of its own, kept running and linked.

A stage that dies is started again, after a pause that doubles.  One that refuses to start,
for its settings, its store or this host, ends the supervisor: trying again mends none of them.
"""

import asyncio
import os
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import structlog

from sekisho.exits import Exit
from sekisho.running import die_with_parent
from sekisho.site import Program
from sekisho.stage_links import CHANNEL, StageLinks

FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0
# After so long without dying a stage has proven itself, and the pauses start again.
STEADY_S: Final = 60.0
# For a stage to finish what it is doing: a commit, and a file that is being drawn.
GRACE_S: Final = 20.0

# We tell systemd how the stages do; they do not.
_OURS: Final = frozenset({"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})

_FINAL: Final = frozenset({Exit.SETTINGS, Exit.STORE, Exit.PROTECTION})

logger = structlog.get_logger()


class StageRefused(Exception):
    """A stage would not start, for a reason that starting it again does not mend."""

    def __init__(self, stage: str, code: Exit) -> None:
        super().__init__(f"the stage {stage} does not start; its reason stands above")
        self.code = code


async def supervise(stages: Mapping[Program, list[str]], links: StageLinks) -> None:
    """Keep each command of `stages` running, and linked, until cancelled; raises `StageRefused`."""
    tasks = [asyncio.create_task(_keep(stage, command, links)) for stage, command in stages.items()]
    listening = asyncio.create_task(links.listen())
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (*tasks, listening):
            task.cancel()
        await asyncio.wait([*tasks, listening])
    for task in tasks:
        if not task.cancelled():
            task.result()


def stage_command(lane: str, folder: Path, stage: Program) -> list[str]:
    """Return the command that runs one stage as our child."""
    return [sys.executable, "-m", "sekisho.main", "relay", lane, str(folder), "--stage", stage]


async def _keep(stage: Program, command: list[str], links: StageLinks) -> None:
    pause = FIRST_PAUSE_S
    while True:
        began = time.monotonic()
        async with links.channel_of(stage) as channel:
            code = await _live_through(command, channel)
        if code in _FINAL:
            raise StageRefused(stage, Exit(code))
        if time.monotonic() - began > STEADY_S:
            pause = FIRST_PAUSE_S
        logger.error("stage.ended", stage=stage, code=code, pause_s=pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)


async def _live_through(command: list[str], channel: socket.socket) -> int:
    """Run `command` to its end and return its exit code; end it when cancelled."""
    environment = {k: v for k, v in os.environ.items() if k not in _OURS}
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**environment, CHANNEL: str(channel.fileno())},
        pass_fds=[channel.fileno()],
        preexec_fn=die_with_parent,
    )
    channel.close()  # it is the stage's: when that is gone, we see so
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), GRACE_S)
            except TimeoutError:
                process.kill()
                await process.wait()
