"""Files of which a copy has lost the rows come back, and their bytes stay for that."""

import os
from typing import Any

import pytest

from tests.zone.conftest import BOTH, GUEST, ROOM, STAFF, author
from tests.zone.events import an_id
from tests.zone.reconcile.pair import Half, Pair
from wire.bodies import MessagePost, RoomPurge
from wire.ids import MESSAGE
from wire.lane import Zone
from zone.api.operator import upkeep
from zone.copy import blobs, files
from zone.store.writing import Writing

FILE = an_id("fl", 9)


async def attach(half: Half) -> tuple[str, str]:
    """Post a message with a file; return its id and the file's hash."""
    draft = blobs.BlobDraft(half.store.blobs, limit=100)
    draft.write(b"a map")
    size, sha256 = draft.size, draft.keep()

    def work(writing: Writing) -> str:
        files.put(
            writing.db,
            fid=FILE,
            uploader=GUEST,
            name="a.txt",
            media="text/plain",
            size=size,
            sha256=sha256,
            password=None,
            at=writing.now,
        )
        refs = files.references(writing.db, [FILE], uploader=GUEST)
        name = writing.mint(MESSAGE, writing.now)
        body = MessagePost("地図です")
        return writing.act(author(GUEST), body, room=ROOM, crosses=True, id=name, files=refs).id

    return await half.store.write(work), sha256


async def rows(half: Half) -> list[tuple[Any, ...]]:
    return await half.rows("SELECT fid, place, name FROM file")


@pytest.mark.parametrize("zone", Zone)
async def test_a_lost_row_of_a_file_comes_back(pair: Pair, zone: Zone) -> None:
    _, sha256 = await attach(pair.internet)
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
    message, sha256 = await attach(pair.internet)
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
