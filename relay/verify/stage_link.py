"""The link to the transform stage: items and bytes in, verdicts and the tree out.

What goes over it is said in `relay.normal_form`.
"""

import asyncio
from contextlib import suppress

from relay.verify import read_ahead
from relay.verify.audit_publishing import Publisher
from relay.verify.read_ahead import ReadAhead
from relay.verify.stage import Stage
from runtime import failpoints
from runtime.links import Connection
from wire.audit.tlog import TreeHead
from wire.frames import Frame, FrameType, read_chunk
from wire.reasons import Reason, Refused, Unavailable
from wire.receipts import Flag
from wire.records import Hello, Progress, Tree

TAKES = frozenset({FrameType.HELLO, FrameType.NORMAL, FrameType.CHUNK, FrameType.COSIGNATURE})

# Records that wait for a transform stage which does not read: 1,024 batches and their fate.
MAX_NEWS = 4_096


# What to tell next: a record, or (None) what has become of the tree.
News = asyncio.Queue[Progress | None]


class TransformLink:
    """The verify stage's end of the stage link."""

    def __init__(self, stage: Stage, publisher: Publisher) -> None:
        """Hand what comes in to `stage`."""
        self._stage = stage
        self._publisher = publisher
        self._told = 0  # the size of the tree that the transform stage knows

    async def attend(self, connection: Connection) -> None:
        """Serve one connection until it ends."""
        stage = self._stage
        stage.connections.add(connection)
        teller: asyncio.Task[None] | None = None
        news: News = asyncio.Queue()
        try:
            async with read_ahead.reading(connection) as inbound:
                if await self._greet(connection, inbound, news):
                    teller = asyncio.create_task(self._tell(connection, news))
                    await self._take_all(inbound, news)
        except Refused as refusal:
            await stage.note_refusal(refusal)
        except Unavailable:
            pass  # the link broke: the transform stage dials again
        finally:
            stage.connections.discard(connection)
            if stage.near.news is news:
                stage.near.news = None
            if teller is not None:
                teller.cancel()

    async def _greet(self, connection: Connection, inbound: ReadAhead, news: News) -> bool:
        """Compare where both stand; `news` comes from then on.  Return whether to go on."""
        stage, frames = self._stage, await inbound.some()
        if not frames:
            return False
        (frame_type, body), *rest = frames
        if frame_type is not FrameType.HELLO or rest:
            raise Refused(Reason.WRONG_TYPE, "a stage link begins with HELLO, and then waits")
        if stage.halted is not None:
            await connection.send(FrameType.TREE, self._halted().encode())
            return False
        hello = Hello.decode(body)
        # From here on nothing may be missed: what is new comes after what is replayed.
        stage.near.news = news
        stage.files.forget_parts()
        for progress in await stage.settle(hello):
            await connection.send(FrameType.PROGRESS, progress.encode())
        self._told = hello.tree_size
        news.put_nowait(None)
        return True

    async def _tell(self, connection: Connection, news: News) -> None:
        with suppress(Unavailable):
            while True:
                progress = await news.get()
                failpoints.reach("verify.progress.due")
                if progress is not None:
                    await connection.send(FrameType.PROGRESS, progress.encode())
                else:
                    await self._tell_tree(connection)
                failpoints.reach("verify.progress.sent")

    async def _tell_tree(self, connection: Connection) -> None:
        head = self._publisher.published
        if head.size < self._told:
            return
        proof = await self._publisher.prove(self._told, head.size)
        tree = self._tree(self._stage.near.flags(), self._told, head, proof)
        await connection.send(FrameType.TREE, tree.encode())
        self._told = head.size

    def _halted(self) -> Tree:
        head = self._publisher.published
        return self._tree(Flag.HALT, head.size, head, ())

    def _tree(self, flags: Flag, old: int, head: TreeHead, proof: tuple[bytes, ...]) -> Tree:
        signature = self._publisher.sign(head)
        return Tree(self._stage.place.lane, flags, old, head.size, head.root, signature, proof)

    async def _take_all(self, inbound: ReadAhead, news: News) -> None:
        while frames := await inbound.some():
            if news.qsize() > MAX_NEWS:
                raise Refused(Reason.TOO_SLOW, "the transform stage does not listen")
            while frames:
                batches = _leading_batches(frames)
                if batches:
                    await self._stage.room()
                    await self._stage.take(batches)
                    frames = frames[len(batches) :]
                else:
                    await self._take(*frames.pop(0))

    async def _take(self, frame_type: FrameType, body: bytes) -> None:
        match frame_type:
            case FrameType.HELLO:
                hello = Hello.decode(body)
                await self._stage.settle(hello)
                self._told = hello.tree_size
                self._stage.near.tell()
            case FrameType.CHUNK:
                await self._stage.files.add(*read_chunk(body))
            case _:
                await self._publisher.take_cosignature(self._stage.place.lane.source, body)


def _leading_batches(frames: list[Frame]) -> list[bytes]:
    batches = []
    for frame_type, body in frames:
        if frame_type is not FrameType.NORMAL:
            break
        batches.append(body)
    return batches
