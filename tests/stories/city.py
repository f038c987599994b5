"""A small city in both zones, whose daemons are real processes, for stories to be told in.

One city serves all stories: each makes its own people and rooms, and so stands alone.
"""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeVar

import aiohttp

from runtime.operators import write_operators
from sekisho.operators import operator_lists
from sekisho.operators.deciding import Deciding
from sekisho_client import Client, Problem
from tests import operators
from tests.faults.installation import Installation
from wire.lane import Lane, Zone
from zone.api.http.frontend_scope import SCOPES

LGWAN, INTERNET = Zone.LGWAN, Zone.INTERNET
# Far longer than anything takes; on a busy machine a story is slow, not wrong.
PATIENCE_S = 60.0
PAUSE_S = 0.02

T = TypeVar("T")
_numbers = itertools.count(1)


@dataclass
class City:
    """The city in one story.  A client is of one person in one zone."""

    installation: Installation
    tokens: dict[Zone, str]
    stack: AsyncExitStack
    _clients: dict[tuple[str, Zone], Client] = field(default_factory=dict)

    async def person(
        self,
        name: str,
        *zones: Zone,
        kind: Literal["staff", "guest", "bot"] = "staff",
        **profile: Any,
    ) -> str:
        """Admit somebody and return their id, once both zones know them.

        LGWAN vouches for staff, the internet zone for guests.  Without zones they use both.
        `profile` is what else the admin socket takes: kana, section, title, duties …
        """
        home = INTERNET if kind == "guest" else LGWAN
        form = {"name": name, "user_kind": kind, "zones": list(zones or (INTERNET, LGWAN))}
        user = str((await self.operate(home, "POST", "/v1/users", form | profile))["id"])
        for zone in zones or (INTERNET, LGWAN):
            await self.until((await self.client(user, zone)).me)
        return user

    async def client(self, user: str, zone: Zone) -> Client:
        """Return somebody's client in a zone."""
        if (user, zone) not in self._clients:
            socket = self.installation.node(zone) / "run" / "api.sock"
            client = await self.stack.enter_async_context(Client(socket, self.tokens[zone], user))
            self._clients[user, zone] = client
        return self._clients[user, zone]

    async def room(self, name: str, owner: Client, *members: str, **look: Any) -> str:
        """Open a room and return its id, once both zones know it and its members."""
        room = await owner.create_room(
            f"{name} {next(_numbers)}", members=[(user, "member") for user in members], **look
        )
        if look.get("scope", "shared") == "shared":
            for user in members:
                for (who, _), client in list(self._clients.items()):
                    if who == user:
                        await self.until(lambda client=client: client.room(room))  # type: ignore[misc]
        return room

    async def operate(
        self, node: str, method: str, path: str, form: object = None, *, data: bytes | None = None
    ) -> Any:
        """Ask the admin socket of a zone, or of a stage, and return the answer."""
        socket = self.installation.node(node) / "run" / "admin.sock"
        connector = aiohttp.UnixConnector(path=str(socket))
        async with (
            aiohttp.ClientSession("http://localhost", connector=connector) as session,
            session.request(method, path, json=form, data=data) as response,
        ):
            answer = await response.json(content_type=None) if response.status != 204 else None
            assert response.status < 300, answer
            return answer

    async def decide(self, lane: Lane, subject: str, decision: Literal["release", "deny"]) -> None:
        """Have an operator of the relay, who signs it, decide upon what a lane holds."""
        site = self.installation.folder
        for folder in operator_lists.stages_in(site):
            write_operators(folder, operators.TWO)
        desk = Deciding(site, lane, operators.operator_id(), operators.key_of())
        decide = desk.release if decision == "release" else desk.deny
        await asyncio.to_thread(decide, subject, operators.WHY)

    async def home(self) -> str:
        """Return the installation's own municipality, which has a name from now on."""
        person = await self.client(await self.person("受付"), LGWAN)
        tenant = (await person.server()).tenant
        await self.operate(LGWAN, "PATCH", f"/v1/tenants/{tenant}", {"name": "本市"})
        return tenant

    async def agree(self, one: str, other: str, *words: str) -> None:
        """Have the operators of two municipalities agree on these words, and on nothing else."""
        for tenant, neighbour in ((one, other), (other, one)):
            path = f"/v1/tenants/{tenant}/links/{neighbour}"
            await self.operate(LGWAN, "PUT", path, {"offers": list(words)})

    async def until(
        self, look: Callable[[], Awaitable[T]], holds: Callable[[T], object] = lambda _: True
    ) -> T:
        """Look again and again until there is an answer and it `holds`; return it."""
        found: T | Problem | None = None
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    try:
                        found = await look()
                        if holds(found):
                            return found
                    except Problem as problem:
                        if problem.status not in (401, 403, 404):
                            raise
                        found = problem
                    await asyncio.sleep(PAUSE_S)
        except TimeoutError:
            raise AssertionError(f"it did not come to hold; last seen: {found!r}") from None


async def register(installation: Installation) -> dict[Zone, str]:
    """Register a frontend in each zone, that may act as anybody, and return the tokens."""
    tokens = {}
    async with AsyncExitStack() as stack:
        city = City(installation, {}, stack)
        for zone in Zone:
            form = {
                "name": "stories",
                "uids": [os.geteuid()],
                "act_as": "anybody",
                "scopes": SCOPES,
            }
            tokens[zone] = str((await city.operate(zone, "POST", "/v1/frontends", form))["token"])
    return tokens


class Talk(NamedTuple):
    """One person at both sides of a room that both zones know: `web` on the internet, `desk`."""

    city: City
    user: str
    web: Client
    desk: Client
    room: str


@asynccontextmanager
async def talk_in(installation: Installation) -> AsyncIterator[Talk]:
    """Have somebody talk with themself across an installation that runs and has nobody yet."""
    async with AsyncExitStack() as stack:
        city = City(installation, await register(installation), stack)
        user = await city.person("山田花子")
        web, desk = await city.client(user, INTERNET), await city.client(user, LGWAN)
        room = await city.room("防災", desk)
        await city.until(lambda: web.room(room))
        yield Talk(city, user, web, desk, room)
