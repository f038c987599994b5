"""One lane of the relay on one host: both stages as processes of their own, kept running.

A stage that dies is started again, after a pause that doubles.  One that refuses to start,
for its settings, its store or this host, ends the supervisor: trying again mends none of them.
"""

import asyncio
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import structlog

from sekisho.exits import Exit
from sekisho.running import die_with_parent

FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0
# After so long without dying a stage has proven itself, and the pauses start again.
STEADY_S: Final = 60.0
# For a stage to finish what it is doing: a commit, and a file that is being drawn.
GRACE_S: Final = 20.0

_FINAL: Final = frozenset({Exit.SETTINGS, Exit.STORE, Exit.PROTECTION})

logger = structlog.get_logger()


class StageRefused(Exception):
    """A stage would not start, for a reason that starting it again does not mend."""

    def __init__(self, stage: str, code: Exit) -> None:
        super().__init__(f"the stage {stage} does not start; its reason stands above")
        self.code = code


async def supervise(stages: Mapping[str, list[str]]) -> None:
    """Keep each command of `stages` running until cancelled; raises `StageRefused`."""
    tasks = [asyncio.create_task(_keep(name, command)) for name, command in stages.items()]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.result()


def stage_command(lane: str, folder: Path, stage: str) -> list[str]:
    """Return the command that runs one stage as our child."""
    return [sys.executable, "-m", "sekisho.main", "relay", lane, str(folder), "--stage", stage]


async def _keep(name: str, command: list[str]) -> None:
    pause = FIRST_PAUSE_S
    while True:
        began = time.monotonic()
        code = await _live_through(command)
        if code in _FINAL:
            raise StageRefused(name, Exit(code))
        if time.monotonic() - began > STEADY_S:
            pause = FIRST_PAUSE_S
        logger.error("stage.ended", stage=name, code=code, pause_s=pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)


async def _live_through(command: list[str]) -> int:
    """Run `command` to its end and return its exit code; end it when cancelled."""
    environment = {
        k: v for k, v in os.environ.items() if k not in ("NOTIFY_SOCKET", "WATCHDOG_USEC")
    }
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, preexec_fn=die_with_parent
    )
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
