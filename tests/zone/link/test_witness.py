"""A zone that vouches for the audit log remembers the largest tree that it has seen."""

from pathlib import Path

from tests.zone.conftest import SITE, Place
from tests.zone.link.test_inbox import LANE, Door
from tests.zone.relay import key_of
from wire.audit.checkpoint import seal_checkpoint
from wire.audit.note import Signer
from wire.audit.tlog import Frontier, extend_frontier, leaf_hash
from wire.audit.witness import AddCheckpoint, encode_add_checkpoint
from wire.frames import FrameType
from wire.keys import KeyRole
from wire.lane import log_origin
from wire.records import Cosignature

LEAVES = [leaf_hash(b"one"), leaf_hash(b"two")]


async def ask(door: Door, old: int, new: int, *proof: bytes) -> None:
    log = Signer(log_origin(SITE, LANE), key_of(KeyRole.IMPORT_AUDIT).private)
    head = extend_frontier(Frontier(), LEAVES[:new])[0].head
    request = AddCheckpoint(old, proof, seal_checkpoint(head, log))
    await door.relay.send(FrameType.CHECKPOINT, encode_add_checkpoint(request))


async def test_what_has_grown_is_remembered_and_vouched_for(lgwan: Place, tmp_path: Path) -> None:
    door = Door(lgwan, tmp_path)
    async with door.open():
        await ask(door, 0, 1)
        await door.relay.got(FrameType.COSIGNATURE, 1)
        await ask(door, 1, 2, LEAVES[1])
        signed = Cosignature.decode(await door.relay.got(FrameType.COSIGNATURE, 2))
    assert signed.size == 2
    rows = await lgwan.store.read(lambda db: db.execute("SELECT size FROM witness").fetchall())
    assert rows == [(2,)]
