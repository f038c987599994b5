"""The door: one connection of the near zone, from its hello to its end.

    frames ──▶ envelope: prove, judge ──▶ queue ──▶ one transaction for all that waits
          └──▶ chunk: of a wanted file, in order, of its size and hash
    receipts ◀── whatever has become durable since the last one

While one commit runs the next envelopes are proven, and while a file is made durable
what follows it is read, so the link is never idle for the disk's sake.  What is refused
here ends the connection and is put on record.
"""

import asyncio
import hashlib
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import structlog

from relay.transform import file_bytes, intake, verdicts
from relay.transform.files import lane_files
from relay.transform.judge import Proven, judge_again, judge_events
from relay.transform.receipt_sender import ReceiptSender
from relay.transform.statutes import StatutesInForce
from relay.transform.store import TransformStore
from runtime import failpoints
from runtime.links import Connection
from wire.envelope import unseal_envelope
from wire.frames import FrameType, read_chunk
from wire.keyring import Keyring
from wire.lane import Link
from wire.reasons import Reason, Refused, Unavailable
from wire.records import Hello

TAKES = frozenset({FrameType.HELLO, FrameType.ENVELOPE, FrameType.CHUNK, FrameType.COSIGNATURE})
# Envelopes proven ahead of the commit that runs.  Full ones are 256 KiB each.
MAX_PROVEN = 16
MAX_OPEN_FILES = 8

logger = structlog.get_logger()


@dataclass(slots=True)
class Rest:
    """Until when nothing more is taken, by the event loop's clock: on whichever connection."""

    until: float = 0.0

    def extend(self, rest_ms: int) -> None:
        """Rest so long from now on."""
        self.until = max(self.until, asyncio.get_running_loop().time() + rest_ms / 1_000)

    @property
    def seconds(self) -> float:
        """How long it still takes; 0 if there is no rest."""
        return max(0.0, self.until - asyncio.get_running_loop().time())


@dataclass(frozen=True, slots=True)
class NearZoneLink:
    """What all connections of the near zone share."""

    store: TransformStore
    receipt_sender: ReceiptSender
    keyring: Keyring
    link: Link
    statutes: StatutesInForce
    max_arriving_bytes: int
    # What was turned away at the door since the start, by reason.
    turned: Counter[Reason] = field(default_factory=Counter)
    rest: Rest = field(default_factory=Rest)

    async def attend(self, connection: Connection) -> None:
        """Serve one connection until it ends."""
        self.receipt_sender.sessions += 1
        session = _Session(self, connection, self.receipt_sender.sessions)
        try:
            await session.run()
        except* Refused as refusals:
            for refusal in refusals.exceptions:
                if isinstance(refusal, Refused):
                    is_recorded = refusal is session.recorded
                    await self._turn_away(refusal, None if is_recorded else session.frame)
        except* Unavailable as troubles:
            logger.info("near.interrupted", trouble=str(troubles.exceptions[0]))
        finally:
            session.end()

    async def _turn_away(self, refusal: Refused, frame: bytes | None) -> None:
        logger.warning("near.refused", reason=refusal.reason, detail=refusal.detail)
        self.turned[refusal.reason] += 1
        if frame is None:
            return
        sha256 = hashlib.sha256(frame).hexdigest()
        with suppress(Unavailable):  # the disk is full: it stays in our log
            await self.store.write(lambda ledger: ledger.refuse_at_door(refusal.reason, sha256))


