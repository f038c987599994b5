"""The stages are linked by what they have inherited; no path leads from one to the other."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from runtime.links import Connection, HandedEndpoint, UnixEndpoint, dial_link
from runtime.listening import bind_endpoint, listen_on
from sekisho.site import Program
from sekisho.stage_links import CHANNEL, StageLinks
from wire.frames import FrameType
from wire.reasons import Unavailable

TAKES = frozenset({FrameType.HELLO})
ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def channel(links: StageLinks, stage: Program) -> AsyncIterator[HandedEndpoint]:
    """The end of its channel that a stage has."""
    async with links.channel_of(stage) as end:
        own = end.dup()
        end.close()
        own.setblocking(False)
        with own:
            yield HandedEndpoint(own)


@asynccontextmanager
async def verify(endpoint: HandedEndpoint | UnixEndpoint) -> AsyncIterator[None]:
    """A verify stage that sends back what it gets."""

    async def echo(connection: Connection) -> None:
        async for frame_type, body in connection.frames():
            await connection.send(frame_type, body)

    async with listen_on(bind_endpoint(endpoint), TAKES, echo):
        yield


async def said_back(transform: HandedEndpoint, words: bytes) -> bytes:
    async with asyncio.timeout(30), dial_link(transform, TAKES) as connection:
        await connection.send(FrameType.HELLO, words)
        async for _, body in connection.frames():
            return body
    raise AssertionError("the other stage has hung up")


async def test_a_link_is_made_as_often_as_it_is_asked_for() -> None:
    links = StageLinks()
    async with (
        channel(links, Program.VERIFY) as far,
        channel(links, Program.TRANSFORM) as near,
        verify(far),
    ):
        for words in (b"once", b"again"):
            assert await said_back(near, words) == words


async def test_a_stage_that_was_started_again_is_linked_again() -> None:
    links = StageLinks()
    async with channel(links, Program.TRANSFORM) as near:
        for words in (b"first", b"second"):
            async with channel(links, Program.VERIFY) as far, verify(far):
                assert await said_back(near, words) == words
            with pytest.raises(Unavailable, match="the other stage"):
                await said_back(near, words)


async def test_what_is_no_question_gets_no_link() -> None:
    links = StageLinks()
    async with (
        channel(links, Program.VERIFY) as far,
        channel(links, Program.TRANSFORM) as near,
        verify(far),
    ):
        near.channel.send(b"link")
        assert await asyncio.get_running_loop().sock_recv(near.channel, 16) == b"none"
        assert await said_back(near, b"still there") == b"still there"


async def test_stages_that_were_started_apart_meet_at_a_path(short_path: Path) -> None:
    path = short_path / "stage.sock"
    here = StageLinks(listens=UnixEndpoint(path))
    there = StageLinks(dials=UnixEndpoint(path))
    async with AsyncExitStack() as stack:
        near = await stack.enter_async_context(channel(there, Program.TRANSFORM))
        with pytest.raises(Unavailable):
            await said_back(near, b"too early")
        far = await stack.enter_async_context(channel(here, Program.VERIFY))
        await stack.enter_async_context(verify(far))
        listening = asyncio.create_task(here.listen())
        stack.callback(listening.cancel)
        while not path.exists():  # noqa: ASYNC110 - a file rings no bell
            await asyncio.sleep(0.01)
        assert await said_back(near, b"here") == b"here"


@pytest.mark.parametrize("which", ["dials", "listens"])
async def test_apart_they_ask_who_is_there(short_path: Path, which: str) -> None:
    path, stranger = short_path / "stage.sock", frozenset({os.geteuid() + 1})
    here = StageLinks(listens=UnixEndpoint(path, stranger if which == "listens" else frozenset()))
    there = StageLinks(dials=UnixEndpoint(path, stranger if which == "dials" else frozenset()))
    async with AsyncExitStack() as stack:
        near = await stack.enter_async_context(channel(there, Program.TRANSFORM))
        far = await stack.enter_async_context(channel(here, Program.VERIFY))
        await stack.enter_async_context(verify(far))
        listening = asyncio.create_task(here.listen())
        stack.callback(listening.cancel)
        while not path.exists():  # noqa: ASYNC110 - a file rings no bell
            await asyncio.sleep(0.01)
        with pytest.raises((Unavailable, AssertionError)):
            await said_back(near, b"anybody?")


def test_a_stage_lets_go_of_whatever_else_it_has_inherited(tmp_path: Path) -> None:
    program = (
        "import json, os\n"
        "from sekisho.stage_links import other_stage\n"
        "channel = other_stage().channel\n"
        "held = {name: os.readlink(f'/proc/self/fd/{name}') for name in os.listdir('/proc/self/fd')"
        " if os.path.exists(f'/proc/self/fd/{name}')}\n"
        "print(json.dumps([channel.fileno(), held, channel.get_inheritable()]))\n"
    )
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs, (tmp_path / "stray").open("wb") as stray:
        done = subprocess.run(
            [sys.executable, "-c", program],
            pass_fds=[theirs.fileno(), stray.fileno(), ours.fileno()],
            env={**os.environ, CHANNEL: str(theirs.fileno())},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            check=True,
        )
        channel, held, inheritable = json.loads(done.stdout)
    assert [name for name, link in held.items() if "stray" in link] == []
    assert [name for name, link in held.items() if link.startswith("socket:")] == [str(channel)]
    assert inheritable is False
