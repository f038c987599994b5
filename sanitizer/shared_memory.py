"""Bytes in shared memory, handed from process to process by file descriptor.

Neither a file system nor a pipe is involved: a worker maps what it is given, closes every
descriptor it has, and only then looks at the bytes.
"""

import fcntl
import mmap
import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

# Before the answer: "these bytes were finished", length of the report, length of the body.
ANSWER_HEADER = struct.Struct("<4sIQ")
FINISHED = b"done"


@dataclass(slots=True)
class Parcel:
    """`size` bytes from `offset` of a memory file.  Close it, or use `with`."""

    fd: int
    offset: int
    size: int

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Return a parcel that holds `data`, which nobody can change any more."""
        fd = _memory_file()
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(fd, view) :]
            seal(fd)
        except OSError:
            os.close(fd)
            raise
        return cls(fd, 0, len(data))

    def read(self) -> bytes:
        parts: list[bytes] = []
        at, end = self.offset, self.offset + self.size
        while at < end and (part := os.pread(self.fd, end - at, at)):
            parts.append(part)
            at += len(part)
        return b"".join(parts)

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def blank(capacity: int) -> int:
    """Return a memory file for an answer of at most `capacity` bytes, which cannot grow.

    A worker may write no file at all (its limit is 0 bytes), so it maps this one instead; pages
    it does not touch cost nothing.
    """
    fd = _memory_file()
    os.ftruncate(fd, ANSWER_HEADER.size + capacity)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK)
    return fd


def seal(fd: int) -> None:
    """Let nobody change the bytes any more.  Fails while someone can still write to them."""
    seals = fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)


class AnswerTooLong(Exception):
    """The answer does not fit into the memory file it was given."""


def write_answer(target: mmap.mmap, report: bytes, body: Iterable[bytes | memoryview]) -> None:
    """Write an answer: header, report, body.  The header comes last and makes it valid."""
    start = ANSWER_HEADER.size
    target[start : start + len(report)] = report
    at = start + len(report)
    for part in body:
        size = len(part) if isinstance(part, bytes) else part.nbytes
        if at + size > len(target):
            raise AnswerTooLong
        target[at : at + size] = part
        at += size
    length = at - start - len(report)
    target[:start] = ANSWER_HEADER.pack(FINISHED, len(report), length)


def read_answer(fd: int) -> tuple[bytes, Parcel] | None:
    """Return report and body of a finished answer; None if it was never finished.

    The worker had free hand over these bytes, so both lengths are checked against the file.  And
    it is gone: where somebody could still write to them, they are none.
    """
    try:
        seal(fd)
    except OSError:
        return None
    capacity = os.fstat(fd).st_size
    mark, report_size, body_size = ANSWER_HEADER.unpack(os.pread(fd, ANSWER_HEADER.size, 0))
    start = ANSWER_HEADER.size + report_size
    if mark != FINISHED or start + body_size > capacity:
        return None
    return os.pread(fd, report_size, ANSWER_HEADER.size), Parcel(fd, start, body_size)


def _memory_file() -> int:
    return os.memfd_create("sanitizer", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
