"""Bulletin board: posts by category, and for those that everybody must read, who has not."""

import time

from sekisho_client import contents
from tests.stories.city import INTERNET, LGWAN, City

HOUR = 3_600_000


async def test_the_notice_is_read_on_both_networks_and_the_rest_is_reminded(city: City) -> None:
    writer, desk, home = [await city.person(name) for name in ("山田 花子", "佐藤 健", "鈴木 一郎")]
    at_board, at_desk = await city.client(writer, LGWAN), await city.client(desk, LGWAN)
    at_home = await city.client(home, INTERNET)
    board = await city.room("庁内掲示板", at_board, desk, home, room_kind="board")
    until = int(time.time() * 1000) + HOUR
    post = await at_board.make_item(
        board,
        "post",
        "年末調整の書類",
        text="12月5日までに提出してください。",
        category="人事",
        must_read=True,
        until=until,
    )
    await at_board.make_item(board, "post", "食堂の休業", text="月曜は休みます。", category="福利")
    assert await at_board.item_readers(post, "unread") == [desk, home]

    found = await city.until(lambda: at_home.items(board, "post", category="人事"), lambda p: p)
    assert [each.content_as(contents.Post).title for each in found] == ["年末調整の書類"]
    await city.until(
        lambda: at_home.shelves(board, "categories"), lambda shelves: len(shelves) == 2
    )
    await at_home.answer_item(post, "seen")
    unread = await city.until(
        lambda: at_board.item_readers(post, "unread"), lambda users: len(users) == 1
    )
    assert unread == [desk]
    await at_desk.answer_item(post, "seen")
    assert await at_board.item_readers(post, "unread") == []
    assert await at_board.item_readers(post, "read") == [desk, home]
