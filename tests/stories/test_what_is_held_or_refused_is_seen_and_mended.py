"""Something is held or refused: its author sees it, also after a restart, and so does the reader.

Then the relay's operator decides, or its author takes it back, or says it again.
"""

from typing import Any

import pytest

from sekisho.chat.orders import Order
from sekisho.chat.verdicts import Verdicts
from sekisho_client import Client, Problem
from sekisho_client.contents import Note
from tests.stories.city import INTERNET, LGWAN, City
from wire.lane import Lane

TRANSFORM = "export-transform"
SECRET = "機密性3"  # the policy of the export lane has somebody look at it first


async def two(city: City) -> tuple[Client, Client, str]:
    """Return somebody at the desk, somebody at home, and a room with both in it."""
    chief, home = await city.person("課長", LGWAN), await city.person("在宅")
    desk, outside = await city.client(chief, LGWAN), await city.client(home, INTERNET)
    await city.until(lambda: desk.user(home))
    return desk, outside, await city.room("防災", desk, home)


async def held(city: City, client: Client, act: str) -> Any:
    return await city.until(lambda: client.act(act), lambda found: found.delivery == "held")


async def test_a_held_note_is_a_place_on_the_other_side_that_says_who_decides(city: City) -> None:
    desk, outside, room = await two(city)
    note = await desk.make_item(room, "note", f"{SECRET}の一覧")
    act = await held(city, desk, note)
    assert act.hold is not None
    assert (act.hold.rule, act.hold.desk) == ("words-classification", "operator")
    assert "中継の運用担当" in act.hold.ja

    place = await city.until(lambda: outside.item(note))
    assert (place.type, place.content) == ("note", None)
    assert place.notice is not None
    assert (place.notice.until, place.notice.ja) == (act.hold.until, act.hold.ja)
    assert [item.id for item in await outside.items(room)] == [note]
    assert SECRET not in str(place)

    await city.decide(Lane.EXPORT, note, "release")
    there = await city.until(lambda: outside.item(note), lambda found: found.content is not None)
    assert there.content_as(Note).title == f"{SECRET}の一覧"
    assert there.notice is None
    await city.until(lambda: desk.act(note), lambda found: found.delivery == "delivered")


async def test_a_denied_change_is_seen_after_a_restart_and_taken_back(city: City) -> None:
    desk, outside, room = await two(city)
    note = await desk.make_item(room, "note", "連絡先", text="内線 1")
    await city.until(lambda: outside.item(note))
    changed = await desk.change_item(note, text=f"{SECRET}の番号")
    assert changed.change is not None
    act = changed.change.act
    await held(city, desk, act)
    assert [each.id for each in await desk.acts("held")] == [act]

    await city.decide(Lane.EXPORT, act, "deny")
    await city.until(lambda: desk.act(act), lambda found: found.delivery == "refused")
    city.installation.stop("lgwan")
    city.installation.start("lgwan")
    await city.installation.ready("lgwan")
    view = await city.until(lambda: desk.item(note))
    assert (view.delivery, view.reason) == ("refused", "denied")
    assert view.content_as(Note).text == f"{SECRET}の番号"
    assert (await outside.item(note)).content_as(Note).text == "内線 1"

    terminal = Verdicts(desk)  # of `sekisho chat`
    (line,) = await terminal.do(Order("verdicts", (), ""))
    assert line.startswith("1  ノート・タスクなど  ✗ 拒否: 通過が認められませんでした")
    assert await terminal.do(Order("takeback", ("1",), "")) == ["取り下げました"]
    assert (await desk.act(act)).outcome == "withdrawn"
    assert (await desk.item(note)).content_as(Note).text == "内線 1"
    assert await desk.acts() == []


async def test_a_denied_message_is_corrected_and_said_again(city: City) -> None:
    desk, outside, room = await two(city)
    posted = await desk.post(room, f"{SECRET}です")
    await held(city, desk, posted.id)
    await city.decide(Lane.EXPORT, posted.id, "deny")
    await city.until(lambda: desk.act(posted.id), lambda found: found.delivery == "refused")
    again = await desk.resend_act(posted.id, text="会議の件です")
    there = await city.until(lambda: outside.message(again.id))
    assert there.text == "会議の件です"
    old = await desk.message(posted.id)
    assert old.withdrawn is not None
    place = await outside.message(posted.id)
    assert place.notice is not None
    assert (place.text, place.notice.state) == (None, "denied")


async def test_what_the_other_zone_refuses_is_seen_under_its_act_and_taken_back(
    city: City,
) -> None:
    """A guest who was let go meanwhile has reacted: LGWAN does not apply it."""
    desk, _, _ = await two(city)
    guest = await city.person("業者", INTERNET, kind="guest")
    outside = await city.client(guest, INTERNET)
    await city.until(lambda: desk.user(guest))
    room = await desk.create_room("工事", members=[(guest, "guest")])
    said = await desk.post(room, "どうぞ")
    await city.until(lambda: outside.message(said.id))
    city.installation.stop(TRANSFORM)  # what LGWAN decides is not heard yet
    try:
        await desk.remove_member(room, guest)
        reacted = await outside.react(said.id, "了解")
        assert reacted.change is not None
        act = reacted.change.act
        await city.until(
            lambda: city.operate(LGWAN, "GET", "/v1/quarantine"), lambda found: act in str(found)
        )
        assert (await desk.message(said.id)).reactions == {}
    finally:
        city.installation.start(TRANSFORM)
    found = await city.until(lambda: outside.act(act), lambda one: one.delivery == "refused")
    assert (found.kind, found.reason) == ("reaction.set", "no-authority")
    assert (await outside.withdraw_act(act)).outcome == "withdrawn"


async def test_nobody_takes_back_for_somebody_else(city: City) -> None:
    desk, outside, room = await two(city)
    posted = await desk.post(room, "了解です")
    for ask in (outside.act, outside.withdraw_act, outside.resend_act):
        with pytest.raises(Problem, match="not-found"):
            await ask(posted.id)
