"""Frontends: for nobody until somebody is named, for what was said, and closed again."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from sekisho_client import Item
from sekisho_client.items import Answer as GivenTo
from tests.zone.api.asking import Answer, ask, signed_in
from tests.zone.api.conftest import People, Town, peopled, town
from tests.zone.api.test_messages import code_of
from wire.ids import mint_id
from zone.api.http.frontend_scope import FrontendScope
from zone.api.http.linking import names_of
from zone.api.http.route import Route
from zone.api.http.scopes import WRITING, scope_of
from zone.api.operator import upkeep
from zone.api.resources.routes import ROUTES
from zone.settings import RequestLimits


async def frontends(here: Town) -> dict[str, dict[str, Any]]:
    _, answer = await here.operate("GET", "/v1/frontends")
    return {one["name"]: one for one in answer["items"]}


async def make(here: Town, name: str, **form: Any) -> str:
    """Let a program in with what `form` says and nothing else; return its token."""
    status, made = await here.operate("POST", "/v1/frontends", {"name": name, "uids": [0], **form})
    assert status == 201, made
    return str(made["token"])


async def me(here: Town, token: str, who: str) -> Answer:
    return await ask(here.api, "GET", "/v1/me", signed_in(token, here.ids[who]))


async def test_a_frontend_acts_for_nobody_unless_somebody_is_named(people: People) -> None:
    """Case 21: the default was anybody."""
    here = people.town
    token = await make(here, "new")
    assert (await frontends(here))["new"]["act_as"] == []
    assert (await me(here, token, "hana")).status == 403
    assert (await ask(here.api, "GET", "/v1/server", signed_in(token, "-"))).status == 200
    anybody = await make(here, "all", act_as="anybody")
    assert (await me(here, anybody, "hana")).status == 200
    for wrong in ("any", ["rm_" + "0" * 26], ["us_1"], "us_" + "0" * 26):
        form = {"name": "wrong", "uids": [0], "act_as": wrong}
        assert (await here.operate("POST", "/v1/frontends", form))[0] == 422


async def test_a_section_is_named_with_all_below_it(people: People) -> None:
    here = people.town
    above, below = await org(here, "総務部"), ""
    below = await org(here, "防災課", above)
    await here.operate("PATCH", f"/v1/users/{here.ids['taro']}", {"orgs": [below]})
    token = await make(here, "section", act_as=[above])
    assert (await me(here, token, "taro")).status == 200
    assert (await me(here, token, "hana")).status == 403
    await here.operate("PATCH", f"/v1/users/{here.ids['taro']}", {"orgs": []})
    assert (await me(here, token, "taro")).status == 403


async def org(here: Town, name: str, parent: str | None = None) -> str:
    status, made = await here.operate("POST", "/v1/orgs", {"name": name, "parent": parent})
    assert status == 201, made
    return str(made["id"])


async def test_a_municipality_can_be_named(people: People) -> None:
    here, tenant = people.town, mint_id("tn", now=9, entropy=bytes(10))
    form = {"name": "隣の市", "id": tenant}
    assert (await here.operate("POST", "/v1/tenants", form))[0] == 201
    token = await make(here, "tenant", act_as=[tenant])
    assert (await me(here, token, "taro")).status == 403
    changed = await here.operate("PATCH", f"/v1/users/{here.ids['taro']}", {"tenant": tenant})
    assert changed[0] == 200, changed
    assert (await me(here, token, "taro")).status == 200


async def test_a_rotated_token_is_valid_beside_the_new_one_for_a_while(people: People) -> None:
    """Case 21."""
    here = people.town
    name = (await frontends(here))["web"]["id"]
    status, made = await here.operate("POST", f"/v1/frontends/{name}/rotate", {"overlap_s": 3600})
    assert status == 200
    assert [(await me(here, t, "hana")).status for t in (here.token, made["token"])] == [200, 200]
    tokens = (await frontends(here))["web"]["tokens"]
    assert [one["until"] for one in tokens] == [made["until"], None]
    here.clock.now += 3_600_000
    assert [(await me(here, t, "hana")).status for t in (here.token, made["token"])] == [401, 200]
    await here.operate("POST", f"/v1/frontends/{name}/rotate", {"overlap_s": 0})
    assert (await me(here, made["token"], "hana")).status == 401


async def test_an_overlap_is_never_made_longer_by_rotating_again(people: People) -> None:
    here = people.town
    name = (await frontends(here))["web"]["id"]
    _, first = await here.operate("POST", f"/v1/frontends/{name}/rotate", {"overlap_s": 60})
    await here.operate("POST", f"/v1/frontends/{name}/rotate", {"overlap_s": 3600})
    assert (await frontends(here))["web"]["tokens"][0]["until"] == first["until"]


async def test_a_revoked_frontend_is_out_also_after_a_restart(tmp_path: Path) -> None:
    """Case 21.  Its name may be given again; what it was stays on the list."""
    folder = tmp_path / "n"
    async with peopled(folder) as people:
        here, old = people.town, people.town.token
        name = (await frontends(here))["web"]["id"]
        calm = await here.frontend("calm")
        assert (await here.operate("DELETE", f"/v1/frontends/{name}"))[0] == 204
        assert (await me(here, old, "hana")).json["code"] == "not-signed-in"
        assert (await here.operate("DELETE", f"/v1/frontends/{name}"))[0] == 404
        again = await here.frontend("web")
        ids = here.ids
    async with town(folder, fresh=False) as here:
        here.ids = ids
        statuses = [(await me(here, token, "hana")).status for token in (old, calm, again)]
        assert statuses == [401, 200, 200]
        _, answer = await here.operate("GET", "/v1/frontends")
        revoked = [one["revoked"] is not None for one in answer["items"] if one["name"] == "web"]
        assert sorted(revoked) == [False, True]


async def test_a_frontend_is_narrowed_and_the_rest_of_it_stays(people: People) -> None:
    """Case 21."""
    here, hana = people.town, people.town.ids["hana"]
    name = (await frontends(here))["web"]["id"]
    status, changed = await here.operate("PATCH", f"/v1/frontends/{name}", {"act_as": [hana]})
    assert (status, changed["act_as"], changed["uids"]) == (200, [hana], [0])
    assert [(await me(here, here.token, who)).status for who in ("hana", "taro")] == [200, 403]
    await here.operate("PATCH", f"/v1/frontends/{name}", {"scopes": ["read"]})
    assert await code_of(people.hana.post(people.room, "だめ")) == "forbidden"
    assert (await people.hana.me()).name == "hana"
    kept = (await frontends(here))["web"]
    assert (kept["scopes"], kept["act_as"]) == (["read"], [hana])


async def test_the_last_use_of_a_frontend_is_known_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 21."""
    monkeypatch.setattr(upkeep, "EVERY_S", 0.05)
    folder = tmp_path / "n"
    async with peopled(folder) as people:
        here = people.town
        await here.frontend("idle")
        before = here.clock.now
        await people.hana.me()
        used = (await frontends(here))["web"]["used"]
        assert used > before
        assert (await frontends(here))["idle"]["used"] is None
        await people.hana.me()
        deadline = time.monotonic() + 10
        while (await in_store(here)) <= used and time.monotonic() < deadline:  # noqa: ASYNC110 - it is the store that we look at
            await asyncio.sleep(0.05)
        later = await in_store(here)
        assert later > used
    async with town(folder, fresh=False) as here:
        assert (await frontends(here))["web"]["used"] == later


