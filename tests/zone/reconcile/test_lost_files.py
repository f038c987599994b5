"""Files of which a copy has lost the rows come back, and their bytes stay for that."""

import os
from typing import Any

import pytest

from tests.zone.attaching import FILE, attach
from tests.zone.conftest import BOTH, STAFF
from tests.zone.reconcile.pair import Half, Pair
from wire.bodies import MessagePost, RoomPurge
from wire.lane import Zone
from zone.api.operator import upkeep
from zone.copy import blobs


async def attach_map(half: Half) -> tuple[str, str]:
    """Post a message with a file; return its id and the file's hash."""
    return await attach(half.store, "a.txt", "text/plain", b"a map")


async def rows(half: Half) -> list[tuple[Any, ...]]:
    return await half.rows("SELECT fid, place, name FROM file")


@pytest.mark.parametrize("zone", Zone)
async def test_a_lost_row_of_a_file_comes_back(pair: Pair, zone: Zone) -> None:
    _, sha256 = await attach_map(pair.internet)
    await pair.carry()
    # Its bytes are the relay's: until it asks for them again nothing is sent.
    await pair.internet.sql("UPDATE file SET state = 'clean'")
    await pair.halves[zone].sql("DELETE FROM file")
    await pair.compare()
    await pair.compare()  # that they are one is seen by the next round
    for half in pair.halves.values():
        assert await rows(half) == [(FILE, 1, "a.txt")]
        assert (await half.standing()).differences == 0
    assert await pair.internet.rows("SELECT sha256, state FROM file") == [(sha256, "crossing")]


async def test_bytes_of_a_lost_row_stay_while_what_was_said_is_known(pair: Pair) -> None:
    message, sha256 = await attach_map(pair.internet)
    path = blobs.path_of(pair.internet.store.blobs, sha256)
    os.utime(path, (1, 1))
    await pair.internet.sql("DELETE FROM file")
    await upkeep.sweep(pair.internet.store, before=2)
    assert path.exists()
    await pair.internet.sql("DELETE FROM said WHERE about = ?", message)
    await upkeep.sweep(pair.internet.store, before=2)
    assert not path.exists()


async def test_a_deleted_message_that_is_heard_again_is_not_said_to_be_put_back(
    pair: Pair,
) -> None:
    event = await pair.lgwan.say(MessagePost("古い話"), uid=BOTH)
    await pair.carry()
    await pair.internet.say(RoomPurge(event.at + 1), uid=STAFF)
    await pair.internet.sql("DELETE FROM message WHERE id = ?", event.id)
    far = pair.internet
    await pair.deliver(pair.lgwan, 0, event)
    assert await far.rows("SELECT 1 FROM message WHERE id = ?", event.id) == []
    assert (await far.standing()).mended == 0
