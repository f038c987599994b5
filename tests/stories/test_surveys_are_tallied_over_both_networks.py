"""Surveys: asked on one network, answered on both, counted, with names or without."""

import time

import pytest

from sekisho_client import Item, Problem, states
from tests.stories.city import INTERNET, LGWAN, City


async def test_the_date_of_the_drill_is_found_together(city: City) -> None:
    desk, field = await city.person("山田 花子"), await city.person("佐藤 健")
    at_desk, in_field = await city.client(desk, LGWAN), await city.client(field, INTERNET)
    room = await city.room("訓練", at_desk, field)
    survey = await in_field.make_item(
        room, "survey", "訓練の日程", choices=["月曜", "火曜", "水曜"], several=True
    )
    await city.until(lambda: at_desk.item(survey))
    await at_desk.answer_item(survey, "vote", choices=[0, 1])
    await in_field.answer_item(survey, "vote", choices=[1])
    for client in (at_desk, in_field):
        await city.until(
            lambda client=client: client.item(survey),  # type: ignore[misc] # bound now
            lambda item: item.state_as(states.SurveyState).counts == [1, 2, 0],
        )
    assert {each.user for each in await at_desk.answers(survey)} == {desk, field}

    await in_field.change_item(survey, closed=True)
    await city.until(
        lambda: at_desk.item(survey), lambda item: item.state_as(states.SurveyState).is_over
    )
    with pytest.raises(Problem) as caught:
        await at_desk.answer_item(survey, "vote", choices=[2])
    assert caught.value.code == "conflict"
    table = (await at_desk.export(survey, "csv", "shift_jis")).decode("cp932").splitlines()
    assert table[0] == "氏名,所属,月曜,火曜,水曜"
    assert table[-1] == "計,,1,2,0"


async def test_a_question_about_the_workplace_shows_no_names_on_either_side(city: City) -> None:
    desk, field = await city.person("山田 花子"), await city.person("佐藤 健")
    at_desk, in_field = await city.client(desk, LGWAN), await city.client(field, INTERNET)
    room = await city.room("職場", at_desk, field)
    survey = await at_desk.make_item(
        room, "survey", "残業は多いですか", choices=["はい", "いいえ"], anonymous=True
    )
    await city.until(lambda: in_field.item(survey))
    await in_field.answer_item(survey, "vote", choices=[0])
    await city.until(lambda: at_desk.item(survey), lambda item: item.answers)
    for client in (at_desk, in_field):
        (given,) = await client.answers(survey)
        assert (given.user, given.at) == (None, 0)
        assert "佐藤" not in (await client.export(survey, "csv")).decode("utf-8-sig")


async def test_both_networks_are_told_when_the_time_is_up(city: City) -> None:
    desk, field = await city.person("山田 花子"), await city.person("佐藤 健")
    at_desk, in_field = await city.client(desk, LGWAN), await city.client(field, INTERNET)
    room = await city.room("出欠", at_desk, field)
    cursors = {client: (await client.snapshot()).cursor for client in (at_desk, in_field)}
    survey = await at_desk.make_item(
        room,
        "survey",
        "懇親会",
        choices=["出席", "欠席"],
        deadline=int(time.time() * 1000) + 1_000,
    )
    for client, cursor in cursors.items():
        await city.until(
            lambda client=client, cursor=cursor: client.poll(cursor, wait=0),  # type: ignore[misc] # bound now
            lambda batch: any(
                event.data_as(Item).id == survey
                and event.data_as(Item).state_as(states.SurveyState).is_over
                for event in batch.items
                if event.type == "item.updated"
            ),
        )
