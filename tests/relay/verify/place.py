"""A verify stage's node to test in: its folder, its keys, what is said in it."""

import asyncio
import hashlib
import json
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from relay.normal_form import Transfer, TransferSource
from relay.rule_files import rules_folder
from relay.verify import store
from relay.verify.service import serve_verify
from relay.verify.settings import stage_endpoint
from relay.verify.status import StageStatus
from runtime.database import create_database
from runtime.node import write_key, write_keyring
from runtime.operators import write_operators
from tests import operators
from tests.confining import unconfined
from wire.audit.note import SignatureType, Verifier
from wire.bodies import KINDS, FileReady, MessagePost, RelayNotice
from wire.consents import SignedConsent, content_of_file
from wire.events import Author, Event, FileRef, content_of_event
from wire.ids import mint_id
from wire.keyring import read_card, write_card
from wire.keys import KeyRole, SigningKey
from wire.lane import Lane, log_origin

SITE = "shinjo"
LANE = Lane.IMPORT
NOW = 1_790_000_000_000
KINDS_THERE = sorted(KINDS - {"relay.notice", "file.ready"})
POLICY = f"""
version = 1
kinds = {json.dumps(KINDS_THERE)}
[text]
gaiji = "keep"
individual_number = "pass"
[files]
max_bytes = 104857600
""".encode()
POLICY_SHA256 = hashlib.sha256(POLICY).hexdigest()
SOURCE_SHA256 = hashlib.sha256(b"a payload of the near zone").hexdigest()
WAIT_S = 20.0  # a test that waits longer has failed


def clock() -> int:
    return NOW


def an_id(prefix: str, number: int = 0) -> str:
    return mint_id(prefix, now=NOW, entropy=number.to_bytes(10))


AUTHOR = Author(an_id("us"), an_id("tn"), an_id("fe"))


def event(number: int = 1, body: object = None, files: Sequence[FileRef] = ()) -> Event:
    """Return an event; unless a body is given, somebody says its number."""
    return Event(
        an_id("ms", number),
        number,
        NOW,
        an_id("rm"),
        AUTHOR,
        body if body is not None else MessagePost(f"第{number}号"),  # type: ignore[arg-type]
        list(files),
    )


def item(n: int = 1, about: Event | None = None, **changes: object) -> Transfer:
    """Return an item that passes, about the event of its number, with `changes`."""
    plain = Transfer(n, NOW, TransferSource(1, n, SOURCE_SHA256), "pass", about or event(n))
    return msgspec.structs.replace(plain, **changes)


def consent_to(what: Transfer, decision: str = "release", **changes: Any) -> SignedConsent:
    """Return what an operator signs about an item, with `changes`."""
    event, file = what.event, what.file
    assert event is not None
    match event.body:
        case FileReady(file=subject, message=message):
            assert file is not None
            content = content_of_file(subject, message, file.sha256_in, file.size_in)
        case RelayNotice(subject=subject):
            content = content_of_event(event)
        case _:
            subject, content = event.id, content_of_event(event)
    about = {"subject": subject, "content": content, "author": event.author.uid}
    fields: dict[str, Any] = {"site": SITE, "lane": LANE, "now": NOW, "decision": decision}
    return operators.consent(**fields | about | changes)


def decided(what: Transfer, **changes: Any) -> Transfer:
    """Return an item that somebody has released, or denied, with what they signed."""
    decision = "deny" if what.decision == "denied" else "release"
    return msgspec.structs.replace(what, consents=[consent_to(what, decision, **changes)])


def file_event(number: int, data: bytes, **changes: object) -> Event:
    """Return what the relay says of a clean text file with the content `data`."""
    body = FileReady(
        an_id("ms", 1),
        an_id("fl", number),
        "clean",
        1,
        "資料.txt",
        "text/plain",
        len(data),
        hashlib.sha256(data).hexdigest(),
    )
    return event(number, msgspec.structs.replace(body, **changes))


def make_node(root: Path, **settings: object) -> Path:
    """Make the folder of a verify stage, and keys for it and its peers; return it."""
    folder = root / "verify"
    for name in ("expected", "log", "run", "trusted"):
        (folder / name).mkdir(parents=True)
    create_database(folder / "verify.db", store.KIND, store.schema())
    rules = rules_folder(folder)
    rules.mkdir(exist_ok=True)
    (rules / "policy.toml").write_bytes(POLICY)
    (rules / "profile.toml").touch()
    lines = {"site": SITE, "lane": LANE.value, "link": "unix:run/link.sock"} | settings
    text = "".join(
        f"{key} = {msgspec.json.encode(value).decode()}\n" for key, value in lines.items()
    )
    (folder / "verify.toml").write_text(text)
    write_operators(folder, operators.TWO)
    for role in (KeyRole.IMPORT_RELEASE, KeyRole.IMPORT_AUDIT):
        write_key(folder, role, seed_of(role))
    roles = (
        KeyRole.IMPORT_RELEASE,
        KeyRole.IMPORT_AUDIT,
        KeyRole.WITNESS_LGWAN,
        KeyRole.WITNESS_INTERNET,
        KeyRole.INTERNET_CONSENT,
    )
    cards = [write_card(key_of(role), node="test", since=0) for role in roles]
    write_keyring(folder, [read_card(card) for card in cards])
    return folder


def seed_of(role: KeyRole) -> bytes:
    return hashlib.sha256(role.encode()).digest()


def key_of(role: KeyRole) -> SigningKey:
    return SigningKey.from_seed(role, seed_of(role))


def log_verifier(site: str = SITE) -> Verifier:
    key = key_of(KeyRole.IMPORT_AUDIT).private.public_key()
    return Verifier(log_origin(site, LANE), key)


def witness_verifier(role: KeyRole = KeyRole.WITNESS_LGWAN) -> Verifier:
    key = key_of(role).private.public_key()
    return Verifier(f"{SITE}/{role}", key, SignatureType.COSIGNATURE_V1)


@asynccontextmanager
async def running(folder: Path, *, clock: Callable[[], int] = clock) -> AsyncIterator[None]:
    """Run the verify stage in `folder`, until it has published what it put on record."""
    service = serve_verify(folder, stage_endpoint(folder), clock=clock, confine=unconfined)
    task = asyncio.create_task(service)
    try:
        await until(lambda: task.done() or _answers(folder / "run" / "link.sock"))
        if task.done():
            await task
        await until_status(folder, lambda _: True)  # it listens before it is ready
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


async def until(holds: Callable[[], bool]) -> None:
    """Wait until `holds()`."""
    async with asyncio.timeout(WAIT_S):
        while not holds():  # noqa: ASYNC110 - it looks at what another process writes, too
            await asyncio.sleep(0.005)


async def until_status(folder: Path, holds: Callable[[StageStatus], bool]) -> StageStatus:
    """Wait until what the verify stage says of itself is so, and return it."""
    async with asyncio.timeout(WAIT_S):
        while True:
            reader, writer = await asyncio.open_unix_connection(folder / "run" / "admin.sock")
            status = msgspec.json.decode(await reader.readline(), type=StageStatus)
            writer.close()
            if holds(status):
                return status
            await asyncio.sleep(0.01)


def announced(about: Event) -> str:
    assert isinstance(about.body, FileReady)
    assert about.body.sha256 is not None
    return about.body.sha256
