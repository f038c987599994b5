"""A lane whose stages are processes of their own, between a near zone that listens and a far one.

The near zone says something all the time, and notes of every record when it came.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.conftest import ROOT
from tests.covert.decode import Seen
from tests.relay.transform import site
from tests.relay.transform.near import Near
from tests.relay.transform.site import post
from tests.relay.verify.peers import FarZone
from tests.relay.verify.place import make_node
from wire.receipts import LaneStatus, Receipt, SignedHead, Verdict

PROGRAM = """
import asyncio, sys, time
from pathlib import Path
from tests.confining import unconfined
which, folder = sys.argv[1], Path(sys.argv[2])
settled = {"clock": lambda: time.time_ns() // 1_000_000, "confine": unconfined}
if which == "verify":
    from relay.verify.service import serve_verify
    from relay.verify.settings import stage_endpoint
    asyncio.run(serve_verify(folder, stage_endpoint(folder), **settled))
else:
    from relay.transform.service import serve_transform
    from relay.transform.settings import verify_endpoint
    asyncio.run(serve_transform(folder, verify_endpoint(folder), **settled))
"""
PATIENCE_S = 60.0
# What the far zone does takes a while to be seen: so much of a slot, whichever it is.
LATE = (0.0, 0.25, 0.5, 0.75)


@dataclass(frozen=True, slots=True)
class Setting:
    """When the near zone is told, and how much may wait for the far one."""

    pace_ms: int
    look_s: int
    max_waiting: int = 1_000_000


@dataclass
class Ear:
    """All that the near zone hears, and when; by the clock of this process, in seconds."""

    near: Near
    heard: list[tuple[float, Receipt]] = field(default_factory=list)
    said_at: dict[int, float] = field(default_factory=dict)  # by the number of the event

    async def listen(self) -> None:
        """Note when what comes has come, until cancelled."""
        known = 0
        while True:
            fresh = self.near.receipts[known:]
            now = time.monotonic()
            self.heard += [(now, receipt) for receipt in fresh]
            known += len(fresh)
            self.near._news.clear()
            await self.near._news.wait()

    async def talk(self, every_s: float) -> None:
        """Say something again and again, until cancelled."""
        number = 0
        while True:
            number += 1
            self.said_at[number] = time.monotonic()
            await self.near.send(post(f"第{number}号"))
            await asyncio.sleep(every_s)

    def seen(self, began: float, slot_s: float) -> Seen:
        """Return whatever a receiver might look at of a slot: then, or some time later."""
        return {
            f"{name}, {late} slot later": value
            for late in LATE
            for name, value in self._between(began + late * slot_s, slot_s).items()
        }

    def _between(self, began: float, slot_s: float) -> Seen:
        ended = began + slot_s
        records = [(at, receipt) for at, receipt in self.heard if began <= at < ended]
        statuses = [r for _, r in records if isinstance(r, LaneStatus)]
        verdicts = [
            (at, r)
            for at, r in records
            if isinstance(r, LaneStatus) and r.verdict is not Verdict.NONE
        ]
        told = [(at, seq) for at, r in verdicts for seq in range(r.first, r.last + 1)]
        waits = [at - self.said_at[seq] for at, seq in told if seq in self.said_at]
        sizes = [r.size for _, r in records if isinstance(r, SignedHead)]
        times = [at - began for at, _ in records]
        gaps = [b - a for a, b in pairwise(times)]
        return {
            "number of records": len(records),
            "number of verdicts": len(verdicts),
            "events told of": len(told),
            "high": max((s.high for s in statuses), default=0)
            - min((s.high for s in statuses), default=0),
            "flags": max((float(s.flags) for s in statuses), default=0),
            "last flags": float(statuses[-1].flags) if statuses else 0.0,
            "trees": len(sizes),
            "growth of the tree": max(sizes, default=0) - min(sizes, default=0),
            "tree without the events": self._beside(sizes),
            "first record": min(times, default=ended - began),
            "longest gap": max(gaps, default=0.0),
            "mean wait": sum(waits) / len(waits) if waits else 0.0,
            "longest wait": max(waits, default=0.0),
            "first verdict": verdicts[0][0] - began if verdicts else ended - began,
        }

    def _beside(self, sizes: Iterable[int]) -> float:
        """Return by how much the tree is larger than what was told of, as the attack saw it."""
        told = sum(len(each) for each in self.near.told.values())
        return float(max(sizes, default=0) - told)


@asynccontextmanager
async def lane(setting: Setting) -> AsyncIterator[tuple[Ear, FarZone]]:
    """Yield both ends of a running lane."""
    with tempfile.TemporaryDirectory(prefix="skc-") as name:
        root = Path(name)
        settings: dict[str, Any] = {"receipts.pace_ms": setting.pace_ms}
        node = site.make_node(root, stage="unix:../verify/run/stage.sock", **settings)
        limits = {"receipts.look_s": setting.look_s, "max_waiting": setting.max_waiting}
        folder = make_node(root, site=site.SITE, **limits)
        (root / "rules/policy.toml").write_text(site.POLICY)
        async with (
            _process("verify", folder, "link.sock"),
            _process("transform", node.folder, "admin.sock"),
        ):
            near = Near(node)
            async with near.connected():
                yield Ear(near), FarZone(folder, site=site.SITE)


@asynccontextmanager
async def _process(which: str, folder: Path, sock: str) -> AsyncIterator[None]:
    command = (sys.executable, "-c", PROGRAM, which, str(folder))
    with (folder / "log.txt").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=log, stderr=log)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not await _answers(folder / "run" / sock):
                if process.returncode is not None:
                    raise RuntimeError((folder / "log.txt").read_text())
                await asyncio.sleep(0.05)
        yield
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _answers(path: Path) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(path)
    except OSError:
        return False
    writer.close()
    return True
