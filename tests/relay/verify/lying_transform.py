"""A transform stage that was taken over and does whatever comes into its head, at length.

It has the stage link of a real verify stage, a far zone is there, and each step is drawn by lot:
honest items, each known lie, fields of one item in another, frames with bytes turned over, pieces
of files that are not what was announced, positions out of the air.  Afterwards the far zone, the
log and the verdicts are judged by what they hold, not by what the stage says of itself.
"""

import asyncio
import random
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from relay import normal_form
from relay.normal_form import Transfer
from tests.relay.verify.log import demand_a_leaf_for_each_release, leaves, published
from tests.relay.verify.peers import FarZone, Transform
from tests.relay.verify.place import (
    event,
    file_event,
    item,
    make_node,
    running,
    until,
    until_status,
)
from tests.relay.verify.test_malicious_link import REFUSED
from tests.relay.verify.test_malicious_transform import BARRED, SAFE
from wire.bodies import KINDS, FileReady
from wire.events import Event
from wire.frames import HEADER, FrameType
from wire.lane import Lane
from wire.receipts import Verdict
from wire.records import Hello

ALLOWED_KINDS = KINDS - {"member.set"}
FIELDS = ("at", "source", "decision", "event", "reason", "rule", "changes", "file", "note", "times")
PROGRAM = b"MZ" + bytes(200)
EPISODE = 200  # steps in one node: a fork halts its lane for good
ODDS = {
    "honest": 300,
    "known_lie": 250,
    "mixture": 250,
    "file": 80,
    "pieces": 60,
    "bad_frame": 25,
    "flipped_frame": 25,
    "repeated_batch": 15,
    "position": 10,
    "fork": 2,
}


# After these the link is gone: what would be said next, nobody hears.
BREAKING = {"bad_frame", "flipped_frame", "repeated_batch", "position", "fork"}
TOGETHER = 8  # steps that are taken without waiting for what becomes of them


