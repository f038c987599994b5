"""A zone that is killed loses no callback and no escalation, and does nothing out of order."""

import asyncio
import itertools
import os
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sekisho_client import Client
from tests.faults.installation import Installation
from tests.zone.webhooks.receiver import receiving
from wire.lane import Zone
from zone.api.http.frontend_scope import SCOPES

ZONE = Zone.LGWAN


@dataclass
class Place:
    """The LGWAN zone of a host, whose daemon can be killed; nothing crosses meanwhile."""

    installation: Installation
    token: str = ""

    async def start(self) -> None:
        self.installation.start(ZONE)
        await self.installation.ready(ZONE)

    async def restart(self) -> None:
        self.installation.kill(ZONE)
        await self.start()

    async def operate(self, path: str, form: object) -> Any:
        socket = self.installation.node(ZONE) / "run" / "admin.sock"
        connector = aiohttp.UnixConnector(path=str(socket))
        async with (
            aiohttp.ClientSession("http://localhost", connector=connector) as session,
            session.post(path, json=form) as response,
        ):
            assert response.status == 201, await response.text()
            return await response.json()

    async def admit(self, name: str, kind: str = "staff", **profile: Any) -> str:
        form = {"name": name, "user_kind": kind, "zones": ["lgwan"], **profile}
        return str((await self.operate("/v1/users", form))["id"])

    def client(self, user: str) -> Client:
        return Client(self.installation.node(ZONE) / "run" / "api.sock", self.token, user)


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    with tempfile.TemporaryDirectory(prefix="skw-") as folder:  # socket paths are short
        made = Place(Installation.make(Path(folder) / "c"))
        try:
            await made.start()
            form = {"name": "test", "uids": [os.geteuid()], "act_as": "anybody", "scopes": SCOPES}
            made.token = (await made.operate("/v1/frontends", form))["token"]
            yield made
        finally:
            made.installation.stop_all()


async def test_callbacks_come_in_order_although_the_zone_is_killed(place: Place) -> None:
    hana, guide = await place.admit("hana"), await place.admit("案内", "bot")
    async with receiving() as receiver:
        async with place.client(hana) as client:
            room = await client.create_room("窓口", members=[(guide, "member")])
        form = {"name": "窓口", "user": guide, "url": receiver.url, "events": ["message.created"]}
        await place.operate("/v1/webhooks", form)
        said: list[str] = []
        for _ in range(3):
            async with place.client(hana) as client:
                for _ in range(20):
                    said.append(f"{len(said)}")
                    await client.post(room, said[-1])
            await place.restart()
        async with asyncio.timeout(60):
            while receiver.texts()[-1:] != said[-1:]:
                receiver.bell.clear()
                await receiver.bell.wait()
        # What was taken just before a kill comes again, under the same name, and right behind.
        deliveries = [one.headers["Sekisho-Delivery"] for one in receiver.came]
        assert len(set(deliveries)) == len(said)
        assert [text for text, _ in itertools.groupby(receiver.texts())] == said


async def test_a_call_is_told_again_once_although_the_zone_is_killed(place: Place) -> None:
    chief = await place.admit("chief", duties=["broadcast"])
    silent = await place.admit("silent")
    async with place.client(silent) as client:
        cursor = (await client.snapshot()).cursor
    async with place.client(chief) as client:
        await client.make_broadcast("安否確認", {}, escalate_after_s=1, choices=["無事"])
    await place.restart()
    told = 0
    async with asyncio.timeout(60), place.client(silent) as client:
        while not told:
            batch = await client.poll(cursor, wait=5)
            cursor = batch.cursor
            told += sum(event.type == "broadcast.escalated" for event in batch.items)
    await place.restart()
    async with place.client(silent) as client:
        told += sum(
            event.type == "broadcast.escalated"
            for event in (await client.poll(cursor, wait=2)).items
        )
    assert told == 1
