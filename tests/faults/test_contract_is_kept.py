"""What daemons in processes of their own say is held against the contract, and a fault is seen."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from sekisho_client import Client, Problem
from tests.contract_watch import lacking
from tests.faults.installation import Installation
from tests.stories.city import LGWAN, City
from zone.api.http.frontend_scope import SCOPES


@pytest.fixture
def installation() -> Iterator[Installation]:
    """Return an installation in which LGWAN alone is run."""
    with tempfile.TemporaryDirectory(prefix="skc-") as folder:
        yield Installation.make(Path(folder) / "c")


STAFF = {"name": "花子", "user_kind": "staff", "zones": ["lgwan"]}


async def talk(installation: Installation) -> None:
    """Have a zone answer and tell: to somebody who polls, and over a WebSocket."""
    installation.start(LGWAN)
    await installation.ready(LGWAN)
    async with AsyncExitStack() as stack:
        city = City(installation, {}, stack)
        form = {"name": "x", "uids": [os.geteuid()], "act_as": "anybody", "scopes": SCOPES}
        token = (await city.operate(LGWAN, "POST", "/v1/frontends", form))["token"]
        user = (await city.operate(LGWAN, "POST", "/v1/users", STAFF))["id"]
        socket = installation.node(LGWAN) / "run" / "api.sock"
        client = await stack.enter_async_context(Client(socket, token, user))
        room = await client.create_room("防災")
        since = (await client.snapshot()).cursor
        await client.post(room, "聞こえますか")
        assert (await client.poll(since)).items[0].type == "message.created"
        assert (await anext(aiter(client.events(since)))).type == "message.created"
        with pytest.raises(Problem):
            await client.room(room[:-1])


async def test_a_daemon_that_keeps_the_contract_ends_in_peace(installation: Installation) -> None:
    await talk(installation)
    installation.stop_all()


@pytest.mark.parametrize("schema", ["MessageCreatedEvent", "MessageView", "Snapshot", "Problem"])
async def test_what_the_contract_does_not_have_is_noticed(
    installation: Installation, schema: str
) -> None:
    """A frame, what is told, an answer and a refusal, each of which lacks what it should have."""
    installation.contract.write_bytes(lacking(schema))
    await talk(installation)
    with pytest.raises(AssertionError, match="salary"):
        installation.stop_all()
    assert f"'{schema}: " in installation.broken.read_text() or schema == "Snapshot"