async def in_store(here: Town) -> int:
    (used,) = await here.store.read(
        lambda db: db.execute("SELECT used FROM frontend WHERE name = 'web'").fetchone()
    )
    return int(used or 0)


def writes(route: Route) -> bool:
    return route.method not in ("GET", "HEAD", "OPTIONS")


def test_every_route_that_writes_has_its_scope_in_the_table() -> None:
    assert {(route.method, route.path) for route in ROUTES if writes(route)} == set(WRITING)


def test_a_route_that_nobody_has_thought_about_is_closed_to_most() -> None:
    assert scope_of("POST", "/v1/new", {}) is FrontendScope.ADMINISTER
    assert scope_of("GET", "/v1/new", {}) is FrontendScope.READ


def test_a_decision_and_a_call_take_more_than_talking() -> None:
    item = "/v1/items/{item}"
    for method, path in (("PATCH", item), ("POST", f"{item}/remove")):
        assert scope_of(method, path, {"item": "bc_1"}) is FrontendScope.CALL
        assert scope_of(method, path, {"item": "tk_1"}) is FrontendScope.TALK
    assert scope_of("PUT", f"{item}/answer", {"item": "ap_1"}) is FrontendScope.DECIDE
    assert scope_of("PUT", f"{item}/answer", {"item": "tk_1"}) is FrontendScope.TALK


