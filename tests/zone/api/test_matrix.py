"""Every route, asked by everybody it is not for: off the diagonal the answer is no.

What somebody may not see answers as what does not exist, byte for byte.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sekisho_client import Client
from sekisho_client.people import User
from tests.zone.api.asking import Answer, ask, signed_in
from tests.zone.api.conftest import INTERNET, LGWAN, TENANT, People, Town, peopled
from tests.zone.api.matrix import AUTHOR, DUTY, MATRIX, OWN, ROOM, Row
from tests.zone.api.settling import hold_for_superior
from wire.bodies import ProfileSet, TenantPut
from wire.events import Author
from wire.ids import mint_id
from zone.api.resources.routes import ROUTES
from zone.store import notifications
from zone.store.writing import Writing

TUS = {
    "Tus-Resumable": "1.0.0",
    "Upload-Length": "1",
    "Upload-Offset": "0",
    "Upload-Metadata": "filename YS50eHQ=",
    "Content-Type": "application/offset+octet-stream",
}


def absent(name: str) -> str:
    """Return an id of the same kind that nothing has."""
    return mint_id(name[:2], now=7, entropy=b"\7" * 10)


def test_every_route_has_its_row() -> None:
    assert {
        f"{r.method} {r.path}".replace("broadcasts/{item}", "broadcasts/{call}") for r in ROUTES
    } == set(MATRIX)


@dataclass
class Place:
    """A town in which there is one of everything that a route can name."""

    people: People
    names: dict[str, str]
    strangers: dict[str, str]  # who is not in the room, by what they are
    neighbour: str  # one of them: of another municipality, with all duties there

    @property
    def town(self) -> Town:
        return self.people.town

    async def ask(
        self, route: str, row: Row, names: dict[str, str], uid: str, token: str | None = None
    ) -> Answer:
        method, _, path = route.partition(" ")
        form = json.dumps(row.form) if row.form is not None else ""
        where = f"{path}?{row.query}" if row.query else path
        for key, name in names.items():
            form, where = form.replace(f"{{{key}}}", name), where.replace(f"{{{key}}}", name)
        headers = signed_in(self.town.token if token is None else token, uid)
        if "/uploads" in path:
            headers |= TUS
        body = row.body if row.body is not None else form.encode()
        answer = await ask(self.town.api, method, where, headers, body)
        answer.body = answer.body.replace(where.partition("?")[0].encode(), b"PLACE")
        return answer


async def make_place(people: People) -> Place:
    here, hana, room = people.town, people.hana, people.room
    is_desk = here.side is LGWAN
    other = await here.admit("other", "bot" if is_desk else "guest")
    file = (await hana.upload("a.txt", b"secret")).id
    message = (await hana.post(room, "秘密", files=[file])).id
    names = {
        "room": room,
        "message": message,
        "act": message,
        "file": file,
        "clearance": await held(hana, here, room),
        "user": here.ids["taro"],
        "item": await hana.make_item(room, "survey", "秘密", choices=["甲", "乙"]),
        "later_message": (await hana.post_later(room, "あとで", here.clock() + 900_000)).id,
        "upload": await begun(hana),
        "call": await called(here, hana) if is_desk else absent("bc_"),
        "set": "sekisho",
        "name": "ok",
        "reaction": "x",
    }
    neighbour = await next_door(here)
    strangers = {"insider": here.ids["jiro"], "other": other, "neighbour": neighbour}
    return Place(people, names, strangers, neighbour)


async def next_door(here: Town) -> str:
    """Make another municipality known, as LGWAN does it, and somebody there with all duties."""
    clinics, nurse = (
        mint_id("tn", now=8, entropy=bytes(10)),
        mint_id("us", now=8, entropy=bytes(10)),
    )
    who: Any = {"name": "看護師", "user_kind": "staff", "zones": ["lgwan", "internet"]}
    duties = ["broadcast", "phone", "sponsor", "records"]
    door = mint_id("fe", now=8, entropy=bytes(10))
    author = Author(nurse, clinics, door, "operator")

    def work(writing: Writing) -> None:
        for body in (
            TenantPut(clinics, name="医師会"),
            ProfileSet(nurse, **who, tenant=clinics, duties=duties),
        ):
            event = writing.act(author, body, room=None, crosses=True)
            notifications.tell(writing, event, writing.side.zone)

    await here.store.write(work)
    return nurse


async def held(client: Client, here: Town, room: str) -> str:
    """Post a file that the relay holds until a superior says yes, and return its id."""
    file = (await client.upload("b.txt", b"secret, too")).id
    await client.post(room, "秘密の表", files=[file])
    await hold_for_superior(here, file)
    return file


async def begun(client: Client) -> str:
    async with client.session.post("/v1/uploads", headers=TUS) as answer:
        assert answer.status == 201, await answer.text()
        return answer.headers["Location"].rpartition("/")[2]


async def called(here: Town, hana: Client) -> str:
    uid = here.ids["hana"]
    await here.operate("PATCH", f"/v1/users/{uid}", {"duties": ["broadcast", "phone", "sponsor"]})
    await here.operate("PATCH", f"/v1/users/{here.ids['taro']}", {"title": "部長"})
    # Who is not called does not know that there is a call.
    return await hana.make_broadcast("秘密", {"titles": ["部長"]}, require="read")


@pytest.fixture(params=[LGWAN, INTERNET], ids=["strangers are staff", "strangers are guests"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> object:
    async with peopled(tmp_path / "n", side=request.param) as people:
        yield await make_place(people)


async def test_who_is_not_in_the_room_learns_nothing_of_it(place: Place) -> None:
    wrong = []
    for route, row in MATRIX.items():
        if row.of == OWN or not any(f"{{{name}}}" in route for name in place.names):
            continue
        for who, uid in place.strangers.items():
            own = {"own": place.names["room"]}  # guests open no rooms
            if who in ("insider", "neighbour"):
                own = {"own": await own_room(place, uid)}
            forbidden = await place.ask(route, row, place.names | own, uid)
            missing = {
                key: name if key in ("set", "name", "reaction") else absent(name)
                for key, name in place.names.items()
            }
            nothing = await place.ask(route, row, missing | own, uid)
            same = (forbidden.status, forbidden.body) == (nothing.status, nothing.body)
            if not (same and 400 <= forbidden.status < 500):
                wrong.append((who, route, forbidden.status, nothing.status, forbidden.body[:120]))
    assert wrong == []


async def test_who_is_of_another_municipality_learns_of_nobody_here(place: Place) -> None:
    """Whatever they name, and all that they can ask for: nobody of this city is in it."""
    here, wrong = place.town, []
    own = {"own": await own_room(place, place.neighbour)}
    missing = {key: absent(name) for key, name in place.names.items() if name[2:3] == "_"}
    secrets = [here.ids[name] for name in ("hana", "taro", "jiro")] + ["hana", "taro", "jiro"]
    secrets += [place.names["room"], place.names["message"], place.names["call"], "秘密", TENANT]
    for route, row in MATRIX.items():
        if row.streams or route in ("GET /v1/server", "GET /v1/openapi.json"):
            continue
        found = await place.ask(route, row, place.names | own, place.neighbour)
        nothing = await place.ask(route, row, place.names | missing | own, place.neighbour)
        if found.status != nothing.status or any(each.encode() in found.body for each in secrets):
            wrong.append((route, found.status, nothing.status, found.body[:120]))
    assert wrong == []


async def test_who_is_of_another_municipality_is_told_of_nobody_here(place: Place) -> None:
    here = place.town
    start, neighbour = f"{here.store.tag}0", await here.client(place.neighbour)
    await place.people.taro.set_status("席外")
    told = (await neighbour.poll(start, wait=0)).items
    assert [event.data_as(User).id for event in told if event.type == "user.updated"] == [
        place.neighbour
    ]
    assert {event.type for event in told} == {"user.updated", "tenant.updated"}
    assert len((await (await here.client(here.ids["jiro"])).poll(start, wait=0)).items) > 4


async def own_room(place: Place, uid: str) -> str:
    client = await place.town.client(uid)
    return await client.create_room("自分の")


async def test_who_is_in_the_room_may(place: Place) -> None:
    """The matrix asks what can be done: else a no would say nothing."""
    hana, wrong = place.town.ids["hana"], []
    own = {"own": await own_room(place, hana)}
    last = ("withdraw", "remove", "DELETE", "uploads")
    for route, row in sorted(MATRIX.items(), key=lambda each: any(w in each[0] for w in last)):
        is_asked = row.of in (ROOM, AUTHOR) or (row.of == DUTY and place.town.side is LGWAN)
        if is_asked and not row.streams:
            answer = await place.ask(route, row, place.names | own, hana)
            if answer.status in (401, 403, 404):
                wrong.append((route, answer.status, answer.body[:150]))
    assert wrong == [(r, s, b) for r, s, b in wrong if r in NOT_HANAS]


# What not even the owner of the room has: a guest of theirs, a picture of a text, a yes to their
# own file.
NOT_HANAS = {
    "PATCH /v1/guests/{user}",
    "GET /v1/files/{file}/thumbnail",
    "HEAD /v1/files/{file}/thumbnail",
    "GET /v1/clearances/{clearance}/thumbnail",
    "HEAD /v1/clearances/{clearance}/thumbnail",
    "POST /v1/clearances/{clearance}/decision",
    "HEAD /v1/items/{item}/readers",
    "HEAD /v1/items/{item}/bookings",
    "POST /v1/guests",
    "GET /v1/items/{item}/readers",
    "GET /v1/items/{item}/bookings",
}


async def test_a_frontend_acts_for_its_own_users_and_nobody_without_a_token(place: Place) -> None:
    hana, wrong = place.town.ids["hana"], []
    other = await place.town.frontend("other", act_as=[place.town.ids["jiro"]])
    for route, row in MATRIX.items():
        if route in ("GET /v1/server", "GET /v1/openapi.json"):
            continue
        names = place.names | {"own": place.names["room"]}
        for token, expected in ((other, 403), ("sk_nothing", 401)):
            answer = await place.ask(route, row, names, hana, token)
            if answer.status != expected:
                wrong.append((route, answer.status, expected))
    assert wrong == []
