"""ffmpeg and ffprobe: executed in a cell, each with a command line of ours and one file.

The program for the cell.  What is asked of it is in `sanitizer.outside.recordings`.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

FFMPEG = Path("/usr/bin/ffmpeg")
FFPROBE = Path("/usr/bin/ffprobe")
EXECUTES = (FFMPEG, FFPROBE)
ADDS: Mapping[Path, str] = {}


def ready(home: Path) -> Callable[..., object]:
    def execute(*words: str) -> object:
        os.execve(words[0], words, {"HOME": str(home)})  # noqa: S606 - one of `EXECUTES`

    return execute
