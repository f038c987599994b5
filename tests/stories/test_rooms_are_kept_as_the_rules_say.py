"""Direct rooms, rooms between municipalities, late joiners, archives, retention and proof."""

import asyncio
import json
import subprocess
import sys
import time

import pytest

from sekisho.site import zone_node
from sekisho_client import Problem
from tests.stories.city import INTERNET, LGWAN, City


def now() -> int:
    return time.time_ns() // 1_000_000


async def test_two_people_have_one_direct_room_whoever_opens_it_where(city: City) -> None:
    mayor, chief = await city.person("市長"), await city.person("課長")
    at_desk, outside = await city.client(mayor, LGWAN), await city.client(chief, INTERNET)
    rooms = []
    for client, other in ((at_desk, chief), (outside, mayor)):
        await city.until(lambda client=client, other=other: client.user(other))  # type: ignore[misc]
        async with client.session.post("/v1/direct", json={"user": other}) as answer:
            rooms.append((await answer.json())["id"])
    assert rooms[0] == rooms[1]
    said = await at_desk.post(rooms[0], "明日の件")
    assert (await city.until(lambda: outside.message(said.id))).text == "明日の件"


async def test_four_hundred_people_of_two_municipalities_share_a_room(city: City) -> None:
    host = await city.person("県 担当")
    at_desk = await city.client(host, LGWAN)
    tenants = [
        (await city.operate(LGWAN, "POST", "/v1/tenants", {"name": name}))["id"]
        for name in ("東市", "西町")
    ]
    home = await city.home()
    for tenant in tenants:
        await city.agree(home, tenant, "directory")
    users = []
    for tenant, count in zip(tenants, (230, 180), strict=True):
        lines = "職員番号,氏名\n" + "".join(f"{n},職員{n}\n" for n in range(count))
        await city.operate(LGWAN, "POST", f"/v1/users:import?tenant={tenant}", data=lines.encode())
        everybody = (await city.operate(LGWAN, "GET", "/v1/users"))["items"]
        users += [user["id"] for user in everybody if user["tenant"] == tenant]
    room = await at_desk.create_room("広域連携", room_kind="group")
    form = {"members": [{"user": user} for user in users]}
    async with at_desk.session.post(f"/v1/rooms/{room}/members:batch", json=form) as answer:
        assert answer.status == 200
    outside = await city.client(users[-1], INTERNET)
    seen = await city.until(
        lambda: outside.room(room), lambda found: found.members == len(users) + 1
    )
    assert (seen.members, seen.room_kind) == (411, "group")


async def test_who_joins_later_sees_as_much_as_the_room_says(city: City) -> None:
    host, late = await city.person("主催"), await city.person("新人")
    at_desk, joining = await city.client(host, LGWAN), await city.client(late, INTERNET)
    room = await at_desk.create_room("議論")
    await at_desk.change_room(room, history="joined")
    before = await at_desk.post(room, "入る前")
    await city.until(lambda: at_desk.message(before.id), lambda m: m.delivery == "delivered")
    await at_desk.set_member(room, late)
    after = await at_desk.post(room, "入った後")
    await city.until(lambda: joining.message(after.id))
    found = await joining.messages(room)
    assert [message.text for message in found.items] == ["入った後"]


async def test_nothing_is_said_in_an_archive(city: City) -> None:
    host = await city.person("管理")
    at_desk = await city.client(host, LGWAN)
    room = await at_desk.create_room("終わった事業")
    said = await at_desk.post(room, "記録")
    async with at_desk.session.patch(f"/v1/rooms/{room}", json={"archived": True}) as answer:
        assert answer.status == 200
    with pytest.raises(Problem, match="conflict"):
        await at_desk.post(room, "追記")
    assert (await at_desk.message(said.id)).text == "記録"


async def test_deletion_reaches_files_in_both_zones_and_is_proven_but_not_on_hold(
    city: City,
) -> None:
    host, other = await city.person("文書 管理"), await city.person("受け手")
    at_desk, outside = await city.client(host, LGWAN), await city.client(other, INTERNET)
    room = await city.room("保存期間", at_desk, other)
    file = await at_desk.upload("記録.txt", "廃棄対象".encode(), media="text/plain")
    said = await at_desk.post(room, "古い記録", files=[file.id])
    await city.until(lambda: outside.file(file.id), lambda f: f.state in ("clean", "altered"))
    path = f"/v1/rooms/{room}"
    await city.operate(LGWAN, "PUT", f"{path}/legal-hold")
    with pytest.raises(AssertionError, match="legal hold"):
        await city.operate(LGWAN, "POST", f"{path}/purge", {"before": now()})
    await city.operate(LGWAN, "DELETE", f"{path}/legal-hold")
    await city.operate(LGWAN, "POST", f"{path}/purge", {"before": now(), "reason": "満了"})

    async def left() -> list[object]:
        return list((await outside.messages(room)).items)

    await city.until(left, lambda found: not found)
    for client, zone in ((at_desk, "lgwan"), (outside, "internet")):
        with pytest.raises(Problem, match="not-found"):
            await client.message(said.id)
        blobs = city.installation.folder / zone_node(zone).folder / "blobs"
        assert not [b for b in blobs.iterdir() if "廃棄対象".encode() in b.read_bytes()]

    async def proofs() -> list[dict[str, object]]:
        command = [sys.executable, "-m", "sekisho.main", "audit", "search", "--json"]
        command += ["--room", room, "--kind", "room.purge", str(city.installation.folder), "export"]
        done = await asyncio.to_thread(
            subprocess.run, command, capture_output=True, check=True, text=True
        )
        found: list[dict[str, object]] = json.loads(done.stdout)
        return found

    (record,) = await city.until(proofs, lambda found: found)
    assert "room.purge" in json.dumps(record)
