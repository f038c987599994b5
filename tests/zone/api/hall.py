"""A town hall whose people are called, answer, and are to be phoned."""

from dataclasses import dataclass, field
from typing import Any

from sekisho_client import Client, Event
from tests.zone.api.conftest import TENANT, Town
from wire.bodies import OrgPut, ProfileSet, TenantPut
from wire.events import Author
from wire.ids import mint_id

CITY, HALL, RESCUE, ROADS = (mint_id("og", now=n, entropy=bytes(10)) for n in range(1, 5))
FRONTEND = mint_id("fe", now=1, entropy=bytes(10))


@dataclass
class Hall:
    """A town hall: 総務部 with 防災課 (rank 1) and 道路課 (rank 2)."""

    town: Town
    clients: dict[str, Client] = field(default_factory=dict)

    async def put(self, body: Any) -> None:
        author = Author(self.town.ids["chief"], TENANT, FRONTEND, "operator")
        await self.town.store.write(lambda w: w.act(author, body, room=None, crosses=True))

    async def admit(self, name: str, *orgs: str, **profile: Any) -> str:
        uid = await self.town.admit(name)
        await self.put(ProfileSet(uid, orgs=list(orgs), tenant=TENANT, **profile))
        self.clients[name] = await self.town.client(uid)
        return uid

    async def ask(self, who: str, method: str, path: str, form: Any = None) -> Any:
        session = self.clients[who].session
        async with session.request(method, path, json=form) as response:
            return response.status, await response.json(content_type=None)

    async def call(self, who: str = "chief", **more: Any) -> str:
        form = {
            "title": "安否確認",
            "audience": {},
            "require": "answer",
            "choices": ["無事", "負傷"],
            **more,
        }
        status, made = await self.ask(who, "POST", "/v1/broadcasts", form)
        assert status == 202, made
        return str(made["id"])

    async def reply(self, who: str, call: str, answer: dict[str, Any]) -> int:
        path = f"/v1/items/{call}/answer"
        return int((await self.ask(who, "PUT", path, {"answer": answer}))[0])

    async def unread(self, call: str, who: str = "chief") -> list[dict[str, Any]]:
        status, answer = await self.ask(who, "GET", f"/v1/broadcasts/{call}/unread")
        assert status == 200, answer
        return list(answer["items"])

    async def told(self, who: str, cursor: str) -> list[Event]:
        return (await self.clients[who].poll(cursor, wait=0)).items


async def found(here: Town) -> Hall:
    """Found the hall, with five of its people."""
    here.token = await here.frontend("web")
    hall = Hall(here)
    here.ids["chief"] = mint_id("us", now=1, entropy=bytes(10))
    await hall.put(TenantPut(TENANT, name="青葉市"))
    for org, name, parent, rank in (
        (HALL, "総務部", "", 1),
        (RESCUE, "防災課", HALL, 1),
        (ROADS, "道路課", HALL, 2),
    ):
        await hall.put(OrgPut(org, TENANT, name=name, parent=parent, rank=rank))
    await hall.admit(
        "chief", RESCUE, kana="お", duties=["broadcast"], telephone="0901234567", title="長"
    )
    await hall.admit("roku", ROADS, kana="あ", telephone="09012345678")
    await hall.admit("rin", ROADS, kana="い")
    await hall.admit("bo", RESCUE, kana="う", telephone="=cmd|' /C calc'!A0")
    await hall.admit("loner", kana="え", duties=["phone"])
    return hall