class LyingTransform:
    """One episode: a node, its double of a transform stage, and what the far zone got of it."""

    def __init__(self, folder: Path, dice: random.Random) -> None:
        """Lie to the verify stage in `folder`, as the dice fall."""
        self.far = FarZone(folder)
        self.steps = 0
        self._folder = folder
        self._dice = dice
        self._transform = Transform(folder)
        self._number = 0
        self._promised: list[str] = []  # hashes of files that were announced

    async def live(self, steps: int) -> None:
        """Take so many steps, or fewer if the lane halts; dial again whenever it is shown out."""
        async with running(self._folder), AsyncExitStack() as stack:
            await stack.enter_async_context(self.far.connected())
            while self.steps < steps and not await self._is_halted():
                async with self._transform.connected():
                    while self.steps < steps and not self._transform.closed:
                        kind = self._dice.choices(list(ODDS), list(ODDS.values()))[0]
                        await getattr(self, f"_{kind}")()
                        self.steps += 1
                        if kind in BREAKING or self.steps % TOGETHER == 0:
                            await self._transform.hand_over(self._plain())
                            await until(self._is_judged)
                self._transform = self._resumed()
            if not await self._is_halted():
                await self._demand_that_it_serves()

    def judge(self) -> None:
        """Demand what holds whatever a transform stage does."""
        for each in self.far.events:
            assert each.kind in ALLOWED_KINDS
            assert all(each_file.password is None for each_file in each.files)
            for text in texts(msgspec.to_builtins(each)):
                assert is_clean(text), text
            if isinstance(each.body, FileReady) and each.body.sha256 is not None:
                assert each.body.state in ("clean", "altered")
        assert set(self.far.files.values()) <= {SAFE, SAFE * 3}
        demand_a_leaf_for_each_release(self._folder, self.far)
        # The log is verified; one who claims to have seen more than there is stops its publishing.
        assert published(self._folder) <= len(leaves(self._folder))

    async def _demand_that_it_serves(self) -> None:
        async with self._transform.connected() as transform:
            await transform.hand_over(self._plain())
            await until(lambda: transform.verdicts().get(transform.n) is Verdict.DELIVERED)

    async def _is_halted(self) -> bool:
        status = await until_status(self._folder, lambda _: True)
        return status.halted is not None

    def _is_judged(self) -> bool:
        transform = self._transform
        return transform.closed or transform.n in transform.verdicts()

    def _resumed(self) -> Transform:
        """Return a stage that dials again, from where the verify stage stands."""
        transform = self._transform
        if not any(each.verdict is Verdict.NONE for each in transform.progress):
            return transform
        return Transform(self._folder, n=transform.taken, head=transform.head_taken)

    def _plain(self) -> Transfer:
        self._number += 1
        return item(about=event(self._number))

    def _some(self) -> Transfer:
        """Return an honest item or a known lie."""
        lies = [lie for lie, _ in BARRED.values()]
        return self._dice.choice([self._plain(), self._dice.choice(lies)])

    async def _honest(self) -> None:
        await self._transform.hand_over(*[self._plain() for _ in range(self._dice.randint(1, 4))])

    async def _known_lie(self) -> None:
        await self._transform.hand_over(self._some(), self._some())

    async def _mixture(self) -> None:
        """Put fields of one item into another."""
        one, other = self._some(), self._some()
        fields = self._dice.sample(FIELDS, self._dice.randint(1, 4))
        await self._transform.hand_over(
            msgspec.structs.replace(one, **{name: getattr(other, name) for name in fields})
        )

    async def _file(self) -> None:
        """Announce a file, and send what was announced, or another thing, or nothing."""
        self._number += 1
        data = self._dice.choice([SAFE, PROGRAM, SAFE + b"\0", SAFE * 3])
        about = file_event(self._number, data)
        assert isinstance(about.body, FileReady)
        assert about.body.sha256 is not None
        self._promised.append(about.body.sha256)
        await self._transform.hand_over(item(about=about))
        if self._dice.random() < 0.8:
            await self._transform.send_file(data)

    async def _pieces(self) -> None:
        """Send other bytes under a hash that was announced."""
        if self._promised:
            name = self._dice.choice(self._promised)
            data = self._dice.choice([SAFE, PROGRAM, self._dice.randbytes(300)])
            await self._transform.send_file(data, piece=self._dice.choice([7, 300]), name=name)

    async def _bad_frame(self) -> None:
        frame, _ = self._dice.choice(list(REFUSED.values()))
        await self._transform.send_raw(frame)

    async def _flipped_frame(self) -> None:
        """Send an honest batch of which a byte was turned over on the way."""
        before = self._transform.n, self._transform.head
        body = bytearray(self._transform.batch(self._plain()))
        body[self._dice.randrange(len(body))] ^= 1 << self._dice.randrange(8)
        self._transform.n, self._transform.head = before
        self._transform.batches.pop()
        frame = HEADER.pack(b"SK", FrameType.NORMAL, 1, len(body))
        await self._transform.send_raw(frame + bytes(body))

    async def _repeated_batch(self) -> None:
        if self._transform.batches:
            _, body = self._dice.choice(self._transform.batches)
            await self._transform.send(FrameType.NORMAL, body)

    async def _position(self) -> None:
        """Say that items are settled which nobody knows, or a tree has been seen that is none."""
        high, tree = (self._dice.choice([0, 1, 2**53 - 1, 2**63]) for _ in range(2))
        head = self._dice.choice(["00" * 32, self._transform.head])
        hello = Hello(self._dice.choice(list(Lane)), 1, high, head, 0, tree)
        await self._transform.send(FrameType.HELLO, hello.encode())

    async def _fork(self) -> None:
        """Say something else under the number of the last item."""
        if self._transform.n:
            other = msgspec.structs.replace(self._plain(), n=self._transform.n)
            (_, last) = self._transform.batches[-1]
            batch = msgspec.structs.replace(normal_form.decode(last), items=[other])
            await self._transform.send(FrameType.NORMAL, normal_form.encode(batch))


def texts(found: Any) -> Iterator[str]:
    """Yield every text in something that was decoded."""
    match found:
        case str():
            yield found
        case dict():
            for name, value in found.items():
                yield from texts(name)
                yield from texts(value)
        case list() | tuple():
            for each in found:
                yield from texts(each)


def is_clean(text: str) -> bool:
    """Judge a text by Unicode's own table: nothing hidden, nothing that steers, nothing private."""
    categories = {unicodedata.category(sign) for sign in text if sign != "\n"}
    return not categories & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


class Outcome(NamedTuple):
    """What came of an episode: how many steps it had, and the events that the far zone got."""

    steps: int
    events: list[Event]


async def lie(root: Path, steps: int, seed: int) -> Outcome:
    """Live through one episode in a fresh node, judge it, and return what came of it."""
    settings = {"kinds": sorted(ALLOWED_KINDS), "max_file_bytes": 1_000_000, "private_use": False}
    folder = make_node(root, **settings)
    liar = LyingTransform(folder, random.Random(seed))
    async with asyncio.timeout(600):
        await liar.live(steps)
    liar.judge()
    return Outcome(liar.steps, liar.far.events)


def lie_at_length(events: int, seed: int) -> None:
    """Take so many steps, in one node after the other, and print what the far zone got."""
    steps = believed = 0
    began, kinds = time.monotonic(), Counter[str]()
    while steps < events:
        with tempfile.TemporaryDirectory(prefix="skl-") as root:
            got = asyncio.run(lie(Path(root), EPISODE, seed))
        kinds.update(each.kind for each in got.events)
        steps, believed, seed = steps + got.steps, believed + len(got.events), seed + 1
    print(f"{steps} steps of a taken-over transform stage, {believed} events got past, all clean")
    print(f"by kind: {dict(kinds.most_common())}")
    print(f"{time.monotonic() - began:.0f} s")
