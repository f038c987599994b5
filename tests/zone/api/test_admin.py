"""The operator's socket: users, frontends, quarantine, and how things are."""

import asyncio
import hashlib
import os
from pathlib import Path

import pytest

from tests.zone.api.asking import ask, signed_in
from tests.zone.api.conftest import INTERNET, People, peopled, town
from tests.zone.api.test_messages import code_of
from zone.api.http import gate
from zone.conversation.retention import KEEPER
from zone.settings import RequestLimits


async def test_a_user_who_was_admitted_is_known_and_crosses(people: People) -> None:
    here = people.town
    status, answer = await here.operate("GET", "/v1/users")
    assert status == 200
    assert {user["name"] for user in answer["items"]} == {"hana", "taro", "jiro"}
    crossed = await here.store.read(
        lambda db: db.execute("SELECT count(*) FROM delivery WHERE room IS NULL").fetchone()
    )
    assert crossed == (3,)


async def test_a_user_changes_section_and_leaves(people: People) -> None:
    here, taro = people.town, people.town.ids["taro"]
    status, answer = await here.operate("PATCH", f"/v1/users/{taro}", {"section": "税務課"})
    assert (status, answer["section"], answer["name"]) == (200, "税務課", "taro")
    await here.operate("PATCH", f"/v1/users/{taro}", {"zones": []})
    assert await code_of(people.taro.me()) == "forbidden"
    status, answer = await here.operate("PATCH", f"/v1/users/{KEEPER}", {})
    assert (status, answer["code"]) == (404, "not-found")


async def test_a_form_that_is_wrong_admits_nobody(people: People) -> None:
    for form in (
        {"name": "x", "user_kind": "staff", "zones": []},
        {"name": "", "user_kind": "staff", "zones": ["lgwan"]},
        {"name": "x", "user_kind": "king", "zones": ["lgwan"]},
        {"name": "x", "user_kind": "staff", "zones": ["moon"]},
        {"name": "x", "user_kind": "staff", "zones": ["lgwan"], "colour": "red"},
    ):
        status, answer = await people.town.operate("POST", "/v1/users", form)
        assert (status, answer["code"]) == (422, "invalid")
    assert len(await people.hana.users()) == 3


async def test_a_token_is_shown_once_and_kept_as_a_hash(people: People) -> None:
    here = people.town
    token = await here.frontend("bot", [here.ids["hana"]])
    _, answer = await here.operate("GET", "/v1/frontends")
    bot = next(one for one in answer["items"] if one["name"] == "bot")
    assert (bot["uids"], bot["act_as"]) == ([os.geteuid()], [here.ids["hana"]])
    assert token not in str(answer)
    (kept,) = await here.store.read(
        lambda db: db.execute("SELECT sha256 FROM frontend_token ORDER BY at DESC").fetchone()
    )
    assert kept == hashlib.sha256(token.encode()).digest()
    status, answer = await here.operate(
        "POST", "/v1/frontends", {"name": "bot", "uids": [0], "act_as": "anybody"}
    )
    assert (status, answer["code"]) == (409, "conflict")


async def test_frontends_are_known_after_a_restart(tmp_path: Path) -> None:
    async with peopled(tmp_path / "n") as people:
        token, ids = people.town.token, people.town.ids
    async with town(tmp_path / "n", fresh=False) as here:
        assert (await (await here.client(ids["hana"], token)).me()).name == "hana"


async def test_the_zone_says_how_it_is_doing(people: People) -> None:
    assert (await people.town.operate("GET", "/v1/status"))[1]["zone"] == "lgwan"
    assert await people.town.operate("GET", "/v1/healthz") == (200, {"status": "ok"})
    await people.town.store.write(
        lambda w: w.db.execute(
            "INSERT INTO quarantine VALUES ('ac_x', 'room.put', 'denied', 5, NULL, NULL)"
        )
    )
    _, answer = await people.town.operate("GET", "/v1/quarantine")
    expected = {"id": "ac_x", "kind": "room.put", "reason": "denied", "at": 5, "seen": None}
    assert answer["items"] == [expected]


async def test_what_is_in_quarantine_is_new_until_an_operator_has_seen_it(people: People) -> None:
    rows = [("ac_x", 5), ("ac_y", 6)]
    await people.town.store.write(
        lambda w: w.db.executemany(
            "INSERT INTO quarantine VALUES (?, 'room.put', 'denied', ?, NULL, NULL)", rows
        )
    )

    async def see() -> list[str]:
        status, answer = await people.town.operate("POST", "/v1/quarantine/seen")
        assert status == 200
        return [one["id"] for one in answer["items"]]

    assert await see() == ["ac_x", "ac_y"]
    assert await see() == []
    _, answer = await people.town.operate("GET", "/v1/quarantine")
    assert [one["id"] for one in answer["items"]] == ["ac_y", "ac_x"]
    assert all(one["seen"] for one in answer["items"])


async def test_a_frontends_flood_is_its_own_trouble(tmp_path: Path) -> None:
    """T33: the one is told when to ask again, the other notices nothing."""
    async with peopled(tmp_path / "n", RequestLimits(frontend_rate=1, frontend_burst=20)) as people:
        here = people.town
        calm = await here.frontend("calm")
        statuses = []
        for _ in range(30):
            headers = signed_in(here.token, here.ids["hana"])
            statuses.append(await ask(here.api, "GET", "/v1/me", headers))
        refused = [answer for answer in statuses if answer.status == 429]
        assert len(refused) >= 5
        assert refused[0].json["code"] == "quota"
        assert refused[0].json["retry_after"] == int(refused[0].headers["Retry-After"]) == 1
        headers = signed_in(calm, here.ids["hana"])
        assert (await ask(here.api, "GET", "/v1/me", headers)).status == 200


async def test_who_asks_too_much_waits_for_his_refusal_and_nobody_else_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "PAUSE_S", 60.0)
    async with peopled(tmp_path / "n", RequestLimits(frontend_rate=1, frontend_burst=20)) as people:
        here = people.town
        calm = await here.frontend("calm")
        greedy = signed_in(here.token, here.ids["hana"])
        asked = [asyncio.create_task(ask(here.api, "GET", "/v1/me", greedy)) for _ in range(40)]
        done, _ = await asyncio.wait(asked, timeout=0.5)
        assert {task.result().status for task in done} <= {200}
        answer = await ask(here.api, "GET", "/v1/me", signed_in(calm, here.ids["hana"]))
        assert answer.status == 200
        waiting = [task for task in asked if not task.done()]
        assert len(waiting) >= 10
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)


async def test_the_internet_zone_makes_no_municipalities_or_sections(tmp_path: Path) -> None:
    async with town(tmp_path / "n", INTERNET) as here:
        for path in ("/v1/tenants", "/v1/orgs"):
            status, answer = await here.operate("POST", path, {"name": "青葉市"})
            assert (status, answer["code"]) == (403, "forbidden"), path
        assert (
            here.store.directory.municipalities.tenants(),
            here.store.directory.municipalities.orgs(),
        ) == ([], [])
        sealed = await here.store.read(
            lambda db: db.execute("SELECT sum(high) FROM chain").fetchone()
        )
        assert sealed == (0,)
