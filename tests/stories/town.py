"""A site whose nodes run as three Unix users, and municipalities whose lists it has taken in."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sekisho_client import Client
from tests.faults import installation
from tests.sekisho.unix_users import Installation, at_work, faults, interpreter, settle
from tests.stories.city import INTERNET, LGWAN, City, register
from wire.lane import Zone

HEAD = "職員番号,氏名,所属,役職,電話番号,利用ネットワーク,権限\n"


@dataclass
class Town(City):
    """The city of other stories, whose API is where docs/unix-users.md puts it."""

    sockets: Path = Path()

    async def client(self, user: str, zone: Zone) -> Client:
        """Return somebody's client in a zone."""
        if (user, zone) not in self._clients:
            self._clients[user, zone] = await self.stack.enter_async_context(
                Client(self.sockets / zone / "api.sock", self.tokens[zone], user)
            )
        return self._clients[user, zone]


@dataclass(frozen=True)
class Municipality:
    """A municipality and the ids of its people, the head of its disaster prevention first."""

    tenant: str
    name: str
    people: list[str]


@asynccontextmanager
async def settled() -> AsyncIterator[Town]:
    """Make a site as docs/unix-users.md says, run it, and register a frontend in each zone."""
    python, folder = interpreter(), Path(tempfile.mkdtemp(prefix="skt-"))
    try:
        folder.chmod(0o755)
        made = installation.Installation.make(folder / "s")
        settle(folder / "s", folder / "r")
        with at_work(Installation(folder / "s", folder / "r", python)):
            async with AsyncExitStack() as stack:
                yield Town(made, await register(made), stack, sockets=folder / "r")
    finally:
        shutil.rmtree(folder)


async def arrived(town: Town, tenant: str, name: str, count: int) -> Municipality:
    """Import a municipality's list, and see that both zones know all of it."""
    lines = [
        f"{n},{name}{n:04d},局{n % 10}／{name}課{n % 50},係員,090-1000-{n:04d},両方,"
        + ("broadcast、phone" if n == 0 else "")
        for n in range(count)
    ]
    path, data = f"/v1/users:import?tenant={tenant}", (HEAD + "\n".join(lines)).encode()
    taken = await town.operate(LGWAN, "POST", path, data=data)
    assert (taken["added"], taken["orgs_added"], taken["faults"]) == (count, 60, [])
    assert taken["events"] == count + 60
    assert faults(town.installation.folder) == set()  # also while it is under way

    async def fares() -> dict[str, Any]:
        return dict(await town.operate(LGWAN, "GET", f"/v1/imports/{taken['id']}"))

    done = await town.until(fares, lambda report: report["there"] == report["events"])
    left = [done[what] for what in ("to_say", "on_the_way", "held", "refused", "refusals")]
    assert left == [0, 0, 0, 0, []]
    known = {zone: await people_of(town, zone, tenant) for zone in Zone}
    assert known[LGWAN] == known[INTERNET]
    assert len(known[LGWAN]) == count
    return Municipality(tenant, name, [known[LGWAN][f"{name}{n:04d}"] for n in range(count)])


async def people_of(town: Town, zone: Zone, tenant: str) -> dict[str, str]:
    """Return the ids of a municipality's people whom a zone knows, by their names."""
    found = (await town.operate(zone, "GET", "/v1/users"))["items"]
    return {one["name"]: one["id"] for one in found if one["tenant"] == tenant}
