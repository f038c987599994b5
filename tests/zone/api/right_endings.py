"""The ways in which a right ends while something is open."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.zone.api.conftest import People

Ending = Callable[[People], Awaitable[None]]


async def lock_out(people: People) -> None:
    """Take the zones from taro, as an operator does."""
    taro = people.town.ids["taro"]
    status, _ = await people.town.operate("PATCH", f"/v1/users/{taro}", {"zones": []})
    assert status == 200


async def end_stay(people: People) -> None:
    """End taro's stay by time alone: nobody says anything."""
    people.town.clock.now += 3_600_000


async def revoke(people: People) -> None:
    """Revoke the frontend."""
    status, _ = await people.town.operate("DELETE", f"/v1/frontends/{await frontend_of(people)}")
    assert status == 204


async def narrow(people: People) -> None:
    """Have the frontend act for others only."""
    wanted = {"act_as": [people.town.ids["hana"]]}
    await change(people, wanted)


async def take_scope(people: People) -> None:
    """Have the frontend read no more."""
    await change(people, {"scopes": ["talk"]})


async def move_away(people: People) -> None:
    """Have the frontend run as another Unix user."""
    await change(people, {"uids": [12345]})


async def change(people: People, wanted: Any) -> None:
    path = f"/v1/frontends/{await frontend_of(people)}"
    status, answer = await people.town.operate("PATCH", path, wanted)
    assert status == 200, answer


async def frontend_of(people: People, name: str = "web") -> str:
    _, answer = await people.town.operate("GET", "/v1/frontends")
    return str(next(one["id"] for one in answer["items"] if one["name"] == name))
