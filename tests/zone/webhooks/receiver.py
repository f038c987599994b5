"""A receiver of callbacks: a real server on a real socket, with a will of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

WAIT_S = 30.0


@dataclass
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


@dataclass
class Receiver:
    """What has come, and with which status the next is answered."""

    url: str
    status: int = 200
    came: list[Received] = field(default_factory=list)
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    hold: asyncio.Event = field(default_factory=asyncio.Event)  # while not set, nothing is answered

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.came.append(Received(dict(request.headers), body))
        self.bell.set()
        await self.hold.wait()
        headers = {"Location": "http://127.0.0.1:1/"} if self.status == 302 else None
        return web.Response(status=self.status, headers=headers)

    async def got(self, count: int) -> list[Received]:
        """Wait until `count` have come and return them."""
        async with asyncio.timeout(WAIT_S):
            while len(self.came) < count:
                self.bell.clear()
                await self.bell.wait()
        return self.came[:count]

    def texts(self) -> list[str]:
        """Return what was said in what came, in that order."""
        return [one.json["data"]["text"] for one in self.came]


@asynccontextmanager
async def receiving(path: Path | None = None) -> AsyncIterator[Receiver]:
    """Receive on a socket file, or on a port of loopback."""
    receiver = Receiver("")
    receiver.hold.set()
    app = web.Application()
    app.router.add_post("/{tail:.*}", receiver.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site: web.BaseSite
    if path is not None:
        site = web.UnixSite(runner, str(path))
    else:
        site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    if path is not None:
        receiver.url = f"unix:{path}"
    else:
        receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiver
    finally:
        receiver.hold.set()
        await runner.cleanup()
