"""Reactions, icons and names are written one way, and counted in units that are said."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.zone.api.asking import ask, signed_in
from tests.zone.api.conftest import People
from wire.bodies import RoomPut
from wire.text import normalise_text
from zone.conversation.names import as_across

FAMILY = "👨\u200d👩\u200d👧"


async def test_a_picture_is_one_reaction_however_it_is_written(people: People) -> None:
    said = await people.hana.post(people.room, "着きました")
    hana, taro = people.town.ids["hana"], people.town.ids["taro"]
    await people.hana.react(said.id, "❤")
    await people.taro.react(said.id, "❤\ufe0f")
    await people.taro.react(said.id, FAMILY)
    found = (await people.hana.message(said.id)).reactions
    assert {mark: set(users) for mark, users in found.items()} == {
        "❤\ufe0f": {hana, taro},
        FAMILY: {taro},
    }
    await people.taro.react(said.id, "❤", on=False)
    await people.taro.react(said.id, FAMILY, on=False)
    assert (await people.hana.message(said.id)).reactions == {"❤\ufe0f": [hana]}


@pytest.mark.parametrize("mark", ["a\nb", "\u200b", "x" * 65])
async def test_a_reaction_is_seen_in_one_line(people: People, mark: str) -> None:
    said = await people.hana.post(people.room, "x")
    headers = signed_in(people.town.token, people.town.ids["hana"])
    path = f"/v1/messages/{said.id}/reactions/{quote(mark, safe='')}"
    answer = await ask(people.town.api, "PUT", path, headers)
    assert (answer.status, answer.json["code"]) == (422, "invalid")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("防災\u200b本部", "防災本部"),
        ("本部\n（仮）", "本部 （仮）"),
        ("か\u3099", "が"),
        ("葛󠄀飾", "葛󠄀飾"),
    ],
)
async def test_a_name_is_kept_as_it_will_be_in_the_other_zone(
    people: People, typed: str, kept: str
) -> None:
    here, headers = people.town, signed_in(people.town.token, people.town.ids["hana"])
    form = json.dumps({"name": typed, "icon": "❤"}).encode()
    made = await ask(here.api, "POST", "/v1/rooms", headers, form)
    assert (made.status, made.json["name"], made.json["icon"]) == (201, kept, "❤\ufe0f")
    asked: list[tuple[str, dict[str, Any]]] = [
        ("/v1/users", {"name": typed, "user_kind": "staff", "zones": ["lgwan", "internet"]}),
        ("/v1/tenants", {"name": typed}),
        ("/v1/orgs", {"name": typed}),
    ]
    for path, form_of in asked:
        status, there = await here.operate("POST", path, form_of)
        assert (status, there["name"]) == (201, kept), path
    assert normalise_text(kept).text == kept


async def test_a_name_of_which_nothing_is_seen_is_none(people: People) -> None:
    headers = signed_in(people.town.token, people.town.ids["hana"])
    form = json.dumps({"name": "\u200b\u200b"}).encode()
    answer = await ask(people.town.api, "POST", "/v1/rooms", headers, form)
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    body = RoomPut("防災")
    assert as_across(body) is body


async def test_lengths_and_places_are_counted_in_code_points(people: People) -> None:
    headers = signed_in(people.town.token, people.town.ids["hana"])
    path = f"/v1/rooms/{people.room}/messages"
    for count, status in ((8_000, 202), (8_001, 422)):
        form = json.dumps({"text": "𠮷" * count}).encode()
        answer = await ask(people.town.api, "POST", path, headers, form)
        assert answer.status == status, count
    said = await people.hana.post(people.room, "🏠𠮷の避難所です")
    while not (found := (await people.hana.search("避難所")).items):
        pass
    (one,) = found
    assert one.id == said.id
    ((start, end),) = one.marks
    assert (start, one.excerpt[start:end]) == (3, "避難所")
    # UTF-16, in which JavaScript counts, has two units for each of the first two characters.
    assert len(one.excerpt[:start].encode("utf-16-le")) // 2 == 5
