"""The link to the far zone: what is sealed goes out, in order; acknowledgements come in.

Envelopes go first, then checkpoints, then pieces of files: a file never makes a
sentence wait for more than one piece.
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from relay.verify import read_ahead, release_store
from relay.verify.audit_publishing import Publisher
from relay.verify.far_side import FarSide
from relay.verify.read_ahead import ReadAhead
from relay.verify.stage import Stage
from runtime import failpoints
from runtime.links import Connection
from wire.fields import MAX_CHUNK_BYTES
from wire.frames import Frame, FrameType, write_chunk
from wire.reasons import Reason, Refused, Unavailable
from wire.records import Acknowledgement, Hello

TAKES = frozenset({FrameType.HELLO, FrameType.ACKNOWLEDGEMENT, FrameType.COSIGNATURE})

# Envelopes read from the store at once: up to 4 MiB.
READ_ENVELOPES = 8


class FarZoneLink:
    """The verify stage's end of the link to the far zone."""

    def __init__(self, stage: Stage, publisher: Publisher) -> None:
        """Hand over what `stage` has sealed, once `far` has been started."""
        self._stage = stage
        self.far = FarSide(stage)
        self._publisher = publisher
        self._greeted: set[Connection] = set()

    async def attend(self, connection: Connection) -> None:
        """Serve one connection until it ends."""
        stage = self._stage
        stage.connections.add(connection)
        sender: asyncio.Task[None] | None = None
        try:
            async with read_ahead.reading(connection) as inbound:
                hello = await self._greet(inbound)
                if hello is not None:
                    self._greeted.add(connection)
                    stage.near.far.note(is_there=True)
                    outbound = Outbound(stage, self.far, self._publisher, connection, hello)
                    sender = asyncio.create_task(outbound.run())
                    await self._take_all(inbound, outbound)
        except Refused as refusal:
            self.far.note_refusal(refusal)
        except Unavailable:
            pass  # the link broke: the far zone dials again
        finally:
            stage.connections.discard(connection)
            self._greeted.discard(connection)
            stage.near.far.note(is_there=bool(self._greeted))
            if sender is not None:
                sender.cancel()

    async def _greet(self, inbound: ReadAhead) -> Hello | None:
        """Compare where both stand; nothing is sent to a zone that has forgotten something."""
        frames = await inbound.some()
        if not frames or not self.far.is_served:
            return None
        (frame_type, body), *rest = frames
        if frame_type is not FrameType.HELLO or rest:
            raise Refused(Reason.WRONG_TYPE, "a link begins with HELLO, and then waits")
        hello = Hello.decode(body)
        await self.far.greet(hello)
        return hello

    async def _take_all(self, inbound: ReadAhead, outbound: "Outbound") -> None:
        while frames := await inbound.some():
            outbound.taken(await self._acknowledge(frames))
            for frame_type, body in frames:
                match frame_type:
                    case FrameType.HELLO:
                        raise Refused(Reason.WRONG_TYPE, "a second HELLO")
                    case FrameType.COSIGNATURE:
                        zone = self._stage.place.lane.target
                        outbound.witnessed(await self._publisher.take_cosignature(zone, body))

    async def _acknowledge(self, frames: list[Frame]) -> list[str]:
        """Take in acknowledgements; return the hashes of files among them."""
        words = [
            Acknowledgement.decode(body)
            for frame_type, body in frames
            if frame_type is FrameType.ACKNOWLEDGEMENT
        ]
        failpoints.reach("verify.acknowledgement.received")
        if words:
            await self.far.acknowledge(words)
        return [word.sha256 for word in words if word.high == 0]


class Outbound:
    """What one connection has been sent, and what is next."""

    def __init__(
        self,
        stage: Stage,
        far: FarSide,
        publisher: Publisher,
        connection: Connection,
        hello: Hello,
    ) -> None:
        """Go on from where the far zone said it stands."""
        self._stage = stage
        self._far = far
        self._publisher = publisher
        self._connection = connection
        self._sent = hello.high
        self._witnessed = hello.tree_size
        self._asked = 0  # the size of the tree that the witness was asked to sign
        self._files: set[str] = set()
        self._pieces: Iterator[bytes] = iter(())

    def witnessed(self, size: int) -> None:
        """Go on, with the next proof, from the tree that the witness has signed."""
        self._witnessed = max(self._witnessed, size)
        self._stage.sealed.set()

    def taken(self, files: list[str]) -> None:
        """Send files that the far zone has once more, if another event announces them.

        One may have been announced already: what was acknowledged is no answer for it.
        """
        if files:
            self._files.difference_update(files)
            self._stage.sealed.set()

    async def run(self) -> None:
        """Send whatever there is, until the link breaks or the lane halts."""
        with suppress(Unavailable):
            while self._far.is_served:
                self._stage.sealed.clear()
                if not (
                    await self._send_envelopes()
                    or await self._send_checkpoint()
                    or await self._send_piece()
                ):
                    await self._stage.sealed.wait()

    async def _send_envelopes(self) -> bool:
        sent = self._sent
        found = await self._stage.database.read(
            lambda db: release_store.sealed_after(db, sent, READ_ENVELOPES)
        )
        for each in found:
            failpoints.reach("verify.envelope.due")
            await self._connection.send(FrameType.ENVELOPE, each.envelope)
            self._sent = each.last
            failpoints.reach("verify.envelope.sent")
        return bool(found)

    async def _send_checkpoint(self) -> bool:
        """Ask the witness for its signature, once for each tree and not before it answered."""
        size = self._publisher.published.size
        if size <= self._witnessed or self._asked > self._witnessed:
            return False
        self._asked = size
        request = await self._publisher.request(self._witnessed)
        await self._connection.send(FrameType.CHECKPOINT, request)
        return True

    async def _send_piece(self) -> bool:
        body = next(self._pieces, None)
        if body is None:
            sent = self._sent
            due = await self._stage.database.read(lambda db: release_store.files_up_to(db, sent))
            sha256 = next((each for each in due if each not in self._files), None)
            if sha256 is None:
                return False
            self._files.add(sha256)
            self._pieces = _pieces(self._stage.files.path(sha256), sha256)
            return True
        await self._connection.send(FrameType.CHUNK, body)
        failpoints.reach("verify.piece.sent")
        return True


def _pieces(path: Path, sha256: str) -> Iterator[bytes]:
    """Yield the CHUNKs of a file, read as they are asked for."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return  # acknowledged meanwhile
    with file:
        for index, piece in enumerate(iter(lambda: file.read(MAX_CHUNK_BYTES), b"")):
            yield write_chunk(sha256, index, piece)
