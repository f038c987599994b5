"""A transform stage in the wrong hands shows the zone an invented log; the honest lane goes on.

The stage's process is not there; what stands in its place listens on its socket, holds the lane's
receipt key and speaks the real protocol.  The zones and the rest of the relay are real processes.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runtime.links import Connection, UnixEndpoint
from runtime.listening import bind_endpoint, listen_on
from runtime.node import read_key
from sekisho import audit_check, audit_place
from sekisho.audit_trail import name_key, zone_names
from sekisho.audit_trail.trace import trace_event
from sekisho.clock import now_ms
from tests.faults.installation import NAMES, Installation
from tests.stories.city import INTERNET, LGWAN, talk_in
from wire.audit.checkpoint import sign_head
from wire.audit.note import Signer
from wire.audit.tlog import TreeHead
from wire.frames import Frame, FrameType
from wire.keys import KeyRole
from wire.lane import Lane, log_origin
from wire.reasons import Unavailable
from wire.receipts import LaneStatus, ProofPart, Receipt, SignedHead, seal_receipt
from wire.records import Hello

LIAR = "import-transform"
INVENTED = 212


class LyingStage:
    """Whoever has taken over the transform stage: what it says, and what it is answered."""

    def __init__(self, folder: Path) -> None:
        """Lie in the place of the node in `folder`."""
        self._folder = folder
        self._receipt = read_key(folder, KeyRole.IMPORT_RECEIPT)
        self.came: list[Frame] = []
        self.sessions = 0

    async def attend(self, connection: Connection) -> None:
        """Take in a hello, show an invented tree, and see what comes."""
        self.sessions += 1
        try:
            async for frame_type, body in connection.frames():
                self.came.append((frame_type, body))
                if frame_type is FrameType.HELLO:
                    await self._lie(connection, Hello.decode(body))
        except Unavailable:
            pass

    async def _lie(self, connection: Connection, hello: Hello) -> None:
        where = (Lane.IMPORT, hello.epoch)
        head = TreeHead(INVENTED, b"invented".ljust(32, b"."))
        # Of all signatures it can make, the one that comes nearest: over the right text.
        log = Signer(log_origin("test-city", Lane.IMPORT), self._receipt.private)
        said: list[Receipt] = [
            LaneStatus(*where, hello.high, hello.chain, hello.tick),
            SignedHead(*where, hello.tick, head.size, head.root, sign_head(head, log)),
            ProofPart(*where, hello.tick, hello.tree_size, head.size, 0, 1, ()),
        ]
        for receipt in said:
            await connection.send(FrameType.RECEIPT, seal_receipt(receipt, self._receipt))

    @property
    def vouched(self) -> list[Frame]:
        """What the zone signed as a witness."""
        return [frame for frame in self.came if frame[0] is FrameType.COSIGNATURE]


@pytest.fixture
async def begun() -> AsyncIterator[Installation]:
    """A city in which one process has not been started."""
    with tempfile.TemporaryDirectory(prefix="skl-") as folder:  # socket paths are short
        installation = Installation.make(Path(folder) / "c")
        for name in NAMES:
            if name != LIAR:
                installation.start(name)
        try:
            yield installation
        finally:
            await asyncio.to_thread(installation.stop_all)


async def test_an_invented_log_is_not_vouched_for_and_halts_nothing(begun: Installation) -> None:
    liar = LyingStage(begun.node(LIAR))
    socket = UnixEndpoint(begun.node(LIAR) / "run" / "link.sock")
    async with listen_on(
        bind_endpoint(socket),
        frozenset({FrameType.HELLO, FrameType.ENVELOPE, FrameType.COSIGNATURE}),
        liar.attend,
    ):
        async with asyncio.timeout(60):
            while liar.sessions < 3:  # noqa: ASYNC110 - another process dials
                await asyncio.sleep(0.05)
    assert liar.vouched == []

    begun.start(LIAR)
    await begun.ready()
    async with talk_in(begun) as (city, user, web, desk, room):
        posted = await web.post(room, "避難所に着きました")
        await city.until(lambda: desk.message(posted.id))
        await both_vouch(begun.folder)
        told_by_name(begun.folder, posted.id, user)


async def both_vouch(site: Path) -> None:
    """Wait until both zones vouch for the import lane's log, which is verified."""
    findings = None
    try:
        async with asyncio.timeout(60):
            while True:
                log = audit_place.of_lane(site, Lane.IMPORT, now=now_ms())
                findings = audit_check.verify(log, site, with_witnesses=True)
                if findings.verified and len(findings.witnesses) == 2:
                    return
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise AssertionError(f"it did not come to hold: {findings}") from None


def told_by_name(site: Path, message: str, user: str) -> None:
    """The daemons run: their sockets tell who it was and where the message stands."""
    steps = trace_event(audit_place.of_site(site, now=now_ms()), message)
    (posted,) = [step for step in steps if step.record.get("id") == message]
    assert posted.record["decision"] == "pass"
    key = name_key.key_of(name_key.of_site(site))
    assert key.people[posted.record["actor"]] == user
    assert zone_names.labels_of(site, [user]) == {user: "山田花子"}
    ends = zone_names.ends_of(site, message)
    assert {zone: end.author for zone, end in ends.items()} == {LGWAN: user, INTERNET: user}
