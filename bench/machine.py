"""What machine this is, how fast it is right now, and who else was using it.

Machines are shared and drift by a factor of two by themselves, so every figure
stands beside these.
"""

import hashlib
import json
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

_TICKS_S = os.sysconf("SC_CLK_TCK")
_ROUNDS = 3_000


@dataclass(frozen=True, slots=True)
class Use:
    """CPU seconds of the whole machine, and of some processes, at one moment."""

    at: float
    busy: float
    own: float


def describe() -> str:
    """Return one line: processor, cores, speed index, fsync latency."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((x.partition(": ")[2] for x in lines if x.startswith("model name")), "?")
    return (
        f"{model}, {os.cpu_count()} cores, speed index {speed():.2f}, "
        f"fsync {fsync_ms():.2f} ms, load {os.getloadavg()[0]:.1f}"
    )


def speed() -> float:
    """Return how fast a fixed loop runs: 1.0 is 30,000 rounds a CPU second."""
    text = json.dumps({"a": list(range(50)), "b": "x" * 200})
    started = time.process_time()
    for _ in range(_ROUNDS):
        found = json.loads(text)
        hashlib.sha256(text.encode()).digest()
        _ = dict(found), [x + 1 for x in found["a"]]
    return _ROUNDS / (time.process_time() - started) / 30_000


def fsync_ms() -> float:
    """Return the median time of writing 4 KiB durably, in milliseconds."""
    with tempfile.NamedTemporaryFile(dir=".") as file:
        times = []
        for _ in range(50):
            started = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - started)
    return 1e3 * sorted(times)[25]


def use(pids: list[int]) -> Use:
    """Return what has been used so far: by everybody; by `pids`, those below them, and this one."""
    with Path("/proc/stat").open() as file:
        fields = [int(x) for x in file.readline().split()[1:9]]
    busy = sum(fields[i] for i in (0, 1, 2, 5, 6)) / _TICKS_S
    own = cpu_s(os.getpid()) + sum(map(family_cpu_s, pids))
    return Use(time.monotonic(), busy, own)


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_S


def family_cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process and of all below it, also of those that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS_S + sum(map(family_cpu_s, children(pid)))


def children(pid: int) -> list[int]:
    """Return the processes that a process has started and that are still there."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for each in lists for child in each.read_text().split()]


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


def foreign(before: Use, after: Use) -> str:
    """Say how much of the machine others used between two moments."""
    wall = (after.at - before.at) * (os.cpu_count() or 1)
    others = (after.busy - before.busy) - (after.own - before.own)
    return f"others used {max(0.0, 100 * others / wall):.0f} % of the machine"
