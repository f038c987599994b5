"""Thumbnails of files: made when they are first asked for, kept beside the bytes.

Each is `.SHA256.SIDE.jpg` in the folder of blobs, and goes with the file.  An empty
one says that none can be made, so that nobody makes the jail try twice.
"""

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import structlog

from sanitizer.check.check import CheckFailed, check_file
from wire.reasons import Reason, Refused, Unavailable
from zone.copy.blobs import path_of, thumbnail_path
from zone.copy.thumbnailer import Drawn, Thumbnailer

MEDIA = "image/jpeg"
# Photographs of 1024 pixels have 90 to 230 KB.
MAX_BYTES = 2 * 1024 * 1024
# Whoever comes behind so many others is told to ask again: a photograph takes 0.1 s.
MAX_WAITING = 64
# What may be made before it is looked whether all of them are too much.
SWEEP_EVERY = 16

# Told once how many pixels the picture with these bytes has each way.
Measured = Callable[[str, tuple[int, int]], Awaitable[None]]

logger = structlog.get_logger()


class Thumbnails:
    """The thumbnails in one folder of blobs, of at most `limit` bytes in all."""

    def __init__(
        self, folder: Path, limit: int, measured: Measured, thumbnailer: Thumbnailer
    ) -> None:
        """Make none yet.  Whoever draws a picture knows its size: `measured` is told."""
        self._folder = folder
        self._limit = limit
        self._measured = measured
        self._grown = 0
        self._thumbnailer = thumbnailer
        self._one_at_a_time = asyncio.Lock()
        self._making: dict[Path, asyncio.Task[None]] = {}

    async def get(self, sha256: str, side: int) -> Path:
        """Return where the thumbnail of the bytes `sha256` is, of `side` pixels at most.

        Raises `Refused` (NOT_FOUND) if they have no looks, `Unavailable` if it is not known yet.
        """
        path = thumbnail_path(self._folder, sha256, side)
        size = await asyncio.to_thread(_size_of, path)
        if size is None:
            await asyncio.shield(self._made(path, sha256, side))
            size = await asyncio.to_thread(_size_of, path)
        if not size:
            raise Refused(Reason.NOT_FOUND)
        return path

    def _made(self, path: Path, sha256: str, side: int) -> asyncio.Task[None]:
        """Return the task that makes a thumbnail: one, however many ask for it."""
        task = self._making.get(path)
        if task is None:
            if len(self._making) >= MAX_WAITING:
                raise Unavailable("too many thumbnails are waited for")
            task = self._making[path] = asyncio.create_task(self._make(path, sha256, side))
            task.add_done_callback(lambda done: self._forget(path, done))
        return task

    def _forget(self, path: Path, done: asyncio.Task[None]) -> None:
        del self._making[path]
        if not done.cancelled():
            done.exception()  # those who wait are told; perhaps nobody waits any more

    async def _make(self, path: Path, sha256: str, side: int) -> None:
        async with self._one_at_a_time:
            draft = self._folder / f".{secrets.token_hex(8)}.draft"
            try:
                drawn = await asyncio.to_thread(self._draw, draft, sha256, side)
                if drawn is not None and drawn.pixels is not None:
                    await self._measured(sha256, drawn.pixels)
                self._grown += await asyncio.to_thread(self._keep, draft, path, sha256)
            finally:
                draft.unlink(missing_ok=True)
            if self._grown > self._limit // SWEEP_EVERY:
                self._grown = 0
                await asyncio.to_thread(sweep, self._folder, self._limit)

    def _draw(self, draft: Path, sha256: str, side: int) -> Drawn | None:
        """Make a thumbnail, which is empty where there is none: then return None."""
        with (
            _kept(),
            path_of(self._folder, sha256).open("rb") as source,
            draft.open("xb") as kept,
            _memory_file() as target,
        ):
            drawn = self._thumbnailer.draw(side, source, target)
            made = b"" if drawn is None else _checked(target)
            kept.write(made)
            return drawn if made else None

    def _keep(self, draft: Path, path: Path, sha256: str) -> int:
        """Put a thumbnail in its place; return how large it is."""
        with _kept():
            size = draft.stat().st_size
            draft.replace(path)
        if not path_of(self._folder, sha256).exists():  # withdrawn while it was drawn
            path.unlink(missing_ok=True)
            raise Refused(Reason.NOT_FOUND)
        return size

    async def close(self) -> None:
        """Stop making thumbnails."""
        self._thumbnailer.stop()
        await asyncio.gather(*self._making.values(), return_exceptions=True)
        await asyncio.to_thread(self._thumbnailer.close)


@contextmanager
def _kept() -> Iterator[None]:
    """Say of a file that is gone that there is none, and of a disk that takes nothing to wait."""
    try:
        yield
    except FileNotFoundError:
        raise Refused(Reason.NOT_FOUND) from None
    except OSError as trouble:
        raise Unavailable(f"the thumbnail cannot be kept: {trouble.strerror}") from None


def _size_of(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _memory_file() -> BinaryIO:
    return os.fdopen(os.memfd_create("thumbnail"), "w+b")


def _checked(target: BinaryIO) -> bytes:
    """Return what was drawn, if it is a thumbnail: what is kept is what was looked at.

    Whoever drew it may write to `target` for ever, and has no descriptor of the copy that we keep.
    """
    untrusted = os.pread(target.fileno(), MAX_BYTES + 1, 0)
    try:
        check_file(MEDIA, untrusted if len(untrusted) <= MAX_BYTES else b"")
    except CheckFailed as failure:
        logger.error("thumbnail.unclean", fault=str(failure))
        return b""
    return untrusted


def sweep(folder: Path, limit: int) -> None:
    """Remove thumbnails of files that are gone, and the oldest of more than `limit` bytes."""
    found = []
    for path in folder.glob(".*.jpg"):
        with suppress(FileNotFoundError):
            if path_of(folder, path.name.split(".")[1]).exists():
                stat = path.stat()
                found.append((stat.st_mtime_ns, stat.st_size, path))
            else:
                path.unlink()
    total = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if total <= limit:
            return
        path.unlink(missing_ok=True)
        total -= size
