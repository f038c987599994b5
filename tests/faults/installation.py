"""A whole installation on one host, whose six daemons are real processes that can be killed.

They are forked from a warm server, so that a restart costs milliseconds and not
the start of an interpreter; from there on each is what `sekisho` runs.  Whatever a zone tells or
answers is held against the contract (`tests.contract_watch`).
"""

import asyncio
import multiprocessing
import os
import shutil
import signal
import socket
import time
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from sekisho.addresses import Addresses
from tests.confining import unconfined
from tests.contract_watch import ContractWatch, contract_in, demand_noted_nothing, stand_by
from tests.faults.clock import jumping
from wire.lane import Lane, Zone

ZONES = (Zone.INTERNET, Zone.LGWAN)
STAGES = tuple(f"{lane}-{stage}" for lane in Lane for stage in ("verify", "transform"))
NAMES = (*STAGES, *(zone.value for zone in ZONES))

START_TIMEOUT_S = 60.0

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(
    [
        "sekisho.setup",
        "zone.service",
        "relay.transform.service",
        "relay.verify.service",
        "tests.faults.contract_read",
    ]
)


class Installation:
    """The folders of one host and the daemons that run on them."""

    def __init__(self, folder: Path) -> None:
        """Use the nodes in `folder`, which `make` makes."""
        self.folder = folder
        self.running: dict[str, ForkServerProcess] = {}

    @classmethod
    def make(cls, folder: Path, addresses: Addresses | None = None) -> "Installation":
        """Make the nodes of one host, as `sekisho init` does."""
        from sekisho import setup
        from sekisho.setup import Plan, tenant_of
        from sekisho.site import Host

        site = "test-city"
        plan = Plan(folder, site, Host.ONE, tenant_of(site), addresses or Addresses())
        for _ in setup.make(plan, now=time.time_ns() // 1_000_000):
            pass
        return cls(folder)

    def copy(self, folder: Path) -> "Installation":
        """Return a copy of what is on the disk."""
        ignore = shutil.ignore_patterns("*.sock")
        shutil.copytree(self.folder, folder, symlinks=True, ignore=ignore)
        return Installation(folder)

    def node(self, name: str) -> Path:
        """Return the folder of a daemon."""
        return self.folder / ("relay/" + name.replace("-", "/") if "-" in name else name)

    def store(self, name: str) -> Path:
        """Return the store of a daemon."""
        return self.node(name) / (f"{name.partition('-')[2] or 'zone'}.db")

    def clock(self, name: str) -> Path:
        """Return the file that sets a daemon's clock."""
        return self.folder / f"{name}.clock"

    @property
    def contract(self) -> Path:
        """Return the file that a contract is in which zones are held to in place of theirs."""
        return self.folder / "contract.json"

    @property
    def broken(self) -> Path:
        """Return the file in which it says what zones said that their contract does not have."""
        return self.folder / "contract.broken"

    def start(self, name: str, failpoint: str = "") -> None:
        """Start a daemon; `failpoint` is what SEKISHO_FAILPOINT would say."""
        process = _context.Process(target=_serve, args=(str(self.folder), name, failpoint))
        process.start()
        self.running[name] = process

    def start_all(self, failpoints: dict[str, str] | None = None) -> None:
        """Start every daemon that is not running."""
        for name in NAMES:
            if not self.is_alive(name):
                self.start(name, (failpoints or {}).get(name, ""))

    def is_alive(self, name: str) -> bool:
        """Return whether a daemon runs."""
        return name in self.running and self.running[name].is_alive()

    def kill(self, name: str) -> None:
        """Kill a daemon as the kernel would, and wait until it is gone."""
        process = self.running[name]
        if process.pid is not None and process.is_alive():
            os.kill(process.pid, signal.SIGKILL)
        process.join()

    def signal(self, name: str, number: int) -> None:
        """Send a daemon a signal."""
        pid = self.running[name].pid
        assert pid is not None
        os.kill(pid, number)

    def stop(self, name: str) -> None:
        """End a daemon as systemd would."""
        self.running[name].terminate()
        self.running[name].join(10)
        if self.running[name].is_alive():
            self.kill(name)

    def stop_all(self) -> None:
        """End every daemon, the zones first.  All that they said has to be in the contract."""
        for name in reversed(NAMES):
            if name in self.running:
                self.stop(name)
        demand_noted_nothing(self.broken)

    async def ready(self, *names: str) -> None:
        """Wait until daemons answer on their admin sockets."""
        for name in names or NAMES:
            path = self.node(name) / "run" / "admin.sock"
            async with asyncio.timeout(START_TIMEOUT_S):
                while not _answers(path):
                    if not self.is_alive(name):
                        raise AssertionError(f"{name} did not start:\n{self.log(name)}")
                    await asyncio.sleep(0.01)

    def log(self, name: str) -> str:
        """Return the end of a daemon's log."""
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else ""


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as sock:
        try:
            sock.connect(str(path))
        except OSError:
            return False
    return True


def _serve(folder: str, name: str, failpoint: str) -> None:
    """Be one daemon, in a process of its own."""
    from runtime import failpoints
    from sekisho import logs

    log = os.open(f"{folder}/{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    failpoints.arm(failpoint)
    logs.set_up(name)
    if name in ZONES:
        _watch(Installation(Path(folder)))
    asyncio.run(_until_ended(Path(folder), name))


def _watch(installation: Installation) -> None:
    stand_by(ContractWatch(contract_in(installation.contract), installation.broken))


async def _until_ended(folder: Path, name: str) -> None:
    from internet_side import zone as internet_side
    from lgwan_side import zone as lgwan_side
    from relay.transform import service as transform
    from relay.transform.settings import verify_endpoint
    from relay.verify import service as verify
    from relay.verify.settings import stage_endpoint
    from sekisho.clock import now_ms
    from zone import service as zone

    installation = Installation(folder)
    node, clock = installation.node(name), jumping(installation.clock(name), now_ms)
    if name in (Zone.INTERNET, Zone.LGWAN):
        side = internet_side.SIDE if name == Zone.INTERNET else lgwan_side.SIDE
        service = zone.serve_zone(node, side, clock=clock, confine=unconfined)
    elif name.endswith("transform"):
        service = transform.serve_transform(
            node, verify_endpoint(node), clock=clock, confine=unconfined
        )
    else:
        service = verify.serve_verify(node, stage_endpoint(node), clock=clock, confine=unconfined)
    task = asyncio.ensure_future(service)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await asyncio.wait([task])
    if not task.cancelled() and (trouble := task.exception()) is not None:
        raise trouble
