"""An envelope is applied only onto the one before it, as the store has it."""

import asyncio
from pathlib import Path

from tests.zone.conftest import Place
from tests.zone.link.test_inbox import LANE, Door, said, text_of
from wire.frames import FrameType
from wire.payload import GENESIS
from wire.reasons import Unavailable


async def test_nothing_is_applied_where_the_envelope_before_was_not_kept(
    lgwan: Place, tmp_path: Path
) -> None:
    door = Door(lgwan, tmp_path)
    forget = "UPDATE chain SET high = 0, head = ? WHERE lane = ?"
    async with door.open() as session:
        await door.relay.send(FrameType.ENVELOPE, door.relay.released([said(1)]))
        await door.relay.got(FrameType.ACKNOWLEDGEMENT)
        await lgwan.store.write(lambda w: w.db.execute(forget, (GENESIS, LANE)))
        await door.relay.send(FrameType.ENVELOPE, door.relay.released([said(2)]))
        trouble = await asyncio.wait_for(session, 10)
    assert isinstance(trouble, Unavailable)
    assert await text_of(lgwan, 2) is None