class _Session:
    """One connection."""

    def __init__(self, door: NearZoneLink, connection: Connection, number: int) -> None:
        self._door = door
        self._store = door.store
        self._connection = connection
        self._number = number
        self._proven: asyncio.Queue[Proven] = asyncio.Queue(MAX_PROVEN)
        self._arrivals: dict[str, file_bytes.FileArrival] = {}
        # The file whose last piece is here, until it is durable: one, so that threads are left.
        self._ending: tuple[str, asyncio.Task[None]] | None = None
        self.frame = b""  # what is being looked at, for the record if it is refused
        self.recorded: Refused | None = None  # what is on record already

    def end(self) -> None:
        """Drop the files that did not come to their end."""
        for arrival in self._arrivals.values():
            file_bytes.abandon(arrival)

    async def run(self) -> None:
        """Serve the connection until the peer closes it.  Raises `Refused`, `Unavailable`."""
        frames = self._connection.frames()
        first = await anext(frames, None)
        if first is None:
            return
        hello = await self._greet(*first)
        async with asyncio.TaskGroup() as group:
            speaking = group.create_task(
                self._door.receipt_sender.speak(self._connection, hello.tick, hello.tree_size)
            )
            taking = group.create_task(self._take())
            async for frame_type, body in frames:
                self.frame = body
                await self._read(frame_type, body, group)
            await self._proven.join()
            speaking.cancel()
            taking.cancel()

    async def _greet(self, frame_type: FrameType, body: bytes) -> Hello:
        """Take in where the zone stands, and tell it where we do."""
        self.frame = body
        if frame_type is not FrameType.HELLO:
            raise Refused(Reason.WRONG_TYPE, "a hello comes first")
        hello = Hello.decode(body)
        if hello.lane is not self._door.link.lane:
            raise Refused(Reason.WRONG_LINK, f"a hello of the {hello.lane} lane")
        # Before anything is demanded of the zone: it judges us by the same measure.
        await self._door.receipt_sender.state(self._connection)
        self._demand_no_rollback(hello)
        with suppress(Unavailable):  # a full disk: it can be forgotten next time as well
            await self._store.write(lambda ledger: verdicts.prune(ledger, hello.tick))
        logger.info("near.connected", high=hello.high, tick=hello.tick)
        return hello

    def _demand_no_rollback(self, hello: Hello) -> None:
        """Refuse a zone that has gone back in time, or to which we have."""
        position = self._store.position
        if hello.epoch != position.epoch:
            raise Refused(Reason.WRONG_EPOCH, f"epoch {hello.epoch}, expected {position.epoch}")
        if hello.high < position.high:
            raise Refused(Reason.ROLLBACK, f"the zone is at {hello.high}, after {position.high}")
        if hello.tick > position.tick:
            raise Refused(Reason.ROLLBACK, f"we are at {position.tick}, after {hello.tick}")
        if hello.high == position.high and hello.chain != position.head:
            raise Refused(Reason.FORK, f"event {hello.high} was taken in with another content")

    async def _read(self, frame_type: FrameType, body: bytes, group: asyncio.TaskGroup) -> None:
        if self._store.position.halt is not None:
            return  # nothing more is taken in until an operator resumes
        match frame_type:
            case FrameType.ENVELOPE:
                await self._envelope(body)
            case FrameType.CHUNK:
                await self._chunk(body, group)
            case FrameType.COSIGNATURE:
                await self._door.receipt_sender.pass_on_cosignature(body)
            case _:
                raise Refused(Reason.WRONG_TYPE, f"a second {frame_type.name}")

    async def _envelope(self, untrusted: bytes) -> None:
        failpoints.reach("transform.envelope.received")
        envelope = unseal_envelope(
            untrusted, link=self._door.link, keyring=self._door.keyring, now=self._store.now()
        )
        if self._door.receipt_sender.is_crowded:
            raise Unavailable("more is waiting than there is room for")
        await self._proven.put(judge_events(envelope, self._door.statutes.current))

    async def _take(self) -> None:
        """Take in what is proven, all that waits in one transaction."""
        while True:
            await self._have_rest()
            proven = [await self._proven.get()]
            while not self._proven.empty():
                proven.append(self._proven.get_nowait())
            statutes = self._door.statutes.current
            judged = [judge_again(each, statutes) for each in proven]
            taken = await self._store.write(
                partial(
                    intake.take,
                    payloads=judged,
                    policy=statutes.policy,
                    keyring=self._door.keyring,
                ),
                policy_sha256=statutes.sha256,
            )
            failpoints.reach("transform.envelope.taken")
            for _ in proven:
                self._proven.task_done()
            self._door.rest.extend(taken.rest_ms)
            if taken.again:
                self._door.receipt_sender.repeat()
            if taken.refusal is not None:
                self.recorded = taken.refusal
                raise taken.refusal

    async def _have_rest(self) -> None:
        """Ask the zone to wait while the lane rests from what was administered."""
        speaker = self._door.receipt_sender
        try:
            while (seconds := self._door.rest.seconds) > 0:
                speaker.set_resting(on=True)
                await asyncio.sleep(seconds)
        finally:
            speaker.set_resting(on=False)

    async def _chunk(self, body: bytes, group: asyncio.TaskGroup) -> None:
        sha256, index, piece = read_chunk(body)
        await self._ended(sha256)
        if sha256 not in self._store.files:
            raise Refused(Reason.UNANNOUNCED, "a piece of a file that was not announced")
        size = self._store.files[sha256]
        if size is None:  # it was withdrawn or refused while this was on its way
            if (arrival := self._arrivals.pop(sha256, None)) is not None:
                file_bytes.abandon(arrival)
            return
        if index == 0:
            self._begin(sha256, size)
        arrival = self._arrivals.get(sha256)
        if arrival is None:
            raise Refused(Reason.GAP, f"piece {index} of a file that was not begun")
        if arrival.received + len(piece) < arrival.size:
            await asyncio.to_thread(file_bytes.add, arrival, index, piece)
        else:
            await self._ended()
            self._ending = sha256, group.create_task(self._end(arrival, body))

    async def _ended(self, sha256: str | None = None) -> None:
        """Wait for the file that is being made durable, if it is this one; by default for any."""
        if self._ending is not None and sha256 in (None, self._ending[0]):
            await asyncio.wait([self._ending[1]])
            self._ending = None

    async def _end(self, arrival: file_bytes.FileArrival, body: bytes) -> None:
        """Take in the last piece of a file.  Text that follows it does not wait for the disk."""
        sha256, index, piece = read_chunk(body)
        try:
            await asyncio.to_thread(file_bytes.add, arrival, index, piece)
        except Refused as refusal:
            self.frame = body
            if refusal.reason is Reason.WRONG_HASH:
                await self._store.write(lambda ledger: lane_files.spoil(ledger, sha256))
            raise
        del self._arrivals[sha256]
        self._store.keep_source(sha256, arrival.size)
        await self._store.write(lambda ledger: lane_files.arrive(ledger, sha256))
        failpoints.reach("transform.file.arrived")

    def _begin(self, sha256: str, size: int) -> None:
        if (before := self._arrivals.pop(sha256, None)) is not None:
            file_bytes.abandon(before)
        if len(self._arrivals) >= MAX_OPEN_FILES:
            raise Refused(Reason.OUT_OF_BOUNDS, f"more than {MAX_OPEN_FILES} files at once")
        begun = sum(arrival.size for arrival in self._arrivals.values())
        if self._store.source_bytes + begun + size > self._door.max_arriving_bytes:
            raise Unavailable("there is no room for another file")
        self._arrivals[sha256] = file_bytes.begin(
            self._store.arriving, sha256, size, session=self._number
        )
