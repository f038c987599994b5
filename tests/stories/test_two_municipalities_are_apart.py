"""A city and its clinics share an installation: each sees itself, and the other as agreed."""

from dataclasses import dataclass

import pytest

from sekisho_client import Client, Problem
from sekisho_client.people import TenantLink, User
from tests.stories.city import INTERNET, LGWAN, City
from wire.lane import Zone


@dataclass
class Neighbours:
    """A city's mayor and head of disaster prevention, and a nurse and a doctor of the clinics."""

    city: City
    home: str
    clinics: str
    mayor: str
    head: str
    nurse: str
    doctor: str

    async def at(self, who: str, zone: Zone) -> Client:
        return await self.city.client(who, zone)

    async def agree(self, *words: str) -> None:
        """Agree, and wait until people in both zones know it."""
        await self.city.agree(self.home, self.clinics, *words)
        for zone in (LGWAN, INTERNET):
            nurse = await self.at(self.nurse, zone)
            await self.city.until(
                lambda nurse=nurse: agreed(nurse, self.home),  # type: ignore[misc]
                lambda found: found == sorted(words),
            )


async def agreed(client: Client, other: str) -> list[object]:
    links = (await client.tenants()).links
    return [word for link in links if link.other == other for word in link.agreed]


@pytest.fixture
async def neighbours(city: City) -> Neighbours:
    home = await city.home()
    form = {"name": "医師会"}
    clinics = str((await city.operate(LGWAN, "POST", "/v1/tenants", form))["id"])
    duties = ["broadcast", "phone"]
    return Neighbours(
        city,
        home,
        clinics,
        await city.person("市長", title="市長", telephone="090-1111-2222"),
        await city.person("防災課長", section="防災課", title="課長", duties=duties),
        await city.person("看護師", section="外来", tenant=clinics, duties=duties),
        await city.person("医師", section="救急", tenant=clinics, title="院長"),
    )


async def status_of(client: Client, method: str, path: str, form: object = None) -> int:
    async with client.session.request(method, path, json=form) as answer:
        return answer.status


async def free_times(client: Client, uid: str) -> int:
    """Ask when somebody is free, and return the status of the answer."""
    return await status_of(client, "POST", "/v1/freebusy", {"users": [uid], "since": 0, "until": 9})


@pytest.mark.parametrize("zone", [LGWAN, INTERNET])
async def test_without_an_agreement_the_other_does_not_exist(
    neighbours: Neighbours, zone: Zone
) -> None:
    """Case 16: directory, mobile number, call, room of two, from a clinic's account."""
    nurse, mayor = await neighbours.at(neighbours.nurse, zone), neighbours.mayor
    assert {user.name for user in await nurse.users()} == {"看護師", "医師"}
    assert (await nurse.people("市長")).items == []
    found = await nurse.tenants()
    assert ([tenant.name for tenant in found.items], found.links) == (["医師会"], [])
    absent = mayor[:-1] + ("0" if mayor[-1] != "0" else "1")
    for uid in (mayor, absent):
        assert await status_of(nurse, "GET", f"/v1/users/{uid}") == 404
        assert await status_of(nurse, "GET", f"/v1/users/{uid}/contact") == 404
        assert await free_times(nurse, uid) == 404
        assert await status_of(nurse, "POST", "/v1/direct", {"user": uid}) == 404
    room = await nurse.create_room("外来の部屋")
    with pytest.raises(Problem, match="not-found"):
        await nurse.set_member(room, mayor)
    with pytest.raises(Problem, match="forbidden"):
        await nurse.make_broadcast("訓練", {"tenants": [neighbours.home]}, require="read")


async def test_all_staff_are_the_staff_of_whoever_calls(neighbours: Neighbours) -> None:
    nurse = await neighbours.at(neighbours.nurse, LGWAN)
    call = await nurse.make_broadcast("点呼", {}, require="ack")
    missing = await nurse.broadcast_missing(call)
    assert {one.user for one in missing} == {neighbours.doctor}
    head, doctor = (
        await neighbours.at(neighbours.head, INTERNET),
        await neighbours.at(neighbours.doctor, INTERNET),
    )
    await neighbours.city.until(doctor.broadcasts, lambda found: any(b.id == call for b in found))
    assert call not in {each.id for each in await head.broadcasts()}
    assert await status_of(head, "GET", f"/v1/items/{call}") == 404
    assert await status_of(head, "GET", f"/v1/broadcasts/{call}/unread") == 404


