"""All-staff calls: who is called, who answers, who is told again, and who is to be phoned."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sekisho_client import Event, Problem
from sekisho_client.events import Escalation
from tests.zone.api.asking import Answer, ask, signed_in
from tests.zone.api.conftest import Town, town
from tests.zone.api.hall import HALL, ROADS, Hall, found
from wire.bodies import ProfileSet
from zone.reminders.escalation import escalate_due


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    async with town(tmp_path / "n") as here:
        yield await found(here)


async def test_calling_is_a_duty(hall: Hall) -> None:
    form = {"title": "x", "audience": {}, "require": "read"}
    for who in ("roku", "loner"):
        assert (await hall.ask(who, "POST", "/v1/broadcasts", form))[0] == 403
    call = await hall.call()
    assert (
        await hall.ask(
            "roku", "PATCH", f"/v1/items/{call}", {"content": {"type": "broadcast", "closed": True}}
        )
    )[0] == 403


async def test_an_audience_is_a_question_to_the_tree(hall: Hall) -> None:
    whole, roads = [await hall.call(audience={"orgs": [org]}) for org in (HALL, ROADS)]
    titled = await hall.call(audience={"titles": ["長"]})
    for who, reached in (("roku", {whole, roads}), ("bo", {whole}), ("loner", set())):
        status, listed = await hall.ask(who, "GET", "/v1/broadcasts")
        assert (status, {item["id"] for item in listed["items"]}) == (200, reached)
    assert (await hall.ask("bo", "GET", f"/v1/items/{roads}"))[0] == 404
    assert (await hall.ask("bo", "GET", f"/v1/broadcasts/{roads}/status"))[0] == 404
    assert (await hall.ask("bo", "GET", f"/v1/broadcasts/{whole}/status"))[0] == 403
    _, mine = await hall.ask("chief", "GET", "/v1/broadcasts")
    assert [item["id"] for item in mine["items"]] == [titled, roads, whole]
    nobody = {"title": "x", "audience": {"titles": ["王"]}, "require": "read"}
    assert (await hall.ask("chief", "POST", "/v1/broadcasts", nobody))[0] == 422


async def test_the_list_of_calls_goes_on(hall: Hall) -> None:
    made = [await hall.call() for _ in range(3)]
    _, first = await hall.ask("rin", "GET", "/v1/broadcasts?limit=2")
    _, rest = await hall.ask("rin", "GET", f"/v1/broadcasts?limit=2&next={first['next']}")
    assert [item["id"] for item in first["items"] + rest["items"]] == made[::-1]


async def test_answers_are_counted_and_the_rest_is_to_be_phoned_in_order(hall: Hall) -> None:
    call = await hall.call()
    assert [(one["name"], one["section"]) for one in await hall.unread(call)] == [
        ("bo", "防災課"),  # and not the chief, who calls
        ("roku", "道路課"),
        ("rin", "道路課"),
        ("loner", ""),
    ]
    assert await hall.reply("roku", call, {"type": "reply", "choice": 0}) == 200
    assert await hall.reply("rin", call, {"type": "seen"}) == 200
    assert await hall.reply("bo", call, {"type": "reply", "choice": 1, "text": "足"}) == 200
    assert await hall.reply("bo", call, {"type": "reply", "text": "病院です"}) == 200
    _, status = await hall.ask("chief", "GET", f"/v1/broadcasts/{call}/status")
    assert {k: status[k] for k in ("addressees", "seen", "answered", "missing", "unchosen")} == {
        "addressees": 4,
        "seen": 3,
        "answered": 2,
        "missing": 2,
        "unchosen": 1,
    }
    assert status["choices"] == [{"choice": "無事", "count": 1}, {"choice": "負傷", "count": 0}]
    assert [(one["name"], one["seen"]) for one in await hall.unread(call)] == [
        ("rin", True),
        ("loner", False),
    ]


async def test_who_has_read_a_call_that_asks_for_no_more_is_not_phoned(hall: Hall) -> None:
    call = await hall.call(require="read", choices=[])
    for _ in range(2):
        assert await hall.reply("rin", call, {"type": "seen"}) == 200
    assert "rin" not in [one["name"] for one in await hall.unread(call)]
    events = await hall.town.store.read(
        lambda db: db.execute("SELECT count(*) FROM log WHERE type = 'answer.set'").fetchone()
    )
    assert events == (2,)  # to the called and to the duty; reading it again is no news


async def test_only_who_may_phone_sees_numbers(hall: Hall) -> None:
    call = await hall.call("chief")
    numbers = {one["name"]: one["telephone"] for one in await hall.unread(call, "loner")}
    assert numbers["roku"] == "090-1234-5678"
    await hall.put(ProfileSet(hall.town.ids["chief"], duties=[]))
    assert {one["telephone"] for one in await hall.unread(call)} == {None}
    assert (await hall.ask("roku", "GET", f"/v1/broadcasts/{call}/unread"))[0] == 403


@pytest.mark.parametrize(("charset", "codec"), [("utf-8", "utf-8-sig"), ("shift_jis", "cp932")])
async def test_the_list_is_a_table_that_excel_opens(hall: Hall, charset: str, codec: str) -> None:
    call = await hall.call()
    answer = await table(hall, call, charset)
    assert "attachment" in answer.headers["Content-Disposition"]
    heading, *rows = csv.reader(io.StringIO(answer.body.decode(codec)))
    assert heading == ["所属", "氏名", "かな", "役職", "電話番号", "既読"]
    assert rows[0][:3] + rows[0][4:] == ["防災課", "bo", "う", "'=cmd|' /C calc'!A0", "未読"]
    assert rows[1][4] == "090-1234-5678"


async def table(hall: Hall, call: str, charset: str) -> Answer:
    path = f"/v1/broadcasts/{call}/unread?format=csv&charset={charset}"
    headers = signed_in(hall.town.token, hall.town.ids["chief"], **{"Accept-Language": "ja"})
    return await ask(hall.town.api, "GET", path, headers)


async def test_nobody_answers_who_is_not_called_and_nothing_that_was_not_asked(hall: Hall) -> None:
    call = await hall.call(audience={"orgs": [ROADS]})
    assert await hall.reply("bo", call, {"type": "reply", "choice": 0}) == 404
    assert await hall.reply("chief", call, {"type": "reply", "choice": 0}) == 403
    assert await hall.reply("rin", call, {"type": "reply", "choice": 2}) == 422
    assert await hall.reply("rin", call, {"type": "reply"}) == 422
    assert await hall.reply("rin", call, {"type": "done"}) == 422


async def test_an_answer_is_told_to_its_author_and_to_who_calls(hall: Hall) -> None:
    call = await hall.call()
    cursors = {who: (await hall.clients[who].snapshot()).cursor for who in hall.clients}
    await hall.reply("rin", call, {"type": "reply", "choice": 0})
    told = {who: await hall.told(who, cursor) for who, cursor in cursors.items()}
    heard = {who for who, events in told.items() if any(e.type == "answer.set" for e in events)}
    assert heard == {"rin", "chief"}


async def test_whoever_is_silent_is_told_once_more_and_so_are_those_who_phone(
    tmp_path: Path,
) -> None:
    async with town(tmp_path / "n") as here:
        hall = await found(here)
        call = await hall.call(escalate_after_s=60, training=True)
        cursor = (await hall.clients["rin"].snapshot()).cursor
        await hall.reply("roku", call, {"type": "reply", "choice": 0})
        await pass_by(here, 59)
        assert not escalated(await hall.told("rin", cursor))
    async with town(tmp_path / "n", fresh=False) as again:
        again.token, again.ids, again.clock.now = here.token, here.ids, here.clock.now
        hall.town, hall.clients = again, {w: await again.client(again.ids[w]) for w in hall.clients}
        for _ in range(2):
            await pass_by(again, 2)
        (event,) = escalated(await hall.told("rin", cursor))
        assert (event.broadcast, event.missing, event.training) == (call, 3, True)
        assert event.text.startswith("【訓練】安否確認")
        assert escalated(await hall.told("roku", cursor)) == []
        assert len(escalated(await hall.told("chief", cursor))) == 1  # who calls, and phones


async def pass_by(here: Town, seconds: int) -> None:
    here.clock.now += 1000 * seconds
    await here.store.write(lambda w: escalate_due(w, here.store.directory))


def escalated(events: list[Event]) -> list[Escalation]:
    return [event.data for event in events if isinstance(event.data, Escalation)]


async def test_a_call_that_is_over_is_not_told_again(hall: Hall) -> None:
    closed, removed = [await hall.call(escalate_after_s=60) for _ in range(2)]
    later = await hall.call(escalate_after_s=60)
    cursor = (await hall.clients["rin"].snapshot()).cursor
    close = {"content": {"type": "broadcast", "closed": True}}
    assert (await hall.ask("chief", "PATCH", f"/v1/items/{closed}", close))[0] == 200
    assert (await hall.ask("chief", "POST", f"/v1/items/{removed}/remove", {}))[0] == 200
    never = {"content": {"type": "broadcast", "escalate_after_s": 0}}
    assert (await hall.ask("chief", "PATCH", f"/v1/items/{later}", never))[0] == 200
    await pass_by(hall.town, 100)
    assert escalated(await hall.told("rin", cursor)) == []
    assert await hall.reply("rin", closed, {"type": "reply", "choice": 0}) == 200  # late, but heard
    _, listed = await hall.ask("rin", "GET", "/v1/broadcasts")
    assert [item["id"] for item in listed["items"]] == [later, closed]


async def test_what_was_answered_is_not_turned_into_something_else(hall: Hall) -> None:
    call = await hall.call(training=True)
    _, view = await hall.ask("rin", "GET", f"/v1/items/{call}")
    assert (view["content"]["title"], view["content"]["training"]) == ("【訓練】安否確認", True)
    for change in (
        {"choices": ["負傷", "無事"]},
        {"training": False},
        {"require": "read"},
        {"title": "本番"},
        {"deadline": 1},
        {"choices": ["無事", "負傷", "負傷"]},
    ):
        form = {"content": {"type": "broadcast", **change}}
        assert (await hall.ask("chief", "PATCH", f"/v1/items/{call}", form))[0] == 422, change
    long = {"title": "長" * 97, "audience": {}, "require": "read", "training": True}
    assert (await hall.ask("chief", "POST", "/v1/broadcasts", long))[0] == 422
    more = {"content": {"type": "broadcast", "choices": ["無事", "負傷", "その他"]}}
    assert (await hall.ask("chief", "PATCH", f"/v1/items/{call}", more))[0] == 200


async def test_a_call_that_was_removed_has_no_status_and_says_why(hall: Hall) -> None:
    call = await hall.call()
    assert (await hall.ask("chief", "POST", f"/v1/items/{call}/remove", {}))[0] == 200
    status, problem = await hall.ask("chief", "GET", f"/v1/broadcasts/{call}/status")
    assert (status, problem["code"], problem["detail"]) == (409, "conflict", "it was removed")


async def test_the_client_calls(hall: Hall) -> None:
    chief, rin = hall.clients["chief"], hall.clients["rin"]
    call = await chief.make_broadcast("参集", {}, require="ack")
    await rin.see_broadcast(call)
    await rin.answer_broadcast(call)
    status = await chief.broadcast_status(call)
    assert (status.seen, status.answered) == (1, 1)
    assert len(await chief.broadcast_missing(call)) == 3
    assert [one.id for one in await hall.clients["bo"].broadcasts()] == [call]
    await chief.close_broadcast(call)
    assert (await chief.broadcast_status(call)).closed
    with pytest.raises(Problem):
        await rin.close_broadcast(call)
