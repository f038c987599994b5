"""Whoever has the release key shows a zone what no log holds: it goes out of sight, and is alarmed.

The verify stage's process was killed; what stands in its place has its keys and its store, and
speaks the real protocol.  The zones and the other stages are real processes.
"""

import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from runtime import audit_log
from runtime.links import Connection, UnixEndpoint
from runtime.listening import bind_endpoint, listen_on
from runtime.node import read_key
from sekisho.clock import now_ms
from sekisho_client import Client
from tests.faults.asking import status_of
from tests.faults.installation import Installation
from tests.stories.city import LGWAN, City, talk_in
from wire import payload as payloads
from wire.audit.checkpoint import seal_checkpoint
from wire.audit.leaves import SentLeaf, write_leaves
from wire.audit.note import Signer
from wire.audit.tlog import TreeHead
from wire.audit.witness import AddCheckpoint, encode_add_checkpoint
from wire.bodies import MessagePost
from wire.envelope import payload_digest, seal_envelope
from wire.events import Author, Event, Release
from wire.frames import FrameType
from wire.ids import ENTROPY_BYTES, MESSAGE, mint_id
from wire.keys import KeyRole
from wire.lane import Hop, Lane, Link, log_origin
from wire.order import next_hlc
from wire.payload import Authority, Payload
from wire.reasons import Unavailable
from wire.records import Hello

STAGE, SITE = "import-verify", "test-city"
CONFIRM_S = 2
SOURCE = "cd" * 32
TAKES = frozenset({FrameType.HELLO, FrameType.ACKNOWLEDGEMENT, FrameType.COSIGNATURE})


class Thief:
    """Whoever has taken over the verify stage: all that its keys and its store allow."""

    def __init__(self, folder: Path, author: Author, room: str) -> None:
        """Speak as `author` in `room`, in the place of the node in `folder`."""
        self._folder = folder
        self._release = read_key(folder, KeyRole.IMPORT_RELEASE)
        self._log = Signer(
            log_origin(SITE, Lane.IMPORT), read_key(folder, KeyRole.IMPORT_AUDIT).private
        )
        self._author, self._room = author, room
        self.hello: Hello | None = None
        self.vouched = 0
        self._connection: Connection | None = None
        self._bell = asyncio.Event()

    @asynccontextmanager
    async def in_place(self) -> AsyncIterator[None]:
        """Listen where the zone dials."""
        bound = bind_endpoint(UnixEndpoint(self._folder / "run" / "link.sock"))
        async with listen_on(bound, TAKES, self._attend, now_ms):
            async with asyncio.timeout(60):
                while self.hello is None:
                    await self._bell.wait()
            yield

    async def _attend(self, connection: Connection) -> None:
        try:
            async for frame_type, body in connection.frames():
                if frame_type is FrameType.HELLO:
                    self._connection, self.hello = connection, Hello.decode(body)
                self.vouched += frame_type is FrameType.COSIGNATURE
                self._bell.set()
        except Unavailable:
            pass

    async def release(self, *texts: str, leaf: int) -> list[dict[str, Any]]:
        """Release texts that cite the leaves from `leaf` on; return records that would be true."""
        hello, now = self.hello, now_ms()
        assert hello is not None
        events = [self._said(text, now, leaf + i, i) for i, text in enumerate(texts)]
        head = payloads.head(
            Link(SITE, Lane.IMPORT, Hop.RELEASE),
            epoch=hello.epoch,
            seq=hello.high + 1,
            prev=hello.chain,
            sent_at=now,
            authority=Authority(self._log.name, SOURCE),
        )
        payload = Payload(head, events)
        encoded = payloads.encode(payload)
        sha256 = payload_digest(encoded)
        await self._send(FrameType.ENVELOPE, seal_envelope(encoded, self._release))
        self.hello = replace(hello, high=payload.last, chain=sha256)
        return [
            {
                "log": self._log.name,
                "lane": "import",
                "ev": "event.released",
                "id": event.id,
                "decision": "pass",
                "policy_sha256": SOURCE,
                "in_sha256": SOURCE,
                "out_seq": seq,
                "out_sha256": sha256,
            }
            for seq, event in enumerate(events, start=head.seq)
        ]

    def _said(self, text: str, now: int, leaf: int, number: int) -> Event:
        name = mint_id(MESSAGE, now=now, entropy=leaf.to_bytes(ENTROPY_BYTES))
        hlc = next_hlc(0, now) + number
        release = Release(leaf, SOURCE, "pass")
        return Event(name, hlc, now, self._room, self._author, MessagePost(text), [], release)

    async def grow(self, records: Sequence[dict[str, Any] | None]) -> None:
        """Write leaves into the real log, and have the zone vouch for it."""
        assert self.hello is not None
        with closing(sqlite3.connect(self._folder / "verify.db")) as db:
            before = audit_log.head(db).size
            said = [
                msgspec.json.encode({"v": 1, "idx": before + i, **(record or {})})
                for i, record in enumerate(records)
            ]
            audit_log.append(db, said, now=now_ms())
            db.commit()
            head, seen = audit_log.head(db), self.hello.tree_size
            proof = audit_log.consistency(db, seen, head.size)
            leaves = [SentLeaf(*each) for each in audit_log.leaves(db, seen, head.size - seen)]
        for body in write_leaves(seen, leaves):
            await self._send(FrameType.LEAVES, body)
        vouched = self.vouched
        await self._checkpoint(head, tuple(proof))
        async with asyncio.timeout(60):
            while self.vouched == vouched:
                self._bell.clear()
                await self._bell.wait()
        self.hello = replace(self.hello, tree_size=head.size)

    async def fork(self) -> None:
        """Show another tree of the size that the zone has seen."""
        assert self.hello is not None
        await self._checkpoint(TreeHead(self.hello.tree_size, b"another".ljust(32, b".")), ())

    async def _checkpoint(self, head: TreeHead, proof: tuple[bytes, ...]) -> None:
        assert self.hello is not None
        request = AddCheckpoint(self.hello.tree_size, proof, seal_checkpoint(head, self._log))
        await self._send(FrameType.CHECKPOINT, encode_add_checkpoint(request))

    async def _send(self, frame_type: FrameType, body: bytes) -> None:
        assert self._connection is not None
        await self._connection.send(frame_type, body)

    @property
    def next_leaf(self) -> int:
        """The index of the next leaf of the log."""
        with closing(sqlite3.connect(self._folder / "verify.db")) as db:
            return audit_log.head(db).size