def example(route: Route, people: People) -> tuple[str, dict[str, str]]:
    """Return a path of a route, and the ids in it."""
    ids = {"room": people.room, "item": mint_id("nt", now=1, entropy=bytes(10))}
    path = route.path
    for name in names_of(route):
        path = path.replace(f"{{{name}}}", ids.setdefault(name, "x"))
    return path, ids


async def test_no_route_is_open_to_a_frontend_without_its_scope(people: People) -> None:
    """Each route, asked through a frontend that has all other scopes."""
    here, hana = people.town, people.town.ids["hana"]
    tokens = {
        scope: await make(
            here, scope, act_as=[hana], scopes=[each for each in FrontendScope if each is not scope]
        )
        for scope in FrontendScope
    }
    for route in ROUTES:
        path, ids = example(route, people)
        scope = scope_of(route.method, route.path, ids)
        answer = await ask(here.api, route.method, path, signed_in(tokens[scope], hana))
        assert answer.status == 403, (route.method, route.path)
        if route.method != "HEAD":
            assert answer.json["detail"] == f"this frontend has no scope {scope}"


async def test_by_default_a_frontend_reads_and_talks_and_no_more(people: People) -> None:
    here = people.town
    token = await make(here, "plain", act_as=[here.ids["hana"]])
    client = await here.client(here.ids["hana"], token)
    await client.post(people.room, "話せます")
    steps = [{"approvers": [here.ids["taro"]]}]
    approval = await people.hana.make_item(people.room, "approval", "伺い", steps=steps)
    taro = await here.client(here.ids["taro"], await make(here, "taros", act_as=[here.ids["taro"]]))
    assert await code_of(client.create_room("作れません")) == "forbidden"
    assert await code_of(taro.decide(approval, "approve")) == "forbidden"
    headers = signed_in(token, here.ids["hana"])
    body = b'{"title":"x","audience":{},"require":"read"}'
    called = await ask(here.api, "POST", "/v1/broadcasts", headers, body)
    assert (called.status, called.json["detail"]) == (403, "this frontend has no scope call")


async def test_a_decision_says_by_which_frontend_it_was_given(people: People) -> None:
    """Case 21: in views of items and answers, and in what is told of both."""
    here = people.town
    desk, phone = await here.frontend("desk"), await here.frontend("phone")
    names = {name: one["id"] for name, one in (await frontends(here)).items()}
    hana = await here.client(here.ids["hana"], desk)
    taro = await here.client(here.ids["taro"], phone)
    since = (await people.hana.snapshot()).cursor
    steps = [{"approvers": [here.ids["taro"]]}]
    asked = await hana.make_item(people.room, "approval", "伺い", steps=steps)
    assert (await taro.decide(asked, "approve")).frontend == names["desk"]
    (given,) = await people.hana.answers(asked)
    assert (given.user, given.frontend) == (here.ids["taro"], names["phone"])
    told = [event.data for event in (await people.hana.poll(since)).items]
    assert [one.frontend for one in told if isinstance(one, GivenTo)] == [names["phone"]]
    assert {one.frontend for one in told if isinstance(one, Item)} == {names["desk"]}


async def test_an_anonymous_answer_tells_no_frontend(people: People) -> None:
    asked = await people.hana.make_item(
        people.room, "survey", "昼食", choices=["和", "洋"], anonymous=True
    )
    await people.taro.answer_item(asked, "vote", choices=[0])
    (given,) = await people.hana.answers(asked)
    assert (given.user, given.frontend) == (None, None)


async def test_one_person_does_not_use_up_what_a_frontend_may_ask(tmp_path: Path) -> None:
    limits = RequestLimits(person_rate=1, person_burst=10)
    async with peopled(tmp_path / "n", limits) as people:
        here = people.town
        statuses = [(await me(here, here.token, "jiro")).status for _ in range(14)]
        assert statuses.count(429) >= 2
        assert [(await me(here, here.token, who)).status for who in ("hana", "taro")] == [200, 200]
        other = await here.frontend("other")
        assert (await me(here, other, "jiro")).status == 200
