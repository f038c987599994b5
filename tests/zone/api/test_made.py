"""What is answered: to a POST what was made, to a PATCH what was changed and nothing else."""

from typing import Any

import pytest

from tests.zone.api.asking import Answer, ask, signed_in
from tests.zone.api.conftest import People
from wire.bodies import ProfileSet
from zone.api.resources.routes import ROUTES


class Asked:
    """A member of the staff who asks without the client."""

    def __init__(self, people: People, who: str = "hana") -> None:
        self.people = people
        self.headers = signed_in(people.town.token, people.town.ids[who])

    async def ask(self, method: str, path: str, form: object = None, **more: str) -> Answer:
        import json

        body = b"" if form is None else json.dumps(form).encode()
        return await ask(self.people.town.api, method, path, self.headers | more, body)


@pytest.fixture
def hana(people: People) -> Asked:
    return Asked(people)


MADE: list[tuple[str, Any, int]] = [
    ("/v1/rooms", {"name": "避難所", "icon": "🏠"}, 201),
    ("/v1/rooms/{room}/messages", {"text": "着きました", "mentions": []}, 202),
    ("/v1/rooms/{room}/items", {"content": {"type": "note", "title": "鍵"}}, 202),
    ("/v1/messages/{message}/forward", {"room": "{room}"}, 202),
    (
        "/v1/rooms/{room}/forms",
        {
            "template": {
                "format": "sekisho-form/1",
                "title": "x",
                "fields": [{"key": "a", "label": "a", "kind": "line"}],
            }
        },
        202,
    ),
    (
        "/v1/broadcasts",
        {"title": "安否", "audience": {}, "require": "read"},
        202,
    ),
]


@pytest.mark.parametrize(("path", "form", "status"), MADE, ids=[path for path, _, _ in MADE])
async def test_the_answer_to_a_post_is_what_was_made_and_says_where_it_is(
    people: People, hana: Asked, path: str, form: Any, status: int
) -> None:
    await people.town.operate(
        "PATCH", f"/v1/users/{people.town.ids['hana']}", {"duties": ["broadcast"]}
    )
    names = {"room": people.room, "message": (await people.hana.post(people.room, "x")).id}
    if "room" in form:
        form = form | {"room": people.room}
    made = await hana.ask("POST", path.format(**names), form, **{"Idempotency-Key": "k"})
    assert made.status == status, made.body
    found = await hana.ask("GET", made.headers["Location"])
    assert found.status == 200
    assert {**found.json, "client_key": None} == {**made.json, "client_key": None}
    again = await hana.ask("POST", path.format(**names), form, **{"Idempotency-Key": "k"})
    assert (again.body, again.headers["Location"]) == (made.body, made.headers["Location"])
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_the_room_of_two_is_answered_whole_when_it_is_opened_and_when_it_is_there(
    people: People, hana: Asked
) -> None:
    form = {"user": people.town.ids["taro"]}
    first, second = [await hana.ask("POST", "/v1/direct", form) for _ in range(2)]
    assert (first.status, first.json["room_kind"], first.json["members"]) == (200, "direct", 2)
    assert first.json == second.json
    assert (await hana.ask("GET", f"/v1/rooms/{first.json['id']}")).json == first.json


async def test_the_operator_is_answered_with_what_was_made_too(people: People) -> None:
    here = people.town
    status, city = await here.operate("POST", "/v1/tenants", {"name": "青葉市", "kana": "あおば"})
    assert (status, city["name"], city["kana"]) == (201, "青葉市", "あおば")
    form = {"name": "防災課", "tenant": city["id"], "rank": 3}
    status, org = await here.operate("POST", "/v1/orgs", form)
    assert (status, org["name"], org["tenant"], org["rank"]) == (201, "防災課", city["id"], 3)
    form = {"name": "花", "user_kind": "staff", "zones": ["lgwan"], "orgs": [org["id"]]}
    status, user = await here.operate("POST", "/v1/users", form)
    assert status == 201, str(user)
    assert (status, user["name"], user["orgs"]) == (201, "花", [org["id"]])


def test_whatever_is_made_says_in_the_contract_where_it_is() -> None:
    for route in ROUTES:
        if route.method == "POST" and route.status in (201, 202):
            has_place = "Location" in (route.answered or {})
            assert has_place == (route.path != "/v1/rooms/{room}/later-messages"), route.path


async def test_of_ones_status_only_what_is_named_changes(hana: Asked) -> None:
    form: dict[str, Any] = {"status": "在宅勤務", "status_emoji": "🏠", "status_until": 9_000}
    await hana.ask("PATCH", "/v1/me", form)
    for change in ({"status_emoji": "🚗"}, {"status": "外出"}, {"status_until": 0}, {}):
        form |= change
        answer = await hana.ask("PATCH", "/v1/me", change)
        assert answer.status == 200, answer.body
        assert {name: answer.json["user"][name] for name in form} == form


async def test_a_change_that_names_nothing_says_nothing(people: People, hana: Asked) -> None:
    start = (await people.hana.snapshot()).cursor
    for path in ("/v1/me", f"/v1/rooms/{people.room}"):
        assert (await hana.ask("PATCH", path, {})).status == 200
    assert (await people.hana.poll(start, wait=0)).items == []


async def test_of_a_room_only_what_is_named_changes(people: People, hana: Asked) -> None:
    path = f"/v1/rooms/{people.room}"
    before = (await hana.ask("GET", path)).json
    for change in ({"topic": "鍵"}, {"icon": "🏠"}, {"colour": "red"}, {"retention_days": 9}):
        before |= change
        answer = await hana.ask("PATCH", path, change)
        assert answer.status == 200
        assert answer.json | {"change": None} == before | {"change": None}


async def test_of_somebody_only_what_is_named_changes(people: People) -> None:
    here = people.town
    uid, fields = here.ids["taro"], {"kana": "たろう", "title": "係長", "telephone": "110"}
    before = (await here.operate("PATCH", f"/v1/users/{uid}", fields))[1]
    for change in ({"section": "防災課"}, {"name": "太郎"}, {"duties": ["phone"]}):
        before |= change
        status, answer = await here.operate("PATCH", f"/v1/users/{uid}", change)
        assert status == 200
        assert answer | {"change": None} == before | {"change": None}
    assert here.store.directory.telephone(uid) == "110"
    assert ProfileSet(uid).name is None


@pytest.mark.parametrize("header", ["Sekisho-Act-As", "Authorization", "Idempotency-Key"])
async def test_a_header_that_is_there_twice_is_an_error(people: People, header: str) -> None:
    here = people.town
    once = {**signed_in(here.token, here.ids["hana"]), "Idempotency-Key": "k"}
    value = once[header]
    other = here.ids["taro"] if header == "Sekisho-Act-As" else value
    twice = {**once, header: f"{value}\r\n{header}: {other}"}
    answer = await ask(here.api, "GET", "/v1/me", twice)
    assert (answer.status, answer.json["code"]) == (400, "malformed")
    assert (await ask(here.api, "GET", "/v1/me", once)).status == 200
