"""The processes of a running site, as the kernel knows them: whose they are, and how large."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SiteProcess:
    """A process, the words with which it was started, its Unix user and its largest size."""

    pid: int
    words: str
    uid: int
    most_mb: float


def processes_of(site: Path) -> list[SiteProcess]:
    """Return the processes that were started for a site."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode().split("\0")
            said = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
        except (OSError, UnicodeDecodeError):
            continue  # it has ended, or is nobody's whom we know
        if str(site) in words and "sekisho.main" in words and "VmHWM" in said:
            after = words[words.index("sekisho.main") + 1 :]
            name = " ".join(word for word in after if word not in (str(site), ""))
            uid, most = int(said["Uid"].split()[0]), int(said["VmHWM"].split()[0])
            found.append(SiteProcess(int(folder.name), name, uid, most / 1024))
    return found


@contextmanager
def lane_killed(site: Path, lane: str) -> Iterator[None]:
    """Kill both stages of a lane; their supervisor starts them again, when it may go on."""
    running = processes_of(site)
    (supervisor,) = [each.pid for each in running if each.words == f"relay {lane}"]
    stages = [each.pid for each in running if each.words.startswith(f"relay {lane} --stage")]
    assert len(stages) == 2
    os.kill(supervisor, signal.SIGSTOP)
    try:
        for pid in stages:
            os.kill(pid, signal.SIGKILL)
        yield
    finally:
        os.kill(supervisor, signal.SIGCONT)
