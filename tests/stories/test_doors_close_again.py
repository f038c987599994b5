"""What is open ends with its reason when its right does, in daemons that run."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest

from sekisho.clock import now_ms
from sekisho_client import Client
from tests.stories.city import INTERNET, LGWAN, City
from wire.lane import Zone
from zone.api.http.frontend_scope import SCOPES

PATIENCE_S = 60.0


@asynccontextmanager
async def listening(client: Client) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Open somebody's stream; what it says first has come."""
    async with client.session.ws_connect("/v1/stream") as socket:
        await socket.receive_json()
        yield socket


async def how_it_ended(socket: aiohttp.ClientWebSocketResponse) -> tuple[int, str]:
    """Return the code and the reason with which a stream is closed."""
    async with asyncio.timeout(PATIENCE_S):
        while (message := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
    assert message.type is aiohttp.WSMsgType.CLOSE, message
    return int(message.data), str(message.extra)


class Frontend:
    """A frontend of one zone of the city, that acts for one person."""

    def __init__(self, city: City, zone: Zone, id: str, token: str) -> None:  # noqa: A002 - as the API has it
        self.city, self.zone, self.id, self.token = city, zone, id, token

    async def client(self, user: str) -> Client:
        socket = self.city.installation.node(self.zone) / "run" / "api.sock"
        return await self.city.stack.enter_async_context(Client(socket, self.token, user))

    async def ask(self, method: str, path: str = "", form: object = None) -> None:
        await self.city.operate(self.zone, method, f"/v1/frontends/{self.id}{path}", form)


async def frontend(city: City, zone: Zone, name: str) -> Frontend:
    form = {"name": name, "uids": [os.geteuid()], "act_as": "anybody", "scopes": SCOPES}
    made = await city.operate(zone, "POST", "/v1/frontends", form)
    return Frontend(city, zone, made["id"], made["token"])


Ending = Callable[[Frontend, str], Awaitable[None]]


async def revoke(door: Frontend, _user: str) -> None:
    await door.ask("DELETE")


async def narrow(door: Frontend, _user: str) -> None:
    await door.ask("PATCH", form={"act_as": []})


async def take_scope(door: Frontend, _user: str) -> None:
    await door.ask("PATCH", form={"scopes": ["talk"]})


async def rotate(door: Frontend, _user: str) -> None:
    await door.ask("POST", "/rotate", {"overlap_s": 1})


async def lock_out(door: Frontend, user: str) -> None:
    """By LGWAN's operator, whichever zone they are in."""
    await door.city.operate(LGWAN, "PATCH", f"/v1/users/{user}", {"zones": []})


@pytest.mark.parametrize("zone", [LGWAN, INTERNET])
@pytest.mark.parametrize(
    ("ending", "code", "reason"),
    [
        (revoke, 4401, "revoked"),
        (rotate, 4401, "rotated away"),
        (narrow, 4403, "does not act as this user"),
        (take_scope, 4403, "lost the scope read"),
        (lock_out, 4403, "locked out"),
    ],
)
async def test_a_stream_ends_when_its_right_does(
    city: City, zone: Zone, ending: Ending, code: int, reason: str
) -> None:
    """A lock-out in LGWAN ends streams of the internet zone too, once it has crossed."""
    user = await city.person("離任 花子")
    door = await frontend(city, zone, f"{ending.__name__} {zone}")
    async with listening(await door.client(user)) as socket:
        await ending(door, user)
        found = await how_it_ended(socket)
    assert found[0] == code
    assert reason in found[1]


async def test_a_guest_whose_stay_is_ended_hears_no_more(city: City) -> None:
    sponsor = await city.person("担当 太郎", duties=["sponsor"])
    host = await city.client(sponsor, INTERNET)
    expires = now_ms() + 3_600_000
    guest = await host.invite_guest("業者", expires)
    async with listening(await city.client(guest, INTERNET)) as socket:
        async with host.session.patch(f"/v1/guests/{guest}", json={"expires": 1}) as answer:
            assert answer.status == 200, await answer.text()
        assert (await how_it_ended(socket))[1].endswith("this user's stay has ended")


async def test_who_is_no_member_any_more_hears_nothing_of_the_room(city: City) -> None:
    """Taken out in LGWAN, they are told of on the internet what is for them, and nothing else."""
    chief, leaving = await city.person("課長"), await city.person("異動 次郎")
    here, far = await city.client(chief, LGWAN), await city.client(leaving, INTERNET)
    room = await city.room("総務", here, leaving)
    async with listening(far) as socket:
        await here.remove_member(room, leaving)
        await here.post(room, "異動のあと")
        other = await here.open_direct(leaving)
        await here.post(other, "お疲れさまでした")
        said = ""
        async with asyncio.timeout(PATIENCE_S):
            while "お疲れさまでした" not in said:
                said += str((await socket.receive()).data)
    assert "異動のあと" not in said


async def test_by_which_frontend_a_decision_and_a_call_were_given_is_known_in_both_zones(
    city: City,
) -> None:
    chief = await city.person("決裁 一郎", duties=["broadcast"])
    desk, phone = await frontend(city, LGWAN, "desk"), await frontend(city, INTERNET, "phone")
    clerk = await city.person("起案 二郎")
    here, far = await desk.client(chief), await phone.client(clerk)
    room = await city.room("決裁", here, clerk)
    asked = await here.make_item(room, "approval", "百万円", steps=[{"approvers": [clerk]}])
    called = await here.make_broadcast("点呼", {}, require="ack")
    await city.until(lambda: far.item(asked))
    await far.decide(asked, "approve")
    for client in (here, far):
        (given,) = await city.until(lambda client=client: client.answers(asked), bool)  # type: ignore[misc]
        assert given.frontend == phone.id
        for item in (asked, called):
            shown = await city.until(lambda client=client, item=item: client.item(item))  # type: ignore[misc]
            assert shown.frontend == desk.id
