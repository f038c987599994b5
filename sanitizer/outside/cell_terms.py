"""What a cell and its owner say to each other, and what a program in it may see.  Plain values."""

from dataclasses import dataclass
from enum import StrEnum

MAX_MESSAGE_BYTES = 16 * 1024

# What a program needs to run at all: itself, its settings, fonts.  Nothing of the host's users.
READABLE = (
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/libreoffice",
    "/var/cache/fontconfig",
    "/var/lib/libreoffice",
    "/dev/null",
    "/dev/urandom",
    "/dev/zero",
)
WRITABLE = ("/dev/null", "/dev/zero")


class CellEnd(StrEnum):
    """How a cell ends."""

    DONE = "done"
    FAILED = "failed"
    TOO_LONG = "too-long"


@dataclass(frozen=True, slots=True)
class Terms:
    """Which program, and what it may use: bytes of memory and of scratch, processor time.

    `program` names a module with `ready`, a `sanitizer.outside.cell_child.Ready`, and `EXECUTES`:
    the paths of what it may execute; none where it executes nothing but makes code in memory;
    and `ADDS`: texts to be seen in folders that are empty on the host.
    """

    program: str
    memory_bytes: int
    scratch_bytes: int
    cpu_seconds: int


@dataclass(frozen=True, slots=True)
class Request:
    """A file of `size` bytes from `offset`, what it is called in the cell, and the work.

    `source` and `result` are names in the scratch folder; `result` is empty where the result is a
    stream.  `words`: what is to be done, in words that the program understands.
    """

    offset: int
    size: int
    source: str
    result: str
    words: list[str]
