"""What a verify stage does with what comes in, from either side.

Each thing that happens is one transaction, which the store's rules decide
(`relay.verify.store`, `relay.verify.release_store`) and `relay.verify.sealing` puts on
record.  What has to be told to whom follows from what became durable, in
`_after_commit` and nowhere else.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import structlog

from relay.rule_files import rules_digest
from relay.verify import release_store, stage_notes, store
from relay.verify.audit_record import Noted, Notes, Occurrence
from relay.verify.audit_writer import AuditWriter
from relay.verify.check import ReleaseRules
from relay.verify.checking import Checking
from relay.verify.file_checks import LaneFiles
from relay.verify.near_side import NearSide, Room
from relay.verify.release_store import Confirmed
from relay.verify.sealing import SealedRecords, Sealing
from relay.verify.store import Completed, Intake, TakenBatch, is_told
from runtime import failpoints
from runtime.database import Database, Transaction
from runtime.links import Connection
from runtime.settings import SettingsFault
from wire.lane import Lane
from wire.reasons import Reason, Refused, Unavailable
from wire.receipts import Verdict
from wire.records import Hello, Progress

T = TypeVar("T")
K = TypeVar("K", Reason, Occurrence)

# A full disk is looked at again after this long.
RETRY_S = 1.0
# A peer that errs a thousand times a second leaves one record a second.
NOTE_EVERY_MS = 1_000
# After these nobody can say any more what was released: a person has to look.
HALTING = frozenset({Reason.FORK, Reason.ROLLBACK, Reason.AUDIT_INCONSISTENT})

# What the transform stage's HELLO may bring on record.
_STANDS = (
    Occurrence.STAGE_STARTED,
    Occurrence.STAGE_STOPPED,
    Occurrence.KEYS_CHANGED,
    Occurrence.EPOCH_BEGAN,
)

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LanePlace:
    """Which lane this is, where its things lie, and how much may wait on it."""

    site: str
    lane: Lane
    statutes: Path  # the folder of policy and profile
    folder: Path  # of the stage, in which the list of operators is
    expected: Path
    room: Room
    look_s: int = 0  # between two looks at the far zone; 0: the near side hears of it at once


class Stage:
    """The verify stage of one lane."""

    def __init__(
        self,
        database: Database,
        place: LanePlace,
        rules: ReleaseRules,
        sealing: Sealing,
        scribe: AuditWriter,
        clock: Callable[[], int],
    ) -> None:
        """Work on `database`; call `start` before anything else."""
        self.database = database
        self.place = place
        self.files = LaneFiles(self, place.expected)
        self.clock = clock
        self.sealed = asyncio.Event()  # there may be something new for the far zone
        self.confirmed = asyncio.Event()  # and more room than before
        self.log_is_writable = True
        self.halted: Reason | None = None
        self.near = NearSide(clock, place.room, place.look_s)
        self.connections: set[Connection] = set()
        self.checking = Checking(rules, place.folder, clock)
        self._scribe = scribe
        self._noted_at: dict[Reason | Occurrence, int] = {}
        self._policies: set[str] = set()
        self._policy = ""  # the one that was read at the start
        database.on_commit(sealing.before_commit, self._after_commit)

    async def start(self, group: asyncio.TaskGroup) -> None:
        """Go on, in tasks of `group`, from what the store says is still to be done."""
        self.halted = (await self.database.read(store.lane_position)).halted
        self.near.far.restore(self.clock())  # whoever has not come yet is not there
        self.near.far.note(is_there=False)
        self._policy = await self._read_policy()  # on record once the log is known to be ours
        await self.files.start(group)
        group.create_task(self.look())
        group.create_task(stage_notes.sum_up(self.database, self.clock))

    async def note_start(self, keyring_sha256: str) -> None:
        """Put on record that this stage runs, with which keys and under which policy."""
        node, policy = self._scribe.node, self._policy
        await self.write(
            lambda db: stage_notes.started(db, node, keyring=keyring_sha256, policy=policy)
        )

    async def note_stop(self) -> None:
        """Put on record that this stage stops, unless the disk is full: it must not wait then."""
        with suppress(Unavailable, Refused):
            note = Noted(Occurrence.STAGE_STOPPED, node=self._scribe.node)
            await self.database.write(lambda _db: note)

    async def take(self, encoded: Sequence[bytes]) -> None:
        """Take in batches in normal form, up to the first that is refused: then raise it."""
        failpoints.reach("verify.batches.received")
        read, trouble = self.checking.read(encoded)
        policies = {batch.policy_sha256 for batch, _ in read}
        if not policies <= self._policies:
            try:
                sha256 = await self._read_policy()
                await self.write(lambda db: stage_notes.policy_read(db, sha256))
            except (OSError, SettingsFault) as fault:  # then it counts as one that was not read
                logger.error("policy.unreadable", error=str(fault))
        batches = [await self.checking.check(batch, sha256) for batch, sha256 in read]
        intake = await self.write(lambda db: store.take(db, batches))
        refusal = intake.refusal or trouble
        if refusal is not None:
            await self._halt_if_grave(refusal)
            raise refusal

    async def _read_policy(self) -> str:
        """Read policy and profile as they are now: whoever edits them need not restart us."""
        sha256 = await asyncio.to_thread(rules_digest, self.place.statutes)
        await asyncio.to_thread(self.checking.read_quorum, self.place.statutes)
        await self.write(lambda db: store.add_policy(db, sha256, now=self.clock()))
        self._policies.add(sha256)
        return sha256

    async def settle(self, hello: Hello) -> list[Progress]:
        """Take in where the transform stage stands; return what it has to be told."""
        if hello.lane is not self.place.lane:
            raise Refused(Reason.WRONG_LINK, f"a peer of the {hello.lane} lane")
        node, due = f"{hello.lane}-transform", self._due(_STANDS)

        def work(db: sqlite3.Connection) -> Notes:
            store.settle(db, hello)
            return stage_notes.transform_stands(db, node, hello, due)

        for note in await self._decide(work):
            self._noted_at[note.occurrence] = self.clock()
        lane, is_blind = self.place.lane, self.near.is_blind
        return await self.database.read(lambda db: store.progress(db, lane, is_blind=is_blind))

    async def note_refusal(self, refusal: Refused) -> None:
        """Put on record that a peer sent what it must not."""
        reason = refusal.reason
        logger.warning("link.refused", reason=reason, detail=refusal.detail)
        if reason in HALTING:
            return  # on record as a halt
        await self.write(lambda db: stage_notes.refused(db, reason, now=self.clock()))

    def _due(self, kinds: Iterable[K]) -> frozenset[K]:
        """Return of which of these the last record is long enough ago."""
        now, noted = self.clock(), self._noted_at
        return frozenset(
            kind for kind in kinds if abs(now - noted.get(kind, -NOTE_EVERY_MS)) >= NOTE_EVERY_MS
        )

    async def halt(self, reason: Reason) -> None:
        """Stop the lane, durably, and hang up on everyone."""
        self.halted = reason
        logger.critical("lane.halted", reason=reason)
        while not await self._keep_halt(reason):
            pass
        for connection in self.connections:
            connection.close()
        self.sealed.set()

    async def _keep_halt(self, reason: Reason) -> bool:
        """Halt in the store.  Returns False if it has to be tried again.

        What was about to be sealed in the same group is refused by the signer, as it must
        be, and takes the group with it.
        """
        try:
            await self.write(lambda db: store.halt(db, reason))
        except Refused:
            return False
        return True

    async def room(self) -> None:
        """Wait until the lane can take in more: what waits is bounded, and the log is written."""
        while not (self.log_is_writable and await self.database.read(self._has_room)):
            self.confirmed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(RETRY_S):
                    await self.confirmed.wait()

    async def write(self, work: Transaction[T]) -> T:
        """Run a transaction; while the disk is full, again and again."""
        while True:
            try:
                return await self.database.write(work)
            except Unavailable:
                await asyncio.sleep(RETRY_S)

    async def _decide(self, work: Transaction[T]) -> T:
        try:
            return await self.write(work)
        except Refused as refusal:
            await self._halt_if_grave(refusal)
            raise

    async def _halt_if_grave(self, refusal: Refused) -> None:
        if refusal.reason in HALTING and self.halted is None:
            await self.halt(refusal.reason)

    def _has_room(self, db: sqlite3.Connection) -> bool:
        return self.near.has_room(release_store.backlog(db))

    async def look(self) -> None:
        """Look at the far zone for the near side, again and again at the same distance."""
        clock, at = asyncio.get_running_loop().time, 0.0
        while self.near.is_blind:
            at = (at or clock()) + self.near.look_s
            await asyncio.sleep(max(0.0, at - clock()))
            self.near.look(await self.database.read(release_store.backlog))
            self.confirmed.set()

    def _after_commit(self, results: Sequence[object], made: SealedRecords | None) -> None:
        """Tell everyone what is durable now."""
        failpoints.reach("verify.group.committed")
        news: list[Progress] = []
        for done in results:
            match done:
                case Intake(taken):
                    news += [self._standing(batch) for batch in taken]
                    for announced in [each for batch in taken for each in batch.announced]:
                        self.files.expect(*announced)
                case Completed(sha256, decided, is_needed):
                    news += [self._arrived(each.item.n) for each in decided]
                    if not is_needed:
                        self.files.drop(sha256)
                case Confirmed(runs, unneeded):
                    if not self.near.is_blind:
                        news += [store.verdict_of(self.place.lane, run) for run in runs]
                    for sha256 in unneeded:
                        self.files.drop(sha256)
                    self.confirmed.set()
        if made is not None:
            self._scribe.remember(made.salts)
            told = [run for run in made.runs if is_told(run, is_blind=self.near.is_blind)]
            news += [store.verdict_of(self.place.lane, run) for run in told]
            self.sealed.set()
        for each in news:
            self.near.tell(each)

    def _standing(self, batch: TakenBatch) -> Progress:
        lane = self.place.lane
        return Progress(lane, Verdict.NONE, None, batch.first, batch.last, batch.sha256)

    def _arrived(self, n: int) -> Progress:
        return Progress(self.place.lane, Verdict.ARRIVED, None, n, n)
