"""Asking the daemons how they are doing, over their admin sockets."""

import asyncio
import json
from typing import Any

import aiohttp

from tests.faults.installation import Installation
from wire.lane import Zone


async def status_of(installation: Installation, name: str) -> dict[str, Any] | None:
    """Return what a daemon says of itself, or None if it does not answer."""
    path = str(installation.node(name) / "run" / "admin.sock")
    try:
        async with asyncio.timeout(5):
            if name.endswith("-verify"):
                return await _line(path)
            connector = aiohttp.UnixConnector(path)
            async with (
                aiohttp.ClientSession(connector=connector) as session,
                session.get("http://localhost/v1/status") as answer,
            ):
                found: dict[str, Any] = await answer.json()
                return found
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
        return None


async def operate(
    installation: Installation, zone: Zone, method: str, path: str, body: object = None
) -> Any:
    """Ask a zone's daemon as an operator."""
    connector = aiohttp.UnixConnector(str(installation.node(zone) / "run" / "admin.sock"))
    async with (
        asyncio.timeout(5),
        aiohttp.ClientSession(connector=connector) as session,
        session.request(
            method, f"http://localhost{path}", json=body, raise_for_status=True
        ) as answer,
    ):
        return await answer.json()


async def _line(path: str) -> dict[str, Any]:
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        found: dict[str, Any] = json.loads(await reader.readline())
        return found
    finally:
        writer.close()
