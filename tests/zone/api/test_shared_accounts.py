"""A shared account is used by those who share it, each under their own name and right."""

import asyncio
from pathlib import Path

import pytest

from tests.zone.api.asking import Answer, ask, signed_in
from tests.zone.api.conftest import People, peopled

WHO_SHARES = "Sekisho-Person names one of those who share this account"


@pytest.fixture
async def people(tmp_path: Path) -> object:
    """The town, where hana and taro share the account of the desk, which is in the room."""
    async with peopled(tmp_path / "n") as made:
        here = made.town
        form = {
            "name": "窓口",
            "user_kind": "shared",
            "zones": ["lgwan", "internet"],
            "shared_by": [here.ids["hana"], here.ids["taro"]],
        }
        status, answer = await here.operate("POST", "/v1/users", form)
        assert status == 201, answer
        here.ids["desk"] = answer["id"]
        await made.hana.set_member(made.room, here.ids["desk"])
        await made.hana.post(made.room, "秘密")
        yield made


async def read_as(people: People, person: str | None, token: str = "") -> Answer:
    """Ask, as the desk, for what was said in the room."""
    here = people.town
    more = {} if person is None else {"Sekisho-Person": person}
    headers = signed_in(token or here.token, here.ids["desk"], **more)
    return await ask(here.api, "GET", f"/v1/rooms/{people.room}/messages", headers)


def kept_out(answer: Answer) -> bool:
    said = (answer.status, answer.json.get("code"), answer.json.get("detail"))
    return said == (403, "forbidden", WHO_SHARES) and "秘密".encode() not in answer.body


async def test_those_who_share_an_account_read_with_it(people: People) -> None:
    for name in ("hana", "taro"):
        answer = await read_as(people, people.town.ids[name])
        assert (answer.status, answer.json["items"][0]["text"]) == (200, "秘密")


async def test_nobody_else_does_and_neither_does_nobody(people: People) -> None:
    here = people.town
    for person in (None, "", "x", here.ids["jiro"], here.ids["desk"], "us_" + "0" * 26):
        assert kept_out(await read_as(people, person)), person


async def test_who_was_locked_out_has_no_shared_account_either(people: People) -> None:
    here = people.town
    assert (await read_as(people, here.ids["taro"])).status == 200
    await here.operate("PATCH", f"/v1/users/{here.ids['taro']}", {"zones": []})
    assert kept_out(await read_as(people, here.ids["taro"]))
    assert (await read_as(people, here.ids["hana"])).status == 200


async def test_a_frontend_brings_those_alone_for_whom_it_acts(people: People) -> None:
    here = people.town
    token = await here.frontend("desk", act_as=[here.ids["desk"], here.ids["hana"]])
    assert (await read_as(people, here.ids["hana"], token)).status == 200
    assert kept_out(await read_as(people, here.ids["taro"], token))


async def test_who_shares_an_account_no_more_hears_no_more(people: People) -> None:
    here = people.town
    headers = {"Sekisho-Act-As": here.ids["desk"], "Sekisho-Person": here.ids["taro"]}
    async with people.taro.session.ws_connect("/v1/stream", headers=headers) as socket:
        await socket.receive_json()
        shared = {"shared_by": [here.ids["hana"]]}
        status, answer = await here.operate("PATCH", f"/v1/users/{here.ids['desk']}", shared)
        assert status == 200, answer
        await people.hana.post(people.room, "そのあと")
        async with asyncio.timeout(20):
            said = "".join([str(message.data) async for message in socket])
        assert "そのあと" not in said
        assert socket.close_code == 4403
