"""The people of a bench: admitted by a list, and brought into the room."""

import asyncio
import json

from bench.city import City
from bench.load import Sender
from wire.lane import Zone

_SECTIONS = 60
_AT_ONCE = 500
_PATIENCE_S = 180.0


def staff_list(count: int) -> bytes:
    """Return a list of so many people who use both zones, in 60 sections."""
    lines = ["職員番号,氏名,フリガナ,所属,電話番号,利用ネットワーク"]
    lines += [
        f"{n},職員{n:04d},しょくいん{n:04d},部{n % 6}／課{n % _SECTIONS:02d},090-0000-{n:04d},両方"
        for n in range(count)
    ]
    return "\n".join(lines).encode()


async def admit(place: City, count: int) -> list[str]:
    """Admit `count` people to both zones, as a personnel office does: by a list."""
    await place.admin(Zone.LGWAN, "POST", "/v1/users:import", staff_list(count))
    async with asyncio.timeout(_PATIENCE_S):
        while len(found := await _known(place, Zone.INTERNET)) < count:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.2)
    return found


async def _known(place: City, zone: Zone) -> list[str]:
    items = (await place.admin(zone, "GET", "/v1/users"))["items"]
    return [one["id"] for one in items if one["name"].startswith("職員")]


async def join(place: City, users: list[str]) -> None:
    """Bring people into the room, and wait until both zones know it."""
    sender = await Sender.connect(place.socket(Zone.LGWAN))
    path = f"/v1/rooms/{place.room}/members:batch".encode()
    for start in range(0, len(users), _AT_ONCE):
        members = [{"user": user, "role": "member"} for user in users[start : start + _AT_ONCE]]
        await sender.post(
            path, place.headers(Zone.LGWAN), json.dumps({"members": members}).encode()
        )
    asking = await Sender.connect(place.socket(Zone.INTERNET))
    path = f"/v1/rooms/{place.room}".encode()
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            room = json.loads(await asking.ask(b"GET", path, place.headers(Zone.INTERNET)))
            if room["members"] > len(users):
                return
            await asyncio.sleep(0.1)
