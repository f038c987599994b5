"""A verify stage that dies at any of its failpoints: what was released is on record, once.

The process is real and dies by SIGKILL; its two peers live on and dial again.
"""

import asyncio
import hashlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.relay.verify.log import demand_a_leaf_for_each_release, halted, leaves, published
from tests.relay.verify.peers import FarZone, Transform
from tests.relay.verify.place import event, file_event, item, running, until
from wire.reasons import Reason
from wire.receipts import Verdict

PROGRAM = """
import asyncio, os, sys
from pathlib import Path
from runtime import failpoints
from relay.verify.service import serve_verify
from relay.verify.settings import stage_endpoint
from tests.confining import unconfined
from tests.relay.verify.place import clock
failpoints.arm(os.environ["SEKISHO_FAILPOINT"])
folder = Path(sys.argv[1])
asyncio.run(serve_verify(folder, stage_endpoint(folder), clock=clock, confine=unconfined))
"""
ROOT = Path(__file__).resolve().parents[3]

TEXT = ("第1号議案\r\n" * 30_000).encode()
SHA256 = hashlib.sha256(TEXT).hexdigest()
BAD = b"MZ\x90\x00"
EVENTS = 12

POINTS = [
    "verify.batches.received",
    "verify.leaves.written:2",
    "verify.envelopes.sealed:2",
    "store.commit:5",
    "store.committed:5",
    "verify.group.committed:5",
    "verify.progress.due:2",
    "verify.progress.sent:3",
    "verify.envelope.due:2",
    "verify.envelope.sent:2",
    "verify.acknowledgement.received:2",
    "verify.piece.written:1",
    "verify.piece.written:2",
    "verify.file.renamed",
    "verify.file.checked",
    "verify.file.checked:2",
    "verify.piece.sent:1",
    "verify.piece.sent:2",
    "verify.file.deleted",
    "verify.log.published:2",
    "audit.tiles:2",
    "audit.checkpoint:2",
]


def listens(run: Path) -> bool:
    """Return whether a stage takes connections: it binds its sockets long before."""
    for name in ("stage.sock", "link.sock"):
        with socket.socket(socket.AF_UNIX) as peer:
            if peer.connect_ex(str(run / name)) != 0:
                return False
    return True


@asynccontextmanager
async def dying(folder: Path, point: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a verify stage in a process of its own that dies at `point`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM,
        str(folder),
        cwd=ROOT,
        env=os.environ | {"SEKISHO_FAILPOINT": point},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await until(lambda: listens(folder / "run") or process.returncode is not None)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def send_everything(transform: Transform) -> None:
    """Hand over texts, a file, a file that is none, and a refusal, however often it takes."""
    for number in range(transform.n, EVENTS):
        await transform.hand_over(item(about=event(number + 1)))
    if transform.n == EVENTS:
        refusal = item(event=None, decision="refused", reason=Reason.BAD_SIGNATURE)
        await transform.hand_over(item(about=file_event(EVENTS + 1, TEXT)), refusal)
        await transform.hand_over(item(about=file_event(EVENTS + 3, BAD)))


async def send_files(transform: Transform) -> None:
    for data in (TEXT, BAD):
        await transform.send_file(data)


@pytest.mark.parametrize("point", POINTS)
async def test_what_is_released_is_on_record_once_whenever_it_dies(
    folder: Path, point: str
) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with dying(folder, point) as process, transform.connected(), far.connected():
        await send_everything(transform)
        await send_files(transform)
        await until(lambda: process.returncode is not None)
        assert process.returncode == -signal.SIGKILL
    async with running(folder), transform.connected(), far.connected():
        await transform.resend()
        await send_everything(transform)
        await send_unsent_files(transform)
        await until(lambda: len(transform.verdicts()) == EVENTS + 3)
        await until(lambda: far.chain.high == EVENTS + 2 and SHA256 in far.files)
        await until(lambda: list((folder / "expected").iterdir()) == [])
    verdicts = transform.verdicts()
    assert [n for n in verdicts if verdicts[n] is Verdict.REFUSED] == [EVENTS + 2, EVENTS + 3]
    assert sorted(each.hlc for each in far.events) == [*range(1, EVENTS + 2), EVENTS + 3]
    assert far.files == {SHA256: TEXT}
    assert halted(folder) is None
    assert published(folder) == len(leaves(folder)) == EVENTS + 3
    demand_a_leaf_for_each_release(folder, far)


async def send_unsent_files(transform: Transform) -> None:
    """Send what the verify stage does not say it has."""
    known = {p.first for p in transform.progress if p.verdict is Verdict.ARRIVED}
    for n, data in ((EVENTS + 1, TEXT), (EVENTS + 3, BAD)):
        if n not in known and n not in transform.verdicts():
            await transform.send_file(data)