@pytest.fixture
async def begun() -> AsyncIterator[Installation]:
    """A city whose LGWAN zone gives a relay two seconds to put on record what it releases."""
    with tempfile.TemporaryDirectory(prefix="skt-") as folder:  # socket paths are short
        installation = Installation.make(Path(folder) / "c")
        settings = installation.node(LGWAN) / "zone.toml"
        text = settings.read_text(encoding="utf-8")
        assert "# confirm_s = 600\n" in text
        settings.write_text(
            text.replace("# confirm_s = 600\n", f"confirm_s = {CONFIRM_S}\n"), encoding="utf-8"
        )
        installation.start_all()
        try:
            await installation.ready()
            yield installation
        finally:
            await asyncio.to_thread(installation.stop_all)


async def unrecorded(begun: Installation, **awaited: int) -> None:
    """Wait until LGWAN's status says so of what is not on record."""
    said: dict[str, Any] = {}
    try:
        async with asyncio.timeout(60):
            while any(said.get(key) != value for key, value in awaited.items()):
                await asyncio.sleep(0.05)
                said = ((await status_of(begun, LGWAN)) or {}).get("unrecorded", {})
    except TimeoutError:
        raise AssertionError(f"it did not come to hold: {said}") from None


async def test_what_no_log_holds_is_out_of_sight_within_the_set_time(begun: Installation) -> None:
    async with talk_in(begun) as (city, user, web, desk, room):
        honest = await web.post(room, "避難所に着きました")
        await city.until(lambda: desk.message(honest.id))
        await unrecorded(begun, waiting=0, taken_back=0)
        begun.kill(STAGE)
        tenant = (await desk.server()).tenant
        author = Author(user, tenant, mint_id("fe", now=now_ms(), entropy=bytes(ENTROPY_BYTES)))
        thief = Thief(begun.node(STAGE), author, room)
        async with thief.in_place():
            recorded = await lie(thief, city, desk, honest.id)
            for kept in (honest.id, recorded):
                assert (await desk.message(kept)).text is not None
            assert "release.unrecorded" in begun.log(LGWAN)
            await thief.fork()
            await city.until(
                partial(status_of, begun, LGWAN),
                lambda it: it and it["lanes"]["import"]["halted"] == "audit-inconsistent",
            )


async def lie(thief: Thief, city: City, desk: Client, honest: str) -> str:
    """Release what is not on record, and see it go; return the one message that is."""
    # R1: it cites a leaf that no log has.
    (bold,) = await thief.release("市長の承認済みです", leaf=1_000_000)
    await city.until(partial(desk.message, str(bold["id"])), lambda it: it.text is not None)
    # A leaf of another event, in a log that is otherwise in order.
    (sly,) = await thief.release("口座を変えました", leaf=thief.next_leaf)
    await thief.grow([sly | {"id": honest}])
    # One that is on record, though nobody allowed it: the auditor finds it.
    (recorded,) = await thief.release("至急", leaf=thief.next_leaf)
    await thief.grow([recorded])
    for unseen in (bold, sly):
        name = str(unseen["id"])
        seen = await city.until(partial(desk.message, name), lambda it: it.text is None)
        assert seen.notice is not None
        assert seen.notice.state == "unrecorded"
    await unrecorded(city.installation, waiting=0, taken_back=2)
    return str(recorded["id"])


async def test_a_stage_that_dies_before_it_publishes_has_nothing_taken_back(
    begun: Installation,
) -> None:
    async with talk_in(begun) as (city, _, web, desk, room):
        for failpoint in ("verify.envelope.sent:1", "verify.log.published:2"):
            begun.stop(STAGE)
            begun.start(STAGE, failpoint)
            posted = await web.post(room, f"伝言 {failpoint}")
            async with asyncio.timeout(60):
                while begun.is_alive(STAGE):  # noqa: ASYNC110 - another process
                    await asyncio.sleep(0.02)
            begun.start(STAGE)
            await city.until(partial(desk.message, posted.id))
            await unrecorded(begun, waiting=0, taken_back=0)
            assert (await desk.message(posted.id)).text is not None
