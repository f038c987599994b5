"""A release without its leaf is taken out of sight, and comes back with it."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import structlog
from msgspec.structs import replace

from tests.zone.conftest import BOTH, ROOM, STAFF, Place, author
from tests.zone.events import NOW, an_id
from tests.zone.link import test_inbox
from tests.zone.link.logbook import Logbook
from tests.zone.link.test_inbox import Door, text_of
from tests.zone.link.test_inbox_files import picture
from wire.audit.leaves import Leaf
from wire.audit.tlog import TreeHead, leaf_hash
from wire.bodies import (
    Body,
    FileReady,
    ItemPut,
    MessageEdit,
    MessageWithdraw,
    ReactionSet,
)
from wire.events import Event, FileRef
from wire.frames import FrameType, write_chunk
from wire.items import Note
from wire.reasons import Reason, Refused
from zone.copy import files
from zone.copy.messages import find_message
from zone.copy.unread import unread_in
from zone.items.items import find_item
from zone.link import unrecorded
from zone.search.documents import read_documents

POST = an_id("ms", 1)


@pytest.fixture
def door(lgwan: Place, tmp_path: Path) -> Door:
    return Door(lgwan, tmp_path)


@pytest.fixture
async def log(door: Door) -> AsyncIterator[Logbook]:
    """An open link to a relay that keeps a log."""
    async with door.open():
        yield Logbook(door.relay)


def said(number: int, text: str = "到着しました", uid: str = BOTH) -> Event:
    return test_inbox.said(number, text, uid)


def event(number: int, body: Body) -> Event:
    return Event(an_id("ac", number), number, NOW, ROOM, author(BOTH), body, [])


async def overdue(place: Place) -> None:
    """Let the set time be over for all that awaits its leaf."""
    while await place.store.write(lambda w: unrecorded.take_back_overdue(w, w.now + 1)):
        pass


async def standing(place: Place) -> tuple[int, int]:
    found = await place.store.read(unrecorded.standing)
    assert (found.since is None) is (found.waiting == 0)
    return found.waiting, found.taken_back


async def quarantined(place: Place) -> list[tuple[str, str]]:
    return await place.store.read(
        lambda db: db.execute("SELECT id, reason FROM quarantine ORDER BY id").fetchall()
    )


async def test_what_is_on_record_awaits_nothing(log: Logbook, lgwan: Place) -> None:
    await log.release_on_record(said(1), said(2))
    log.add(None)  # of something else, which is nobody's business here
    await log.release_on_record(said(3))
    assert await standing(lgwan) == (3, 0)
    await log.show()
    assert await standing(lgwan) == (0, 0)
    await overdue(lgwan)
    assert await text_of(lgwan, 1) == "到着しました"
    assert await quarantined(lgwan) == []


async def test_a_release_without_a_leaf_is_taken_out_of_sight(log: Logbook, lgwan: Place) -> None:
    """R1: LGWAN showed a text that cites leaf 1,000,000 of a log of 2,325."""
    await log.release_on_record(said(1))
    await log.release(said(2, "市長の承認済み"), leaf=1_000_000)
    await log.show()
    with structlog.testing.capture_logs() as logs:
        await overdue(lgwan)
    (alarm,) = [each for each in logs if each["event"] == "release.unrecorded"]
    assert (alarm["log_level"], alarm["id"], alarm["leaf"]) == (
        "critical",
        an_id("ms", 2),
        1_000_000,
    )
    assert await standing(lgwan) == (0, 1)
    assert await quarantined(lgwan) == [(an_id("ms", 2), "no-record")]
    assert await text_of(lgwan, 1) == "到着しました"
    view = await lgwan.store.read(lambda db: find_message(db, lgwan.side, an_id("ms", 2)))
    assert view is not None
    assert view.text is None
    assert view.notice is not None
    assert (view.notice.state, view.notice.rule) == ("unrecorded", "no-record")
    assert "記録" in view.notice.ja
    assert await told(lgwan, an_id("ms", 2)) == ["message.created", "message.updated"]


async def told(place: Place, name: str) -> list[str]:
    rows = await place.store.read(
        lambda db: db.execute(
            "SELECT type FROM log WHERE type LIKE 'message.%' AND instr(body, ?) ORDER BY n",
            (name.encode(),),
        ).fetchall()
    )
    return [kind for (kind,) in rows]


async def test_what_is_out_of_sight_is_neither_found_nor_unread(log: Logbook, lgwan: Place) -> None:
    records = await log.release(said(1, "災害"))
    assert (await seen(lgwan)) == (["災害"], 1)
    await overdue(lgwan)
    assert (await seen(lgwan)) == ([], 0)
    log.add(records[0])
    await log.show()
    assert (await seen(lgwan)) == (["災害"], 1)


async def seen(place: Place) -> tuple[list[str], int]:
    """Return the texts that search finds, and how much is unread."""
    found = await place.store.read(lambda db: read_documents(db, [POST]))
    unread = await place.store.read(lambda db: unread_in(db, place.side, ROOM, STAFF, 0))
    return [each.text for each in found], unread.count


async def test_what_was_taken_out_of_sight_comes_back_with_its_leaf(
    log: Logbook, lgwan: Place
) -> None:
    records = await log.release(said(1), said(2))
    await overdue(lgwan)
    assert await text_of(lgwan, 2) is None
    log.add(records[0])
    await log.show()
    assert await text_of(lgwan, 1) == "到着しました"
    assert await text_of(lgwan, 2) is None
    assert await standing(lgwan) == (0, 1)
    log.add(records[1])
    await log.show()
    assert await text_of(lgwan, 2) == "到着しました"
    assert await standing(lgwan) == (0, 0)
    assert await quarantined(lgwan) == []


@pytest.mark.parametrize(
    "change",
    [
        {"id": an_id("ms", 9)},
        {"id": None},
        {"notice": an_id("ac", 9)},
        {"out_seq": 2},
        {"out_sha256": "ef" * 32},
        {"decision": "altered"},
        {"in_sha256": "ef" * 32},
        {"policy_sha256": "ef" * 32},
        {"ev": "event.barred"},
        {"lane": "export"},
        {"idx": 7},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_a_leaf_of_something_else_is_not_its_leaf(
    log: Logbook, lgwan: Place, change: dict[str, Any]
) -> None:
    (record,) = await log.release(said(1))
    log.add(record | change)
    await log.show()
    assert await standing(lgwan) == (1, 0)
    await overdue(lgwan)
    assert await text_of(lgwan, 1) is None


async def test_a_leaf_of_which_only_the_hash_is_told_is_of_nothing(
    log: Logbook, lgwan: Place
) -> None:
    await log.release(said(1))
    log.add(None)
    await log.show()
    assert await standing(lgwan) == (1, 0)


async def test_a_leaf_at_another_place_is_not_the_one_that_is_cited(
    log: Logbook, lgwan: Place
) -> None:
    (record,) = await log.release(said(1), leaf=0)
    log.add(None)
    log.add(record)
    await log.show()
    assert await standing(lgwan) == (1, 0)


async def test_two_releases_do_not_share_a_leaf(log: Logbook, lgwan: Place) -> None:
    await log.release_on_record(said(1))
    await log.release(said(2), leaf=0)
    await log.show()
    assert await standing(lgwan) == (1, 0)
    await overdue(lgwan)
    assert await text_of(lgwan, 1) == "到着しました"
    assert await text_of(lgwan, 2) is None


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


async def reactions(place: Place) -> dict[str, list[str]]:
    view = await place.store.read(lambda db: find_message(db, place.side, POST))
    assert view is not None
    return view.reactions


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


async def test_what_is_on_record_is_not_hidden_by_a_second_release(
    log: Logbook, lgwan: Place
) -> None:
    """Else whoever has the release key could have anything vanish."""
    like = event(2, ReactionSet(POST, "👍", on=True))
    await log.release_on_record(said(1), like)
    await log.show()
    await log.release(said(1), like)
    await log.show()
    await overdue(lgwan)
    assert await text_of(lgwan, 1) == "到着しました"
    assert await reactions(lgwan) == {"👍": [BOTH]}
    assert len(await quarantined(lgwan)) == 2


async def test_what_was_not_believed_is_not_brought_in_by_its_leaf(
    log: Logbook, lgwan: Place
) -> None:
    (record,) = await log.release(said(1, uid=STAFF))
    await overdue(lgwan)
    log.add(record)
    await log.show()
    assert await text_of(lgwan, 1) is None


async def test_a_zone_goes_on_following_where_it_was(lgwan: Place, tmp_path: Path) -> None:
    door = Door(lgwan, tmp_path)
    async with door.open():
        log = Logbook(door.relay)
        await log.release_on_record(said(1))
        await log.show()
        (record,) = await log.release(said(2))
    door.relay.came.clear()
    async with door.open():
        log.add(record)
        await log.show()
    assert await standing(lgwan) == (0, 0)


async def refused(door: Door, *steps: Any) -> Reason:
    """Return why the zone ends the session in which a relay does these things."""
    async with door.open() as session:
        log = Logbook(door.relay)
        await log.release_on_record(said(1))
        for step in steps:
            await step(log)
        trouble = await asyncio.wait_for(session, 20)
    assert isinstance(trouble, Refused)
    assert not any(kind is FrameType.COSIGNATURE for kind, _ in door.relay.came)
    assert await standing(door.place) == (1, 0)
    return trouble.reason


async def test_leaves_that_make_another_tree_than_the_signed_one_confirm_nothing(
    door: Door,
) -> None:
    other = Leaf(leaf_hash(b"another"), None)
    reason = await refused(
        door, lambda log: log.send_leaves([other]), lambda log: log.send_checkpoint(log.head)
    )
    assert reason is Reason.AUDIT_INCONSISTENT
    assert await door.halted() is None  # it was no word of the log's


async def test_a_tree_of_which_no_leaves_came_is_not_vouched_for(door: Door) -> None:
    reason = await refused(door, lambda log: log.send_checkpoint(log.head))
    assert reason is Reason.AUDIT_INCONSISTENT


async def test_leaves_follow_each_other(door: Door) -> None:
    async def skip(log: Logbook) -> None:
        log.shown = 1
        await log.send_leaves(log.leaves)

    assert await refused(door, skip) is Reason.GAP


async def test_so_many_leaves_come_before_a_checkpoint_and_no_more(door: Door) -> None:
    flood = [Leaf(leaf_hash(b"x"), None)] * 2_049
    assert await refused(door, lambda log: log.send_leaves(flood)) is Reason.BAD_SIZE


async def test_a_forked_tree_halts_the_lane(door: Door) -> None:
    async with door.open() as session:
        log = Logbook(door.relay)
        await log.release_on_record(said(1))
        await log.show()
        fork = Logbook(door.relay)
        fork.add({"ev": "event.released"})
        fork.shown = 1
        with suppress(IndexError):
            await fork.send_checkpoint(TreeHead(1, fork.head.root))
        trouble = await asyncio.wait_for(session, 20)
    assert isinstance(trouble, Refused)
    assert await door.halted() == "audit-inconsistent"


async def test_the_time_runs_by_itself_and_first_of_all_from_the_start(
    log: Logbook, lgwan: Place
) -> None:
    await log.release(said(1))
    watching = asyncio.create_task(unrecorded.watch(lgwan.store, 1))
    try:
        async with asyncio.timeout(30):
            while await text_of(lgwan, 1) is not None:  # noqa: ASYNC110 - a row in a store
                await asyncio.sleep(0.05)
    finally:
        watching.cancel()
    assert await standing(lgwan) == (0, 1)
