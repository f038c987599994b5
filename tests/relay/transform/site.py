"""A transform stage's node in a folder, and who talks to it: real keys, real sockets.

`Near` speaks for the near zone and `Verify` for the verify stage, each just enough of
its side of the protocol for a test to say what it does and to see what it is told.
"""

import asyncio
import hashlib
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from relay.normal_form import Transfer
from relay.rule_files import rules_folder
from relay.transform.service import serve_with
from relay.transform.settings import verify_endpoint
from relay.transform.store import create_transform_store
from runtime.node import write_key, write_keyring
from runtime.operators import write_operators
from sanitizer.jail import Jail
from tests import operators
from tests.confining import unconfined
from tests.operators import operator_id
from wire.bodies import Body, MessagePost
from wire.consents import SignedConsent
from wire.events import Author, Event, FileRef
from wire.ids import ENTROPY_BYTES, mint_id
from wire.keyring import read_card, write_card
from wire.keys import KeyRole, SigningKey
from wire.lane import Hop, Lane, Link

SITE = "test-city"
LANE = Lane.IMPORT
LINK = Link(SITE, LANE, Hop.SOURCE)
NOW = 1_700_000_000_000
PATIENCE_S = 20.0

POLICY = """
version = 1
kinds = ["message.post", "message.edit", "message.withdraw", "reaction.set", "read.set"]
[[words]]
name = "secret"
words = ["取扱注意"]
[[words]]
name = "forbidden"
action = "refuse"
words = ["機密性3"]
"""


def now() -> int:
    return NOW


def new_id(prefix: str) -> str:
    return mint_id(prefix, now=NOW, entropy=secrets.token_bytes(ENTROPY_BYTES))


ROOM, TENANT, FRONTEND = new_id("rm"), new_id("tn"), new_id("fe")
AUTHOR = Author(new_id("us"), TENANT, FRONTEND)


def post(text: str, *files: FileRef, author: Author = AUTHOR, at: int = NOW) -> Event:
    """Return a message; its stamp is of no matter here."""
    return Event(new_id("ms"), 1, at, ROOM, author, MessagePost(text), list(files))


def act(on: Event, body: Body) -> Event:
    """Return what the author of a message does next in its room."""
    return Event(new_id("ac"), on.hlc + 1, on.at, on.room, on.author, body)


def file_ref(data: bytes, name: str, media: str) -> FileRef:
    return FileRef(new_id("fl"), name, media, len(data), hashlib.sha256(data).hexdigest())


@dataclass(frozen=True)
class Node:
    """The stage's folder, and the key of the zone that it trusts."""

    folder: Path
    zone: SigningKey
    receipt: SigningKey
    consent: SigningKey


@cache
def warm_jail() -> Jail:
    """Return a jail for all tests: starting one takes longer than most of them."""
    return Jail()


def make_node(site: Path, policy: str = POLICY, profile: str = "", **settings: object) -> Node:
    """Make what `sekisho init` makes, as far as this stage needs it."""
    folder = site / "t"
    (folder / "run").mkdir(parents=True)
    write_operators(folder, operators.TWO)
    (site / "v").mkdir()
    rules = rules_folder(folder)
    rules.mkdir(exist_ok=True)
    (rules / "policy.toml").write_text(policy)
    (rules / "profile.toml").write_text(profile)
    zone = SigningKey.from_seed(KeyRole.INTERNET_SOURCE, secrets.token_bytes(32))
    receipt = write_key(folder, KeyRole.IMPORT_RECEIPT, secrets.token_bytes(32))
    consent = SigningKey.from_seed(KeyRole.INTERNET_CONSENT, secrets.token_bytes(32))
    cards = [write_card(key, node="n", since=0) for key in (zone, receipt, consent)]
    write_keyring(folder, [read_card(card) for card in cards])
    lines = {"site": SITE, "lane": "import", "link": "unix:run/link.sock"}
    values = lines | {"stage": "unix:../v/stage.sock"} | settings
    toml = "".join(
        f"{key} = {msgspec.json.encode(value).decode()}\n" for key, value in values.items()
    )
    (folder / "transform.toml").write_text("".join(toml))
    create_transform_store(folder)
    return Node(folder, zone, receipt, consent)


@asynccontextmanager
async def running(node: Node, clock: Callable[[], int] = now) -> AsyncIterator[None]:
    """Run the stage in this process."""
    clear_sockets(node)
    stage = verify_endpoint(node.folder)
    service = serve_with(warm_jail(), node.folder, stage, clock=clock, confine=unconfined)
    task = asyncio.create_task(service)
    try:
        await ready(node, task)
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled() and (failure := task.exception()) is not None:
            raise failure


def clear_sockets(node: Node) -> None:
    """Take away what a stage that ran before has left, so that we do not dial into it."""
    for path in _sockets(node):
        path.unlink(missing_ok=True)


def is_listening(node: Node) -> bool:
    """Say whether it answers: its admin socket is served when all else is."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(node.folder / "run" / "admin.sock"))
        except OSError:
            return False
    return True


def _sockets(node: Node) -> list[Path]:
    return [node.folder / "run" / name for name in ("link.sock", "admin.sock")]


async def ready(node: Node, task: asyncio.Task[None]) -> None:
    """Wait until the stage listens; if it fails instead, say why."""

    def is_over() -> bool:
        return task.done() or is_listening(node)

    await eventually(is_over)
    if task.done():
        task.result()


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until `condition` holds."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


async def admin(
    node: Node, method: str, path: str, body: object = None
) -> tuple[int, dict[str, object]]:
    """Ask the admin socket; return status and body of the answer."""
    connector = aiohttp.UnixConnector(str(node.folder / "run" / "admin.sock"))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.request(
            method, f"http://localhost{path}", data=msgspec.json.encode(body)
        ) as response,
    ):
        return response.status, msgspec.json.decode(await response.read())


async def signed(node: Node, subject: str, decision: str, /, **changes: Any) -> SignedConsent:
    """Return what an operator signs about something that is held, with `changes`."""
    _, found = await admin(node, "GET", "/v1/holds")
    listed: Any = found["holds"]
    (held,) = [each for each in listed if each["id"] == subject]
    about = {"subject": subject, "content": held["content"], "author": held["author"]}
    fields: dict[str, Any] = {"site": SITE, "lane": LANE, "now": NOW, "decision": decision}
    return operators.consent(**fields | about | changes)


async def decide(
    node: Node, subject: str, decision: str, /, **changes: Any
) -> tuple[int, dict[str, object]]:
    """Have an operator release, deny or look at what is held; return status and answer."""
    said = await signed(node, subject, decision, **changes)
    where = "looks" if decision == "look" else "consents"
    return await admin(node, "POST", f"/v1/holds/{where}", msgspec.to_builtins(said))


def deciders(item: Transfer) -> list[str]:
    """Return who has decided."""
    return [signed.consent.by for signed in item.consents]


OPERATOR = operator_id()
