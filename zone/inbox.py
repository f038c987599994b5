"""The way in: envelopes the relay has released, and the files it has drawn anew.

An envelope is acknowledged once it is applied and durable.  Envelopes that come
while one is being written share the next commit, in their order.
"""

import asyncio
import sqlite3

import structlog

from runtime.failpoints import failpoint
from runtime.links import Connection, Endpoint, dial
from wire.chain import Arrival, Chain, advance, judge
from wire.envelope import Envelope, unseal
from wire.frames import FrameType, read_chunk
from wire.keyring import Keyring
from wire.lane import Hop, Lane, Link
from wire.reasons import Reason, Refused, Unavailable
from wire.records import Acknowledgement, Hello
from zone.arrivals import Arrivals
from zone.authority import objection
from zone.chains import halt, stand
from zone.store import Store
from zone.telling import tell
from zone.witness import Witness
from zone.writing import Writing

TAKES = frozenset({FrameType.ENVELOPE, FrameType.CHUNK, FrameType.CHECKPOINT})
# Envelopes being written at once; more would only wait in memory instead of the socket.
MAX_WRITING = 32
# Hashes kept to tell a duplicate from a fork.  256 events each: 25 million events.
KEPT = 100_000

logger = structlog.get_logger()


class Inbox:
    """One lane into this zone."""

    def __init__(
        self, store: Store, site: str, lane: Lane, keyring: Keyring, endpoint: Endpoint,
        witness: Witness,
    ) -> None:  # fmt: skip
        """Take in what the relay at `endpoint` releases on `lane`."""
        self._store = store
        self._link = Link(site, lane, Hop.RELEASE)
        self._keyring = keyring
        self._endpoint = endpoint
        self._witness = witness
        self._chain = Chain()
        self.is_connected = False

    async def session(self) -> None:
        """Connect and take in until the link breaks.  Raises `Refused` or `Unavailable`."""
        lane = self._link.lane
        async with dial(self._endpoint, TAKES) as connection:
            self._chain, _ = await self._store.read(lambda db: stand(db, lane))
            size = await self._witness.size(lane)
            hello = Hello(lane, self._chain.epoch, self._chain.high, self._chain.head, 0, size)
            await connection.send(FrameType.HELLO, hello.encode())
            self.is_connected = True
            arrivals = Arrivals(self._store, lane)
            try:
                async with asyncio.TaskGroup() as group:
                    await self._receive(connection, arrivals, group)
            finally:
                arrivals.close()
                self.is_connected = False

    async def _receive(
        self, connection: Connection, arrivals: Arrivals, group: asyncio.TaskGroup
    ) -> None:
        writing = asyncio.Semaphore(MAX_WRITING)
        async for frame_type, body in connection.frames():
            match frame_type:
                case FrameType.ENVELOPE:
                    await writing.acquire()
                    await self._take(connection, body, group, writing)
                case FrameType.CHUNK:
                    done = await arrivals.take(*read_chunk(body))
                    if done is not None:
                        await connection.send(FrameType.ACKNOWLEDGEMENT, done.encode())
                case _:
                    await self._witness.take_checkpoint(connection, self._link.lane, body)

    async def _take(
        self, connection: Connection, untrusted: bytes, group: asyncio.TaskGroup,
        writing: asyncio.Semaphore,
    ) -> None:  # fmt: skip
        envelope = unseal(untrusted, link=self._link, keyring=self._keyring, now=self._store.now())
        failpoint("zone.inbox.received")
        first = envelope.payload.head.seq
        known = None
        if first <= self._chain.high:
            known = await self._store.read(lambda db: _taken(db, first))
        try:
            arrival = judge(self._chain, envelope.payload, envelope.sha256, known)
        except Refused as refusal:
            if refusal.reason is Reason.FORK:
                await self._store.write(lambda w: halt(w.db, self._link.lane, Reason.FORK))
            raise
        if arrival is not Arrival.NEXT:
            # Again what we have, or beyond it: say where we stand, the relay resends from there.
            writing.release()
            await self._acknowledge(connection, self._chain)
            return
        self._chain = advance(self._chain, envelope.payload, envelope.sha256)
        group.create_task(self._write(connection, envelope, self._chain, writing))

    async def _write(
        self, connection: Connection, envelope: Envelope, after: Chain, writing: asyncio.Semaphore
    ) -> None:
        try:
            await self._store.write(lambda w: _apply(w, envelope, self._link.lane))
            failpoint("zone.inbox.applied")
            await self._acknowledge(connection, after)
        finally:
            writing.release()

    async def _acknowledge(self, connection: Connection, chain: Chain) -> None:
        record = Acknowledgement(self._link.lane, chain.epoch, chain.high, chain.head)
        failpoint("zone.acknowledgement.sending")
        await connection.send(FrameType.ACKNOWLEDGEMENT, record.encode())


def _taken(db: sqlite3.Connection, first: int) -> str | None:
    row = db.execute("SELECT sha256 FROM taken WHERE first = ?", (first,)).fetchone()
    return None if row is None else str(row[0])


def _apply(writing: Writing, envelope: Envelope, lane: Lane) -> None:
    """Effect and high-water mark in one transaction."""
    payload, db = envelope.payload, writing.db
    moved = db.execute(
        "UPDATE chain SET high = ?, head = ? WHERE lane = ? AND high = ? AND head = ?",
        (payload.last, envelope.sha256, lane, payload.head.seq - 1, payload.head.prev),
    )
    if moved.rowcount != 1:
        raise Unavailable("the envelope before this one was not kept")
    db.execute(
        "INSERT INTO taken (first, last, sha256) VALUES (?, ?, ?)",
        (payload.head.seq, payload.last, envelope.sha256),
    )
    db.execute(
        "DELETE FROM taken WHERE rowid <= (SELECT rowid FROM taken ORDER BY rowid DESC"
        " LIMIT 1 OFFSET ?)",
        (KEPT,),
    )
    for event in payload.events:
        reason = objection(db, event, writing.side)
        if reason is None:
            writing.receive(event)
            tell(writing, event, writing.side.far)
        else:
            db.execute(
                "INSERT OR IGNORE INTO quarantine VALUES (?, ?, ?, ?)",
                (event.id, event.kind, reason.value, writing.now),
            )
