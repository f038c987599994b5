"""A clock for each daemon of an installation that a test can set while it runs."""

import mmap
from collections.abc import Callable
from pathlib import Path

_BYTES = 8


def jumping(path: Path, now: Callable[[], int]) -> Callable[[], int]:
    """Return `now`, shifted by as many milliseconds as `jump` last wrote to `path`."""
    if not path.exists():
        path.write_bytes(bytes(_BYTES))
    with path.open("r+b") as file:
        shared = mmap.mmap(file.fileno(), _BYTES)
    offset = memoryview(shared).cast("q")
    return lambda: now() + offset[0]


def jump(path: Path, offset_ms: int) -> None:
    """Set how far the clock at `path` is off."""
    with path.open("r+b") as file:
        file.write(offset_ms.to_bytes(_BYTES, "little", signed=True))
