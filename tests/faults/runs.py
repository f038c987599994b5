"""One run: a fresh copy of the template, people who talk, daemons that die, the oracle."""

import asyncio
import random
import re
import shutil
import signal
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from sekisho.addresses import Addresses
from tests.conftest import ROOT
from tests.faults.asking import status_of
from tests.faults.clock import jump
from tests.faults.installation import NAMES, STAGES, Installation
from tests.faults.oracle import violations
from tests.faults.traffic import converse, settle
from wire.lane import Lane

SETTLE_TIMEOUT_S = 60.0
RESTART_POLL_S = 0.005
PUBLISHED_S = 2.0  # by then the log was published twice

# Where each process can be killed: found in the code, so that none is forgotten.
_CALL = re.compile(r"""failpoints\.reach\(\s*"([a-z_.]+)"\s*\)""")
_WHERE = {
    "zone": ("internet", "lgwan"),
    "transform": ("import-transform", "export-transform"),
    "verify": ("import-verify", "export-verify"),
    "audit": ("import-verify", "export-verify"),
    "store": NAMES,
}


def failpoints() -> list[str]:
    """Return the names of all failpoints in the product."""
    folders = ("runtime", "zone", "relay")
    files = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted({name for path in files for name in _CALL.findall(path.read_text("utf-8"))})


def places(name: str) -> tuple[str, ...]:
    """Return the daemons that pass a failpoint."""
    return _WHERE[name.partition(".")[0]]


class Template:
    """An installation with its city in place, stopped, to be copied for each run."""

    def __init__(self) -> None:
        """Make a short-named folder: the paths of Unix sockets are short."""
        self.folder = Path(tempfile.mkdtemp(prefix="sk-"))

    async def prepare(self, addresses: Addresses | None = None) -> None:
        """Make the installation and its city; its links are at `addresses`."""
        self.installation = Installation.make(self.folder / "t", addresses)
        self.installation.start_all()
        try:
            await self.installation.ready()
            self.city = await settle(self.installation)
            await settled(self.installation)
        finally:
            self.installation.stop_all()

    def remove(self) -> None:
        """Remove the template and what runs left."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def copy(self) -> Installation:
        """Return a fresh copy."""
        target = self.folder / "r"
        shutil.rmtree(target, ignore_errors=True)
        return self.installation.copy(target)


# What happens to an installation while people talk in it, until the event says that all is said.
Trouble = Callable[[Installation, asyncio.Event], Awaitable[int]]


async def run(template: Template, trouble: Trouble, *, messages: int) -> tuple[int, list[str]]:
    """Talk while `trouble` lasts; return how often something died, and what the oracle says."""
    installation, is_said = template.copy(), asyncio.Event()
    try:
        causing = asyncio.ensure_future(trouble(installation, is_said))
        said = await converse(installation, template.city, messages=messages)
        is_said.set()
        kills = await causing
        installation.start_all()
        await installation.ready()
        try:
            await settled(installation)
        except TimeoutError:
            said_last = [f"{name}: {await status_of(installation, name)}" for name in NAMES]
            why = f"it did not settle: {await unsettled(installation)}\n" + "\n".join(said_last)
            installation.stop_all()
            logs = [f"== {name}\n{installation.log(name)[-1500:]}" for name in NAMES]
            return kills, [why, *logs, *violations(installation, said)]
    finally:
        installation.stop_all()
    return kills, violations(installation, said)


async def settled(installation: Installation) -> None:
    """Wait until nothing is on its way any more."""
    async with asyncio.timeout(SETTLE_TIMEOUT_S):
        while await unsettled(installation):  # noqa: ASYNC110 - other processes
            await asyncio.sleep(0.05)


async def unsettled(installation: Installation) -> str:
    """Return what is still on its way, or nothing, as the daemons say it."""
    for name in NAMES:
        status = await status_of(installation, name)
        if status is None:
            return f"{name} does not answer"
        for key in ("unsettled", "outbox", "files", "waiting", "depth"):
            if status.get(key):
                return f"{name}: {key} {status[key]}"
        if any(status.get("unrecorded", {}).get(key) for key in ("waiting", "taken_back")):
            return f"{name}: not on record {status['unrecorded']}"
        for lane in Lane:
            link = status.get("lanes", {}).get(lane, {"connected": True})
            if not link["connected"]:
                return f"{name}: {lane} is not connected"
            if not link.get("witnessed", 1):
                return f"{name}: {lane} is not witnessed"
    return ""


def sweep(point: str, name: str, nth: int) -> Trouble:
    """Die once, at the nth passing of a failpoint in one daemon; be started again."""

    async def pass_by(installation: Installation, is_said: asyncio.Event) -> None:
        await asyncio.gather(asyncio.sleep(PUBLISHED_S), is_said.wait())
        await settled(installation)

    async def trouble(installation: Installation, is_said: asyncio.Event) -> int:
        installation.start_all({name: f"{point}:{nth}"})
        passing = asyncio.ensure_future(pass_by(installation, is_said))
        while not passing.done():
            if not installation.is_alive(name):
                passing.cancel()
                installation.start(name)
                return 1
            await asyncio.sleep(RESTART_POLL_S)
        # It was not passed so often: whoever still carries the failpoint must not die later.
        installation.kill(name)
        installation.start(name)
        return 0

    return trouble


def storm(seed: int, kills: int) -> Trouble:
    """Kill daemons at random moments, and start each again."""

    async def trouble(installation: Installation, _said: asyncio.Event) -> int:
        dice = random.Random(seed)
        installation.start_all()
        for _ in range(kills):
            await asyncio.sleep(dice.uniform(0.02, 0.4))
            name = dice.choice(NAMES)
            installation.kill(name)
            await asyncio.sleep(dice.choice((0, 0, 0.1)))
            installation.start(name)
        return kills

    return trouble


def silence(seconds: float) -> Trouble:
    """Have both stages of the import lane say nothing for a while, then go on."""

    async def trouble(installation: Installation, _said: asyncio.Event) -> int:
        installation.start_all()
        await installation.ready()
        for name in ("import-transform", "export-verify"):
            installation.signal(name, signal.SIGSTOP)
        await asyncio.sleep(seconds)
        for name in ("import-transform", "export-verify"):
            installation.signal(name, signal.SIGCONT)
        return 0

    return trouble


def outage(seconds: float) -> Trouble:
    """Have the relay be away for a while: the links are down."""

    async def trouble(installation: Installation, _said: asyncio.Event) -> int:
        installation.start_all()
        await installation.ready()
        for name in STAGES:
            installation.stop(name)
        await asyncio.sleep(seconds)
        installation.start_all()
        return 0

    return trouble


# Ten years, either way, and the wavering of a bad time server.
JUMPS_MS = (-(10 * 365 * 86_400_000), 10 * 365 * 86_400_000, -3_600_000, 1_000, 0)


def clock_jumps(seed: int) -> Trouble:
    """Set clocks of daemons wrong, one after the other, while people talk."""

    async def trouble(installation: Installation, _said: asyncio.Event) -> int:
        dice = random.Random(seed)
        installation.start_all()
        await installation.ready()
        for offset in JUMPS_MS:
            for name in dice.sample(NAMES, 3):
                jump(installation.clock(name), offset)
                await asyncio.sleep(0.05)
        for name in NAMES:
            jump(installation.clock(name), 0)
        return 0

    return trouble
