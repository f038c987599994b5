"""A release without its leaf is taken out of sight, and comes back with it."""

import asyncio
from typing import Any

import pytest
import structlog

from tests.zone.conftest import BOTH, ROOM, STAFF, Place
from tests.zone.events import an_id
from tests.zone.link.logbook import Logbook
from tests.zone.link.test_inbox import text_of
from tests.zone.link.unrecorded_cases import (
    POST,
    event,
    overdue,
    quarantined,
    reactions,
    said,
    standing,
)
from wire.bodies import (
    ReactionSet,
)
from zone.copy.messages import find_message
from zone.copy.unread import unread_in
from zone.link import unrecorded
from zone.search.documents import read_documents


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
