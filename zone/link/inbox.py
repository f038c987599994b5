"""The way in: envelopes the relay has released, and the files it has rebuilt.

An envelope is acknowledged once it is applied and durable.  Envelopes that come
while one is being written share the next commit, in their order.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence

from runtime import failpoints
from runtime.clock_meter import ClockMeter
from runtime.links import Connection, Endpoint, dial_link
from wire.audit.tlog import Frontier
from wire.chain import Arrival, Chain, advance_chain, judge_arrival
from wire.envelope import Envelope, unseal_envelope
from wire.events import Event
from wire.frames import FrameType
from wire.keyring import Keyring
from wire.lane import Hop, Lane, Link
from wire.reasons import Reason, Refused, Unavailable
from wire.records import Acknowledgement, Hello
from zone.link import belief, reconciliation, refusals, unrecorded
from zone.link.arrivals import Arrivals
from zone.link.chains import chain_position, halt_lane
from zone.link.log_follower import TreeFollower
from zone.link.witness import Witness
from zone.store.store import ZoneStore
from zone.store.writing import Writing

TAKES = frozenset({FrameType.ENVELOPE, FrameType.CHUNK, FrameType.LEAVES, FrameType.CHECKPOINT})
# Envelopes being written at once; more would only wait in memory instead of the socket.
MAX_WRITING = 32
# How many events back a payload that comes again is told from a fork.  The relay
# resends what was not acknowledged, which is a few hundred.
HASH_MEMORY = 500_000


class Inbox:
    """One lane into this zone."""

    def __init__(
        self,
        store: ZoneStore,
        site: str,
        lane: Lane,
        keyring: Keyring,
        endpoint: Endpoint,
        witness: Witness,
    ) -> None:
        """Take in what the relay at `endpoint` releases on `lane`."""
        self._store = store
        self._link = Link(site, lane, Hop.RELEASE)
        self._keyring = keyring
        self._endpoint = endpoint
        self._witness = witness
        self._chain = Chain()
        self._follower = TreeFollower(lane, Frontier())
        self.is_connected = False
        self.meter: ClockMeter | None = None
        self.on_link: Callable[[bool], None] = lambda _: None  # told whether the link is up

    async def session(self) -> None:
        """Connect and take in until the link breaks.  Raises `Refused` or `Unavailable`."""
        lane = self._link.lane
        async with dial_link(self._endpoint, TAKES, self._store.now) as connection:
            self._chain, _ = await self._store.read(lambda db: chain_position(db, lane))
            seen = await self._witness.frontier(lane)
            self._follower = TreeFollower(lane, seen)
            hello = Hello(lane, self._chain.epoch, self._chain.high, self._chain.head, 0, seen.size)
            await connection.send(FrameType.HELLO, hello.encode())
            self.is_connected, self.meter = True, connection.meter
            self.on_link(True)
            arrivals = Arrivals(self._store, lane, connection)
            try:
                async with asyncio.TaskGroup() as group:
                    await self._receive(connection, arrivals, group)
            finally:
                arrivals.close()
                self.is_connected = False
                self.on_link(False)

    async def _receive(
        self, connection: Connection, arrivals: Arrivals, group: asyncio.TaskGroup
    ) -> None:
        writing: set[asyncio.Task[None]] = set()
        async for frame_type, body in connection.frames():
            match frame_type:
                case FrameType.ENVELOPE:
                    if len(writing) >= MAX_WRITING:
                        await asyncio.wait(writing, return_when=asyncio.FIRST_COMPLETED)
                    envelope = await self._next(body)
                    if envelope is None:  # say where we stand, once that is durable
                        if writing:
                            await asyncio.wait(writing)
                        await self._acknowledge(connection, self._chain)
                    else:
                        task = group.create_task(self._write(connection, envelope, self._chain))
                        writing.add(task)
                        task.add_done_callback(writing.discard)
                case FrameType.CHUNK:
                    if writing:  # one of these may be what announced the file
                        await asyncio.wait(writing)
                    await arrivals.take(body, group)
                case FrameType.LEAVES:
                    self._follower.take(body)
                case _:
                    if writing:  # these may be what the leaves are of
                        await asyncio.wait(writing)
                    await self._witness.take_checkpoint(
                        connection, self._link.lane, body, self._follower
                    )

    async def _next(self, untrusted: bytes) -> Envelope | None:
        """Return the envelope if it is to be applied next, or None.  Raises `Refused`.

        None is for what we have, or what is beyond it: the relay resends from where we are.
        """
        envelope = unseal_envelope(
            untrusted, link=self._link, keyring=self._keyring, now=self._store.now()
        )
        failpoints.reach("zone.inbox.received")
        first = envelope.payload.head.seq
        known = None
        if first <= self._chain.high:
            known = await self._store.read(lambda db: _taken(db, first))
        try:
            arrival = judge_arrival(self._chain, envelope.payload, envelope.sha256, known)
        except Refused as refusal:
            if refusal.reason is Reason.FORK:
                await self._store.write(lambda w: halt_lane(w.db, self._link.lane, Reason.FORK))
            raise
        if arrival is not Arrival.NEXT:
            return None
        self._chain = advance_chain(self._chain, envelope.payload, envelope.sha256)
        return envelope

    async def _write(self, connection: Connection, envelope: Envelope, after: Chain) -> None:
        await self._store.write(lambda w: _apply(w, envelope, self._link.lane))
        failpoints.reach("zone.inbox.applied")
        await self._acknowledge(connection, after)

    async def _acknowledge(self, connection: Connection, chain: Chain) -> None:
        record = Acknowledgement(self._link.lane, chain.epoch, chain.high, chain.head)
        failpoints.reach("zone.acknowledgement.sending")
        await connection.send(FrameType.ACKNOWLEDGEMENT, record.encode())


def _taken(db: sqlite3.Connection, first: int) -> str | None:
    """Return the hash of the payload that holds event `first`, if it is still known."""
    row = db.execute(
        "SELECT sha256 FROM taken WHERE first <= ? ORDER BY first DESC LIMIT 1", (first,)
    ).fetchone()
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
    db.execute("DELETE FROM taken WHERE first < ?", (payload.last - HASH_MEMORY,))
    authority = payload.head.authority
    if authority is not None and reconciliation.put_policy(
        db, authority.policy_sha256, is_leaving=False
    ):
        writing.has_digests = True  # the other zone is to know
    unrecorded.await_leaves(writing, envelope, take_in(writing, payload.events))


def take_in(writing: Writing, events: Sequence[Event]) -> list[bool]:
    """Apply the events of one envelope, and answer for those that are not believed.

    Returns of each whether it is new here.
    """
    refused: list[tuple[Event, Reason]] = []
    are_new = []
    for event in events:
        is_new = unrecorded.is_news(writing, event)
        reason = belief.take_in(writing, event)
        if reason is not None:
            refused.append((event, reason))
        are_new.append(is_new and reason is None)
    refusals.answer(writing, refused)
    return are_new
