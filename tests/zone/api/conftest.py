"""A zone with its two local sockets, as the daemon serves them: real store, real sockets."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from internet_side.zone import SIDE as INTERNET
from lgwan_side.zone import SIDE as LGWAN
from sekisho_client import Client
from tests.zone.launching import thumbnailer
from wire.ids import mint_id
from wire.keys import SigningKey
from zone.api import serve
from zone.api.http.context import ApiContext
from zone.api.http.frontend_scope import FrontendScope
from zone.conversation.clearances import ConsentSeal
from zone.copy.side import Side
from zone.search.service import SearchService
from zone.settings import LaneSettings, RequestLimits, ZoneSettings
from zone.store import store as stores
from zone.store.side_effects import SIDE_EFFECTS
from zone.store.store import ZoneStore

TENANT = mint_id("tn", now=1, entropy=bytes(10))


@dataclass
class Clock:
    """A hand-turned clock, in milliseconds."""

    now: int = 1_800_000_000_000

    def __call__(self) -> int:
        self.now += 1
        return self.now


@dataclass
class Town:
    """A zone in a test, and those who talk to it."""

    folder: Path
    side: Side
    store: ZoneStore
    search: SearchService
    clock: Clock
    stack: AsyncExitStack
    token: str = ""
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def api(self) -> Path:
        return self.folder / "run" / "api.sock"

    async def operate(self, method: str, path: str, form: object = None) -> Any:
        """Ask over admin.sock and return (status, answer)."""
        connector = aiohttp.UnixConnector(path=str(self.folder / "run" / "admin.sock"))
        async with (
            aiohttp.ClientSession("http://localhost", connector=connector) as session,
            session.request(method, path, json=form) as response,
        ):
            return response.status, await response.json(content_type=None)

    async def admit(self, name: str, kind: str = "staff", zones: tuple[str, ...] = ()) -> str:
        own = ("lgwan", "internet") if self.side is LGWAN else ("internet",)
        form = {"name": name, "user_kind": kind, "zones": list(zones or own)}
        status, answer = await self.operate("POST", "/v1/users", form)
        assert status == 201, answer
        self.ids[name] = answer["id"]
        return self.ids[name]

    async def frontend(
        self,
        name: str,
        act_as: object = "anybody",
        uids: object = None,
        scopes: object = tuple(FrontendScope),
    ) -> str:
        form = {
            "name": name,
            "uids": uids or [os.geteuid()],
            "act_as": act_as,
            "scopes": scopes,
        }
        status, answer = await self.operate("POST", "/v1/frontends", form)
        assert status == 201, answer
        return str(answer["token"])

    async def client(self, uid: str, token: str | None = None) -> Client:
        return await self.stack.enter_async_context(Client(self.api, token or self.token, uid))


def settings(side: Side, limits: RequestLimits) -> ZoneSettings:
    lane = LaneSettings(leaving="unix:nowhere", arriving="unix:nowhere")
    return ZoneSettings(site="test", zone=side.zone, tenant=TENANT, lane=lane, limits=limits)


def seal_of(side: Side) -> ConsentSeal:
    return ConsentSeal("test", SigningKey.from_seed(side.consent_key, bytes([1]) * 32))


@asynccontextmanager
async def town(
    folder: Path, side: Side = LGWAN, limits: RequestLimits | None = None, *, fresh: bool = True
) -> AsyncIterator[Town]:
    """Run a zone in `folder`."""
    clock = Clock()
    if fresh:
        folder.mkdir(exist_ok=True)
        stores.create_zone_store(folder)
    key = SigningKey.from_seed(side.source_key, bytes(32))
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(
            ZoneStore.open(folder, side, "test", key, SIDE_EFFECTS, clock)
        )

        async def status() -> dict[str, Any]:
            return {"zone": side.zone, "streams": opened.subscriptions.count()}

        chosen = settings(side, limits or RequestLimits())
        search = await stack.enter_async_context(SearchService.open(opened))
        context = ApiContext(opened, side, chosen, clock, status, search, seal_of(side))
        bound = serve.bind_sockets(folder, chosen.sockets)
        await stack.enter_async_context(serve.serve_sockets(context, bound, thumbnailer()))
        async with AsyncExitStack() as clients:
            yield Town(folder, side, opened, search, clock, clients)


@dataclass
class People:
    """A zone with some people in it, each with a client of their own."""

    town: Town
    hana: Client  # staff; owns the rooms
    taro: Client  # staff; a member
    jiro: Client  # staff; in no room
    room: str  # shared, with hana and taro


@asynccontextmanager
async def peopled(
    folder: Path, limits: RequestLimits | None = None, side: Side = LGWAN
) -> AsyncIterator[People]:
    async with town(folder, side, limits=limits) as here:
        here.token = await here.frontend("web")
        for name in ("hana", "taro", "jiro"):  # the internet zone admits no staff of its own
            await here.admit(name, "staff" if side is LGWAN else "bot")
        hana, taro, jiro = [await here.client(here.ids[n]) for n in ("hana", "taro", "jiro")]
        room = await hana.create_room("防災", members=[(here.ids["taro"], "member")])
        yield People(here, hana, taro, jiro, room)


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[People]:
    async with peopled(tmp_path / "n") as made:
        yield made


__all__ = ["INTERNET", "LGWAN", "People", "Town", "peopled", "town"]
