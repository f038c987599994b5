"""What is taken out of sight for want of a record: each kind of it, and how it comes back."""

import hashlib

import pytest
from msgspec.structs import replace

from tests.zone.conftest import BOTH, Place
from tests.zone.events import NOW, an_id
from tests.zone.link.logbook import Logbook
from tests.zone.link.test_inbox import text_of
from tests.zone.link.test_inbox_files import picture
from tests.zone.link.unrecorded_cases import POST, event, overdue, quarantined, reactions, said
from wire.bodies import (
    FileReady,
    ItemPut,
    MessageEdit,
    MessageWithdraw,
    ReactionSet,
)
from wire.events import FileRef
from wire.frames import FrameType, write_chunk
from wire.items import Note
from zone.copy import files
from zone.items.items import find_item


async def test_an_edit_is_taken_out_and_the_text_before_it_stands(
    log: Logbook, lgwan: Place
) -> None:
    await log.release_on_record(said(1, "中止"))
    await log.show()
    (record,) = await log.release(event(2, MessageEdit(POST, "決行")))
    assert await text_of(lgwan, 1) == "決行"
    await overdue(lgwan)
    assert await text_of(lgwan, 1) == "中止"
    log.add(record)
    await log.show()
    assert await text_of(lgwan, 1) == "決行"


async def test_an_edited_message_is_out_of_sight_with_its_edit(log: Logbook, lgwan: Place) -> None:
    await log.release(said(1, "中止"))
    for record in await log.release(event(2, MessageEdit(POST, "決行")), leaf=1):
        log.add(None)
        log.add(record)
    await log.show()
    await overdue(lgwan)
    assert await text_of(lgwan, 1) is None


async def test_a_new_item_leaves_its_place(log: Logbook, lgwan: Place) -> None:
    note = replace(event(1, ItemPut(Note(title="議事録", text="本文"))), id=an_id("nt", 1))
    (record,) = await log.release(note)
    await overdue(lgwan)
    view = await lgwan.store.read(lambda db: find_item(db, lgwan.side, note.id, now=NOW))
    assert view is not None
    assert view.content is None
    assert view.notice is not None
    assert view.notice.state == "unrecorded"
    log.add(record)
    await log.show()
    view = await lgwan.store.read(lambda db: find_item(db, lgwan.side, note.id, now=NOW))
    assert view is not None
    assert isinstance(view.content, Note)
    assert (view.content.text, view.notice) == ("本文", None)


async def test_other_words_are_taken_out_and_put_back(log: Logbook, lgwan: Place) -> None:
    await log.release_on_record(said(1), event(2, ReactionSet(POST, "👍", on=True)))
    await log.show()
    (record,) = await log.release(event(3, ReactionSet(POST, "👍", on=False)))
    assert await reactions(lgwan) == {}
    await overdue(lgwan)
    assert await reactions(lgwan) == {"👍": [BOTH]}
    log.add(record)
    await log.show()
    assert await reactions(lgwan) == {}


async def test_a_deletion_stays_done_and_is_alarmed(log: Logbook, lgwan: Place) -> None:
    await log.release_on_record(said(1))
    await log.show()
    await log.release(event(2, MessageWithdraw(POST, "")))
    await log.show()
    await overdue(lgwan)
    assert await text_of(lgwan, 1) is None
    assert await quarantined(lgwan) == [(an_id("ac", 2), "no-record")]


@pytest.mark.parametrize("is_here", [True, False])
async def test_a_file_is_refused_until_its_release_is_on_record(
    log: Logbook, lgwan: Place, *, is_here: bool
) -> None:
    data = picture()
    sha256 = hashlib.sha256(data).hexdigest()
    file = FileRef(an_id("fl", 1), "写真.png", "", 0, None)
    await log.release_on_record(replace(said(1), files=[file]))
    ready = FileReady(POST, file.fid, "clean", 1, "写真.png", "image/png", len(data), sha256)
    (record,) = await log.release(event(2, ready))

    async def bring() -> None:
        number = sum(kind is FrameType.ACKNOWLEDGEMENT for kind, _ in log.relay.came)
        await log.relay.send(FrameType.CHUNK, write_chunk(sha256, 0, data))
        await log.relay.got(FrameType.ACKNOWLEDGEMENT, number + 1)

    if is_here:
        await bring()
    await overdue(lgwan)
    if not is_here:
        await bring()
    assert await state_of(lgwan, file.fid) == ("refused", "no-record")
    log.add(record)
    await log.show()
    assert await state_of(lgwan, file.fid) == ("clean", None)


async def state_of(place: Place, fid: str) -> tuple[str, str | None]:
    found = await place.store.read(lambda db: files.find(db, fid))
    assert found is not None
    return found[0].state, found[0].reason
