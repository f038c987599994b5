"""An installation under load: the real daemons of `sekisho`, one room, one person."""

import asyncio
import itertools
import json
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import aiohttp

from bench.load import Follower, Sender
from sekisho import setup
from sekisho.addresses import Addresses
from sekisho.demo.daemons import Daemon, running_daemons
from sekisho.setup import Plan, tenant_of
from sekisho.site import Host
from wire.lane import Lane, Zone
from zone.api.http.frontend_scope import SCOPES

TEXT = "現地確認は14時30分、第2ゲートに変更です。昼までに返信してください。名札をお持ちください。"


@dataclass(frozen=True, slots=True)
class City:
    """Where to speak, and as whom."""

    folder: Path
    daemons: list[Daemon]
    tokens: dict[Zone, str]
    user: str
    room: str
    keys: "itertools.count[int]"

    def socket(self, zone: Zone) -> Path:
        """Return a zone's api.sock."""
        return self.folder / zone / "run" / "api.sock"

    def headers(self, zone: Zone, user: str = "") -> bytes:
        """Return who asks, as header lines: somebody, or who opened the room."""
        who = user or self.user
        return f"Authorization: Bearer {self.tokens[zone]}\r\nSekisho-Act-As: {who}\r\n".encode()

    async def post(self, sender: Sender, zone: Zone) -> bytes:
        """Post one message."""
        key = next(self.keys)
        headers = self.headers(zone) + b"Idempotency-Key: k%d\r\n" % key
        body = json.dumps({"text": f"{TEXT}{key}"}, ensure_ascii=False).encode()
        return await sender.post(b"/v1/rooms/%b/messages" % self.room.encode(), headers, body)

    async def post_batch(self, sender: Sender, zone: Zone, size: int) -> bytes:
        """Post `size` messages in one request, each with its own client key."""
        keys = [next(self.keys) for _ in range(size)]
        batch = [{"room": self.room, "text": f"{TEXT}{k}", "client_key": f"k{k}"} for k in keys]
        headers = self.headers(zone) + b"Idempotency-Key: b%d\r\n" % keys[0]
        body = json.dumps({"messages": batch}, ensure_ascii=False).encode()
        return await sender.post(b"/v1/messages:batch", headers, body)

    async def follower(self, zone: Zone) -> Follower:
        """Follow a zone's stream."""
        return await Follower.connect(self.socket(zone), self.headers(zone))

    def pids(self) -> dict[str, int]:
        """Return the processes of the installation, by name, stages included."""
        found: dict[str, int] = {}
        for daemon in self.daemons:
            children = _children(daemon.process.pid)
            stages = {name: pid for name, pid in children.items() if name.startswith(tuple(Lane))}
            # What else a daemon has below it, its jail, is counted with it.
            found |= stages or {daemon.name: daemon.process.pid}
        return found

    async def admin(self, zone: Zone, method: str, path: str, body: Any = None) -> Any:
        """Ask a zone's admin socket."""
        return await _ask(self.folder / zone / "run" / "admin.sock", method, path, {}, body)


def _children(pid: int) -> dict[str, int]:
    tasks = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {Path(f"/proc/{child}/comm").read_text().strip(): int(child) for child in tasks}


@asynccontextmanager
async def city(
    *,
    tls: bool = False,
    limits: Mapping[str, int] = MappingProxyType({}),
    has_rates: bool = False,
) -> AsyncIterator[City]:
    """Yield a running installation in a fresh folder on the disk of the working directory.

    `limits` are those of both zones that are to be others than the defaults.  With `has_rates`
    the relay weighs what people say as it does for everybody; else nobody is limited.
    """
    with tempfile.TemporaryDirectory(prefix=".sk-", dir=".") as name:
        folder = Path(name).resolve()  # noqa: ASYNC240 - nothing else runs yet
        addresses = Addresses(tls) if tls else Addresses()
        plan = Plan(folder, "bench", Host.ONE, tenant_of("bench"), addresses)
        for _ in setup.make(plan, now=time.time_ns() // 1_000_000):
            pass
        if not has_rates:
            _lift_rates(folder)
        _set_limits(folder, limits)
        async with running_daemons(folder, folder) as daemons:
            yield await _settle(folder, daemons)


def _lift_rates(folder: Path) -> None:
    """Let one sender say as much as a whole town hall: rates are per sender."""
    for path in folder.glob("relay/*/rules/policy.toml"):
        lines = path.read_text().splitlines()
        path.write_text("\n".join(_lifted(line) for line in lines) + "\n")


def _set_limits(folder: Path, limits: Mapping[str, int]) -> None:
    # One person says as much as a whole town hall.
    chosen = {"frontend_rate": 20_000, "frontend_burst": 20_000} | {
        "person_rate": 20_000,
        "person_burst": 20_000,
        "person_streams": 4_096,
    }
    lines = "".join(f"{name} = {value}\n" for name, value in (chosen | dict(limits)).items())
    for zone in Zone:
        path = folder / zone / "zone.toml"
        text = path.read_text()
        path.write_text(text.replace("[limits]\n", f"[limits]\n{lines}"))


def _lifted(line: str) -> str:
    name, equals, _ = line.partition("=")
    rate = equals and name.strip() in ("per_minute", "burst", "per_day")
    return f"{name}= 100_000_000_000" if rate else line


async def _settle(folder: Path, daemons: list[Daemon]) -> City:
    import os

    found = City(folder, daemons, {}, "", "", itertools.count())
    for zone in Zone:
        frontend = {"name": "bench", "uids": [os.geteuid()], "act_as": "anybody", "scopes": SCOPES}
        found.tokens[zone] = (await found.admin(zone, "POST", "/v1/frontends", frontend))["token"]
    person = {
        "name": "山田",
        "kana": "やまだ",
        "section": "防災課",
        "title": "",
        "user_kind": "staff",
        "zones": ["lgwan", "internet"],
    }
    user = (await found.admin(Zone.LGWAN, "POST", "/v1/users", person))["id"]
    headers = {"Authorization": f"Bearer {found.tokens[Zone.LGWAN]}", "Sekisho-Act-As": user}
    room_form = {"name": "防災", "room_kind": "talk", "scope": "shared"}
    room = await _ask(found.socket(Zone.LGWAN), "POST", "/v1/rooms", headers, room_form)
    settled = City(folder, daemons, found.tokens, user, room["id"], found.keys)
    headers["Authorization"] = f"Bearer {found.tokens[Zone.INTERNET]}"
    async with asyncio.timeout(20):
        while not await _exists(  # noqa: ASYNC110 - it is another process that we wait for
            settled.socket(Zone.INTERNET), room["id"], headers
        ):
            await asyncio.sleep(0.05)
    return settled


async def _exists(socket: Path, room: str, headers: dict[str, str]) -> bool:
    try:
        await _ask(socket, "GET", f"/v1/rooms/{room}", headers, None)
    except aiohttp.ClientResponseError:
        return False
    return True


async def _ask(socket: Path, method: str, path: str, headers: dict[str, str], body: Any) -> Any:
    if method == "POST":
        headers = {**headers, "Idempotency-Key": f"{path}-{time.monotonic_ns()}"}
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket))) as session,
        session.request(
            method, f"http://localhost{path}", headers=headers, raise_for_status=True, **_said(body)
        ) as answer,
    ):
        return await answer.json()


def _said(body: Any) -> dict[str, Any]:
    return {"data": body} if isinstance(body, bytes) else {"json": body}
