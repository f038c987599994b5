"""Forms anyone can build: answered on both networks, tallied, and passed on to a neighbour."""

import json
from typing import Any

import pytest

from sekisho_client import Problem, contents, states
from tests.stories.city import INTERNET, LGWAN, City

FIELDS: list[dict[str, Any]] = [
    {
        "key": "people",
        "label": "参加人数",
        "kind": "number",
        "required": True,
        "least": 1,
        "most": 10,
    },
    {"key": "day", "label": "希望日", "kind": "date"},
    {"key": "lunch", "label": "弁当", "kind": "yes-no", "required": True},
    {
        "key": "allergy",
        "label": "アレルギー",
        "kind": "choices",
        "choices": ["卵", "乳", "そば"],
        "shown_if": {"field": "lunch", "equals": "yes"},
    },
]


async def test_a_form_is_filled_in_on_both_networks_and_its_answers_are_tallied(city: City) -> None:
    desk, field = await city.person("山田 花子"), await city.person("佐藤 健", INTERNET)
    at_desk, in_field = await city.client(desk, LGWAN), await city.client(field, INTERNET)
    room = await city.room("防災教室", at_desk, field)
    form = await at_desk.make_item(room, "form", "防災教室の申込", fields=FIELDS)
    await city.until(lambda: in_field.item(form))
    with pytest.raises(Problem) as caught:
        await in_field.fill_in(form, people="11", day="2026-11-31")
    assert [(fault.pointer, fault.code) for fault in caught.value.errors] == [
        ("/answer/values/0/text", "above-most"),
        ("/answer/values/1/text", "not-a-date"),
        ("/answer/values/-/lunch", "required"),
    ]
    await in_field.fill_in(form, people="3", day="2026-12-06", lunch="yes", allergy=["卵", "そば"])
    await at_desk.fill_in(form, people="1", lunch="no")
    await city.until(
        lambda: at_desk.item(form), lambda item: item.state_as(states.FormState).answered == 2
    )
    tally = await at_desk.tally(form)
    counts = {
        question.key: [each.count for each in question.choices] for question in tally.questions
    }
    assert counts == {"lunch": [1, 1], "allergy": [1, 0, 1]}
    table = (await at_desk.export(form, "csv", "shift_jis")).decode("cp932")
    assert "佐藤 健,,3,2026-12-06,yes,卵、そば" in table
    with pytest.raises(Problem) as caught:
        await in_field.answers(form)
    assert caught.value.code == "forbidden", "what others answered is not the guest's business"


async def test_the_neighbours_take_the_form_over_as_a_file(city: City) -> None:
    here, there = await city.person("山田 花子"), await city.person("髙橋 望", LGWAN)
    our_desk, their_desk = await city.client(here, INTERNET), await city.client(there, LGWAN)
    room = await city.room("様式", our_desk)
    form = await our_desk.make_item(room, "form", "罹災証明の申請", fields=FIELDS, anonymous=True)
    await our_desk.fill_in(form, people="2", lunch="no")
    template = json.loads(await our_desk.export(form, "json"))
    assert template["title"] == "罹災証明の申請"
    assert form not in json.dumps(template)

    neighbours = await city.room("となりの市", their_desk)
    copied = await their_desk.make_form(neighbours, template)
    view = await their_desk.item(copied)
    original = await our_desk.item(form)
    assert view.content_as(contents.Form).fields == original.content_as(contents.Form).fields
    assert (view.content_as(contents.Form).anonymous, view.state_as(states.FormState).answered) == (
        True,
        0,
    )
    again = json.loads(await their_desk.export(copied, "json"))
    assert again == template, "and it can be passed on once more"
