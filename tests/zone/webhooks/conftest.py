"""A town whose webhooks are served, and programs that ask to be called."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.zone.api.conftest import People, peopled
from tests.zone.webhooks.receiver import Receiver
from zone.webhooks import delivering
from zone.webhooks.delivering import call_back


@pytest.fixture
async def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[People]:
    # The clock of these towns is turned by hand, so pauses are not waited for but passed.
    monkeypatch.setattr(delivering, "DISK_PAUSE_S", 0.01)
    async with peopled(tmp_path / "n") as made, at_work(made):
        await made.town.admit("guide", "bot")
        await made.hana.set_member(made.room, made.town.ids["guide"])
        yield made


@asynccontextmanager
async def at_work(people: People) -> AsyncIterator[None]:
    """Serve the webhooks of a town."""
    task = asyncio.create_task(call_back(people.town.store))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def register(people: People, receiver: Receiver, **more: Any) -> dict[str, str]:
    form = {
        "name": "窓口",
        "user": people.town.ids["guide"],
        "url": receiver.url,
        "events": ["message.created"],
        **more,
    }
    status, made = await people.town.operate("POST", "/v1/webhooks", form)
    assert status == 201, made
    return dict(made)
