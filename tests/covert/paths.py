"""The ways by which a far zone that was taken over tries to speak, with all keys that it has.

Each sends one bit in a slot.  The far zone may do whatever it likes at its own link.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

from tests.covert.lane import Setting
from tests.relay.verify.peers import FarZone
from tests.relay.verify.place import LANE
from wire.chain import Chain
from wire.frames import FrameType
from wire.reasons import Unavailable
from wire.records import Acknowledgement

BURST = 200  # records of a flood between two looks at the clock


class Path(ABC):
    """One way; a slot of it takes `slot_s` where the near zone is told at once."""

    name: str
    slot_s: float
    talks_every_s = 0.05  # how often the near zone says something meanwhile
    max_waiting = 1_000_000

    def __init__(self, far: FarZone) -> None:
        """Speak as `far`."""
        self.far = far

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[None]:
        """Be connected for as long as the path is used."""
        async with self.far.connected():
            yield

    @abstractmethod
    async def send(self, bit: bool, slot_s: float) -> None:
        """Send a bit in the slot that begins now; need not take all of it."""


class Acknowledgements(Path):
    """Acknowledge what has come, or let it wait for the next slot that does."""

    name = "time of acknowledgements"
    slot_s = 0.2

    def __init__(self, far: FarZone) -> None:
        """Take in everything, and say so only in slots."""
        super().__init__(far)
        far.acknowledges = False

    async def send(self, bit: bool, slot_s: float) -> None:  # noqa: ARG002 - as of all paths
        if bit and self.far.chain.high:
            await self.far.acknowledge()


class Errors(Path):
    """Send what must not be sent, which could leave a record, and so a larger tree."""

    name = "errors, size of the tree"
    slot_s = 1.2
    talks_every_s = 3600.0

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[None]:
        """Connect in slots only."""
        yield

    async def send(self, bit: bool, slot_s: float) -> None:
        if bit:
            other = FarZone(self.far.folder, site=self.far.site, chain=Chain(epoch=2))
            with suppress(Unavailable, TimeoutError):
                async with asyncio.timeout(slot_s), other.connected():
                    while not other.closed:  # noqa: ASYNC110 - it is the peer's connection
                        await asyncio.sleep(0.01)


class Presence(Path):
    """Be connected, or not: the near side is told after a while, by a flag."""

    name = "presence, the flag FAR_DOWN"
    slot_s = 12.0

    def __init__(self, far: FarZone) -> None:
        """Be away at first."""
        super().__init__(far)
        self._stack: AsyncExitStack | None = None

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[None]:
        """Connect in slots only."""
        yield
        if self._stack is not None:
            await self._stack.aclose()

    async def send(self, bit: bool, slot_s: float) -> None:  # noqa: ARG002 - as of all paths
        if bit and self._stack is None:
            self._stack = AsyncExitStack()
            await self._stack.enter_async_context(self.far.connected())
        elif not bit and self._stack is not None:
            await self._stack.aclose()
            self._stack = None


class Cosignatures(Path):
    """Vouch for a tree, or do not."""

    name = "cosignatures"
    slot_s = 1.2

    async def send(self, bit: bool, slot_s: float) -> None:  # noqa: ARG002 - as of all paths
        self.far.witnesses = bit


class BackPressure(Acknowledgements):
    """Take in what fills the lane, or let it stay full."""

    name = "back-pressure"
    slot_s = 0.5
    talks_every_s = 0.02
    max_waiting = 20


class Load(Path):
    """Keep the verify stage busy with words of the past, or leave it alone."""

    name = "load"
    slot_s = 1.0

    async def send(self, bit: bool, slot_s: float) -> None:
        clock = asyncio.get_running_loop().time
        ends = clock() + slot_s * 0.8
        while bit and self.far.chain.high and clock() < ends:
            word = Acknowledgement(LANE, 1, 1, self.far.envelopes[0].sha256).encode()
            for _ in range(BURST):
                await self.far.send(FrameType.ACKNOWLEDGEMENT, word)
            await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Case:
    """One path under one setting."""

    path: type[Path]
    setting: Setting
    slot_s: float


PATHS: tuple[type[Path], ...] = (
    Acknowledgements,
    Errors,
    Presence,
    Cosignatures,
    BackPressure,
    Load,
)
