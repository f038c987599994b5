"""Forms anyone can build, over real sockets."""

import json
from typing import Any

import pytest

from sekisho_client import Problem, contents, states
from sekisho_client.errors import Fault
from tests.zone.api.conftest import People
from tests.zone.api.test_items import cursor, events_of
from tests.zone.api.test_messages import code_of
from wire.ids import mint_id

FIELDS: list[dict[str, Any]] = [
    {"key": "name", "label": "氏名", "kind": "line", "required": True},
    {"key": "meal", "label": "昼食", "kind": "choice", "choices": ["要", "不要"]},
    {
        "key": "allergy",
        "label": "アレルギー",
        "kind": "text",
        "required": True,
        "shown_if": {"field": "meal", "equals": "要"},
    },
]


async def made(people: People, **more: Any) -> str:
    return await people.hana.make_item(people.room, "form", "参加申込", fields=FIELDS, **more)


async def test_a_form_says_exactly_what_does_not_fit(people: People) -> None:
    form = await made(people)
    with pytest.raises(Problem) as caught:
        await people.taro.fill_in(form, meal="半分")
    assert caught.value.status == 422
    assert caught.value.errors == [
        Fault("/answer/values/0/text", "not-a-choice"),
        Fault("/answer/values/-/name", "required"),
    ]
    with pytest.raises(Problem) as caught:
        await people.hana.make_item(people.room, "form", "x", fields=[FIELDS[2]])
    assert caught.value.errors == [Fault("/content/fields/0/shown_if/field", "not-before")]


async def test_what_was_answered_is_for_who_made_the_form(people: People) -> None:
    form = await people.taro.make_item(people.room, "form", "参加申込", fields=FIELDS)
    await people.hana.set_member(people.room, people.town.ids["jiro"])
    at_jiro, at_taro = await cursor(people.jiro), await cursor(people.taro)
    view = await people.hana.fill_in(form, name="花子", meal="要", allergy="そば")
    assert view.state_as(states.FormState).answered == 1
    assert [a.user for a in await people.taro.answers(form)] == [people.town.ids["hana"]]
    assert len(await people.hana.answers(form)) == 1, "the asker moderates"
    assert await code_of(people.jiro.answers(form)) == "forbidden"
    assert await code_of(people.jiro.tally(form)) == "forbidden"
    assert await code_of(people.jiro.export(form, "csv")) == "forbidden"
    assert [e.type for e in await events_of(people.jiro, at_jiro)] == ["item.updated"]
    told = [e.type for e in await events_of(people.taro, at_taro)]
    assert told == ["answer.set", "item.updated"]


async def test_a_form_is_tallied_and_taken_on_in_a_spreadsheet(people: People) -> None:
    form = await made(people)
    await people.hana.fill_in(form, name="=花子", meal="要", allergy="そば、卵")
    await people.taro.fill_in(form, name="太郎", meal="不要")
    (question,) = (await people.hana.tally(form)).questions
    assert (question.key, question.answered) == ("meal", 2)
    assert [c.count for c in question.choices] == [1, 1]
    rows = (await people.hana.export(form, "csv")).decode("utf-8-sig").splitlines()
    assert rows[0] == "日時（日本時間）,氏名,所属,氏名,昼食,アレルギー"
    assert [row.partition(",")[2] for row in rows[1:]] == [
        "hana,,'=花子,要,そば、卵",
        "taro,,太郎,不要,",
    ]


async def test_an_answered_form_asks_what_it_asked(people: People) -> None:
    form = await made(people)
    await people.hana.change_item(form, fields=FIELDS[:2])
    await people.taro.fill_in(form, name="太郎")
    assert await code_of(people.hana.change_item(form, fields=FIELDS)) == "conflict"
    await people.hana.change_item(form, closed=True)
    assert await code_of(people.taro.fill_in(form, name="次郎")) == "conflict"


async def test_what_was_answered_too_late_is_not_counted(people: People) -> None:
    form = await made(people)
    await people.taro.fill_in(form, name="太郎")
    view = await people.hana.change_item(form, deadline=1)
    assert view.state == states.FormState(is_over=True, answered=0)
    assert (await people.hana.tally(form)).answered == 0


async def test_an_anonymous_form_says_nothing_of_who(people: People) -> None:
    form = await made(people, anonymous=True)
    await people.taro.fill_in(form, name="匿名")
    (given,) = await people.hana.answers(form)
    assert given.user is None
    rows = (await people.hana.export(form, "csv")).decode("utf-8-sig").splitlines()
    assert rows == ["氏名,昼食,アレルギー", "匿名,,"]


async def test_a_template_has_the_questions_and_nothing_of_this_place(people: People) -> None:
    webhook = mint_id("wh", now=1, entropy=bytes(10))
    form = await made(people, text="申込書", payment={"amount": 500, "webhook": webhook})
    await people.taro.fill_in(form, name="太郎")
    raw = await people.taro.export(form, "json")
    template = json.loads(raw)
    assert template["format"] == "sekisho-form/1"
    assert template["fields"][1]["choices"] == ["要", "不要"]
    for secret in (form, people.room, webhook, *people.town.ids.values(), "太郎"):
        assert secret.encode() not in raw
    other = await people.jiro.create_room("となりの市")
    copied = await people.jiro.make_form(other, template)
    content = (await people.jiro.item(copied)).content_as(contents.Form)
    original = (await people.hana.item(form)).content_as(contents.Form)
    assert content.fields == original.fields
    assert content.payment is None
    template["fields"][0]["kind"] = "photo"
    assert await code_of(people.jiro.make_form(other, template)) == "invalid"
