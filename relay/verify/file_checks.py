"""Looking at files once their bytes are here, beside everything else that goes on."""

import asyncio
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import structlog

from relay.normal_form import Transfer
from relay.verify import store
from relay.verify.expected_files import Expected, ExpectedPiece
from relay.verify.store import Objections
from runtime import failpoints
from runtime.database import Database, Transaction
from sanitizer.check.check import CheckFailed, check_file
from wire.bodies import FileReady
from wire.reasons import Reason, Refused

T = TypeVar("T")

logger = structlog.get_logger()


class StageStore(Protocol):
    """What a stage lends: its store, and writing that waits while the disk is full."""

    database: Database

    def write(self, work: Transaction[T]) -> Awaitable[T]:
        """Run a transaction."""


class LaneFiles:
    """The files of a lane: announced, on their way, whole, decided, gone."""

    def __init__(self, stage: StageStore, folder: Path) -> None:
        """Keep bytes in `folder`, decisions in the store of `stage`."""
        self._stage = stage
        self._expected = Expected(folder)
        self._group: asyncio.TaskGroup
        self._looking = asyncio.Semaphore()  # a file may be 100 MiB, in memory as well

    async def start(self, group: asyncio.TaskGroup) -> None:
        """Go on, in tasks of `group`, from what the store says is still to be done."""
        self._group = group
        read = self._stage.database.read
        self._expected.sweep(await read(store.needed))
        for sha256, size in (await read(store.awaited)).items():
            self.expect(sha256, size)

    def expect(self, sha256: str, size: int) -> None:
        """Wait for the bytes of an item, or look at them if they are here."""
        if self._expected.is_whole(sha256):
            self._expected.pass_over(sha256)
            self._begin(sha256, is_wrong=False)
        else:
            self._expected.announce(sha256, size)

    async def add(self, sha256: str, index: int, piece: bytes) -> None:
        """Take in a piece.  Raises `Refused` for one that nobody waits for."""
        made = await asyncio.to_thread(self._expected.add, sha256, index, piece)
        if made in (ExpectedPiece.WHOLE, ExpectedPiece.WRONG):
            self._begin(sha256, is_wrong=made is ExpectedPiece.WRONG)

    def forget_parts(self) -> None:
        """A new connection sends every file again."""
        self._expected.forget_parts()

    def drop(self, sha256: str) -> None:
        """Delete a file that nobody needs any more."""
        self._expected.drop(sha256)

    def path(self, sha256: str) -> Path:
        """Return where a whole file is."""
        return self._expected.path(sha256)

    def _begin(self, sha256: str, *, is_wrong: bool) -> None:
        self._group.create_task(self._decide(sha256, is_wrong))

    async def _decide(self, sha256: str, is_wrong: bool) -> None:
        async with self._looking:
            waiting = await self._stage.database.read(lambda db: store.expected(db, sha256))
            items = [item for item, _ in waiting]
            objections: Objections = {item.n: Reason.FILE_CHECK for item in items}
            if not is_wrong:
                objections = await asyncio.to_thread(self._look, sha256, items)
            failpoints.reach("verify.file.checked")
            try:
                await self._stage.write(lambda db: store.complete(db, sha256, objections))
            except Refused as refusal:  # halted meanwhile: it is decided after the restart
                logger.warning("file.undecided", sha256=sha256, reason=refusal.reason)

    def _look(self, sha256: str, items: Sequence[Transfer]) -> Objections:
        untrusted = self._expected.path(sha256).read_bytes()
        return {item.n: _objection(item, untrusted) for item in items}


def _objection(item: Transfer, untrusted: bytes) -> Reason | None:
    body = item.event.body if item.event is not None else None
    if not isinstance(body, FileReady) or len(untrusted) != body.size:
        return Reason.FILE_CHECK
    try:
        check_file(body.media, untrusted)
    except Exception as trouble:  # whatever a check stumbles over, it is not as we write it
        rule = str(trouble) if isinstance(trouble, CheckFailed) else repr(trouble)
        logger.warning("file.barred", sha256=body.sha256, media=body.media, rule=rule)
        return Reason.FILE_CHECK
    return None