async def test_an_offer_of_one_is_no_agreement(neighbours: Neighbours) -> None:
    city, home, clinics = neighbours.city, neighbours.home, neighbours.clinics
    path = f"/v1/tenants/{clinics}/links/{home}"
    made = await city.operate(LGWAN, "PUT", path, {"offers": ["directory", "calls"]})
    assert (made["offered"], made["agreed"]) == (["calls", "directory"], [])
    nurse = await neighbours.at(neighbours.nurse, LGWAN)
    assert (await nurse.tenants()).links == [
        TenantLink(tenant=clinics, other=home, offered=["calls", "directory"], agreed=[])
    ]
    assert await status_of(nurse, "GET", f"/v1/users/{neighbours.mayor}") == 404
    await city.operate(LGWAN, "PUT", f"/v1/tenants/{home}/links/{clinics}", {"offers": ["calls"]})
    assert (await nurse.tenants()).links[0].agreed == ["calls"]
    assert await status_of(nurse, "GET", f"/v1/users/{neighbours.mayor}") == 404
    listed = (await city.operate(LGWAN, "GET", "/v1/tenants"))["links"]
    assert {(each["tenant"], *each["agreed"]) for each in listed if clinics in each.values()} == {
        (home, "calls"),
        (clinics, "calls"),
    }


@pytest.mark.parametrize("zone", [LGWAN, INTERNET])
async def test_what_is_agreed_holds_each_by_itself(neighbours: Neighbours, zone: Zone) -> None:
    mayor, home = neighbours.mayor, neighbours.home
    nurse = await neighbours.at(neighbours.nurse, zone)
    await neighbours.agree("directory")
    assert (await nurse.user(mayor)).title == "市長"
    assert await free_times(nurse, mayor) == 200
    assert await status_of(nurse, "GET", f"/v1/users/{mayor}/contact") == 404
    with pytest.raises(Problem, match="forbidden"):
        await nurse.open_direct(mayor)
    await neighbours.agree("calls")
    assert await status_of(nurse, "GET", f"/v1/users/{mayor}") == 404
    async with nurse.session.get(f"/v1/users/{mayor}/contact") as answer:
        assert (await answer.json())["telephone"] == "090-1111-2222"
    call = await nurse.make_broadcast("合同", {"tenants": [home]}, require="ack")
    assert mayor in {one.user for one in await nurse.broadcast_missing(call)}
    await neighbours.agree("direct")
    assert await nurse.broadcast_missing(call) == []
    room = await nurse.open_direct(mayor)
    await nurse.post(room, "一件ご相談が")
    await neighbours.agree()
    with pytest.raises(Problem, match="forbidden"):
        await nurse.post(room, "もう一件")


async def test_in_a_room_of_both_one_sees_who_is_there_and_no_more(neighbours: Neighbours) -> None:
    head = await neighbours.at(neighbours.head, LGWAN)
    await neighbours.agree("directory")
    room = await head.create_room(
        "災害医療", members=[(neighbours.nurse, "member")], room_kind="group"
    )
    nurse = await neighbours.at(neighbours.nurse, INTERNET)
    await neighbours.city.until(lambda: nurse.room(room))
    await neighbours.agree()
    await head.set_status("会議中")
    met = User(
        id=neighbours.head,
        name="防災課長",
        section="防災課",
        user_kind="staff",
        tenant=neighbours.home,
    )
    said = await head.post(room, "本部を設置しました")
    await neighbours.city.until(lambda: nurse.message(said.id))
    assert await nurse.user(neighbours.head) == met
    assert met in (await nurse.snapshot()).users
    assert met in await nurse.users()
    found = await nurse.tenants()
    assert {tenant.name for tenant in found.items} == {"医師会", "本市"}
    assert await status_of(nurse, "GET", f"/v1/users/{neighbours.head}/contact") == 404
    assert await free_times(nurse, neighbours.head) == 404


async def test_an_agreement_that_ends_ends_what_a_stream_tells(neighbours: Neighbours) -> None:
    await neighbours.agree("directory")
    nurse, head = (
        await neighbours.at(neighbours.nurse, INTERNET),
        await neighbours.at(neighbours.head, INTERNET),
    )
    names: list[str] = []
    statuses: list[tuple[str, str]] = []

    async def until(uid: str, status: str) -> None:
        """Follow one stream until somebody has said this of themselves."""
        async for event in stream:
            names.append(event.type)
            if event.type == "user.updated":
                user = event.data_as(User)
                statuses.append((user.id, user.status))
                if statuses[-1] == (uid, status):
                    return

    stream = nurse.events(since=(await nurse.snapshot()).cursor)
    await head.set_status("登庁")
    await until(neighbours.head, "登庁")
    await neighbours.agree()
    await head.set_status("退庁")
    await nurse.set_status("夜勤")
    await until(neighbours.nurse, "夜勤")
    assert "tenant.linked" in names
    assert (neighbours.head, "登庁") in statuses
    assert (neighbours.head, "退庁") not in statuses


async def test_each_has_its_own_figures(neighbours: Neighbours) -> None:
    city = neighbours.city
    ours = (await city.operate(LGWAN, "GET", "/v1/usage"))["tenant"]
    theirs = await city.operate(LGWAN, "GET", f"/v1/usage?tenant={neighbours.clinics}")
    assert (ours["tenant"], theirs["tenant"]["tenant"]) == (neighbours.home, neighbours.clinics)
    assert (theirs["tenant"]["name"], theirs["tenant"]["staff"]) == ("医師会", 2)
