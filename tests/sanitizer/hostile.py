"""A hostile file, what it may never achieve, and how that is seen."""

import base64
import io
import re
import time
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from sanitizer.check.check import CheckFailed, check_file
from sanitizer.jail import Jail
from sanitizer.outcome import FileReason
from sanitizer.profile import FileLimits, Profile
from sanitizer.sanitize import sanitize_file
from tests.sanitizer.samples import CANARY

# Tight, so that what wants to be slow is cut off soon; the largest honest file here takes 2 s.
PROFILE = Profile(FileLimits(max_bytes=8 << 20, max_pixels=30_000_000, seconds=8.0))
# All stages of one file together; beyond that something hangs.
MAX_SECONDS = 90.0

# How something written into a file may stand in another.
_TEXT = CANARY.decode("ascii")
_SPELLINGS = (CANARY, _TEXT.encode("utf-16-le"), _TEXT.encode("utf-16-be"))
NEEDLES = (
    *_SPELLINGS,
    *(each.hex().encode() for each in _SPELLINGS),
    *(each.hex().upper().encode() for each in _SPELLINGS),
    *(base64.b64encode(b"x" * shift + CANARY)[4:-4] for shift in range(3)),
)


@dataclass(frozen=True, slots=True)
class Case:
    """`carries`: the canary is in it, and in nothing that anybody is meant to see."""

    group: str
    what: str
    name: str
    data: bytes
    carries: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """`fault`: what went wrong, "" if nothing did."""

    group: str
    what: str
    state: str
    reason: FileReason
    seconds: float
    fault: str


def judged(case: Case, jail: Jail) -> Result:
    """Send `case` through the real jail and look at what came of it."""
    started = time.monotonic()
    outcome = sanitize_file(case.data, name=case.name, jail=jail, profile=PROFILE)
    seconds = time.monotonic() - started
    fault = ""
    if outcome.reason is FileReason.JAIL_FAILED:
        fault = "the service crashed"
    elif outcome.reason is FileReason.CHECK_FAILED:
        fault = "we wrote what our check refuses"
    elif seconds > MAX_SECONDS:
        fault = "it hung"
    elif outcome.state == "refused":
        fault = "a refused file has data" if outcome.data else ""
    elif not _passes(outcome.media, outcome.data):
        fault = "what came out does not pass the check"
    elif case.carries and carries(outcome.data):
        fault = "the canary came through"
    return Result(case.group, case.what, outcome.state, outcome.reason, seconds, fault)


def _passes(media: str, data: bytes) -> bool:
    try:
        check_file(media, data)
    except CheckFailed:
        return False
    return True


def carries(data: bytes) -> bool:
    """Say whether the canary is anywhere in `data`, packed or not, in any spelling."""
    return any(needle in layer for layer in layers(data) for needle in NEEDLES)


def layers(data: bytes, depth: int = 3) -> Iterator[bytes]:
    """Yield `data`, what is packed in it, and what is packed in that."""
    yield data
    if depth == 0:
        return
    if data[:4] == b"PK\3\4" and b"PK\5\6" in data:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield from layers(archive.read(name), depth - 1)
    for start in re.finditer(rb"x[\x01\x5e\x9c\xda]", data):
        inflater = zlib.decompressobj()
        try:
            unpacked = inflater.decompress(data[start.start() :], 1 << 24)
        except zlib.error:
            continue
        yield from layers(unpacked, depth - 1)
    for words in re.finditer(rb"(?:[A-Za-z0-9+/]{76}\r\n)*[A-Za-z0-9+/]{4,76}={0,2}\r\n", data):
        lines = words[0].replace(b"\r\n", b"")
        if len(lines) % 4 == 0:
            yield from layers(base64.b64decode(lines), depth - 1)
