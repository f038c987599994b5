"""Running a daemon: from its start to the signal that ends it.

READY=1 is said when the admin socket answers, and WATCHDOG=1 from the event loop
itself, so that a loop which is stuck is noticed.
"""

import asyncio
import ctypes
import gc
import os
import resource
import signal
from collections.abc import Collection, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import structlog

from runtime import failpoints
from runtime.activation import sockets_handed_over
from runtime.sockets import peer_credentials
from sekisho import logs
from sekisho.notify import notify_manager, watchdog_interval_s

POLL_S: Final = 0.05
# 4,096 streams of each of a dozen frontends.  The limit is 1,024 unless somebody raises it.
MAX_FILES: Final = 65_536
_PR_SET_PDEATHSIG: Final = 1  # from linux/prctl.h

logger = structlog.get_logger()


def run(name: str, service: Coroutine[Any, Any, None], sockets: Sequence[Path]) -> None:
    """Run `service` until it ends or SIGTERM or SIGINT ends it.

    It is ready when there is an answer at every one of `sockets`.  A stage, which may dial nobody,
    names none: whoever supervises it looks.
    """
    # Its keys are read before it confines itself, and what it starts has no walls of its own.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logs.set_up(name)
    raise_file_limit()
    failpoints.arm(os.environ.get("SEKISHO_FAILPOINT"))
    with suppress(OSError):  # only what `ps` shows; the kernel cuts it at 15 characters
        Path("/proc/self/comm").write_text(name, encoding="ascii")
    asyncio.run(_run(service, sockets))


def raise_file_limit() -> None:
    """Let this process have as many files open as it may: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def die_with_parent() -> None:
    """Have the kernel end this process when the one that started it is gone.

    To be called between fork and exec, as `preexec_fn`.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


async def _run(service: Coroutine[Any, Any, None], sockets: Sequence[Path]) -> None:
    handed_over = sockets_handed_over()  # asked first: the service takes them
    serving = asyncio.ensure_future(service)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, serving.cancel)
    ready = asyncio.Event()
    reporting = asyncio.create_task(_report(sockets, ready))
    try:
        await serving
    except asyncio.CancelledError:
        logger.info("node.stopped")
        if ready.is_set():  # they are ours; what is left behind is then a sign of a crash
            _remove_sockets(sockets, handed_over)
    finally:
        notify_manager("STOPPING=1")
        reporting.cancel()


def _remove_sockets(sockets: Sequence[Path], kept: Collection[Path]) -> None:
    for folder in {path.parent for path in sockets}:
        for path in folder.glob("*.sock"):
            if path not in kept:
                path.unlink(missing_ok=True)


async def _report(sockets: Sequence[Path], ready: asyncio.Event) -> None:
    for path in sockets:
        while not await _answers(path):  # noqa: ASYNC110 - it is another program's socket file
            await asyncio.sleep(POLL_S)
    # What start-up made lives as long as the process: the collector need not look at it.
    gc.collect()
    gc.freeze()
    if not sockets:
        return
    ready.set()
    notify_manager("READY=1")
    logger.info("node.ready")
    if (interval := watchdog_interval_s()) is not None:
        while True:
            notify_manager("WATCHDOG=1")
            await asyncio.sleep(interval)


async def _answers(path: Path) -> bool:
    """Return whether this process, or one that it started, answers at `path`."""
    try:
        _, writer = await asyncio.open_unix_connection(str(path))
    except OSError:
        return False
    pid, _, _ = peer_credentials(writer.get_extra_info("socket"))
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return os.getpid() in (pid, _parent_of(pid))


def _parent_of(pid: int) -> int:
    """Return the parent of a process, 0 if it is gone (proc(5): after the name, state and ppid)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[1])
