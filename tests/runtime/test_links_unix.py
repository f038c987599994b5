"""What only a link over a Unix socket can get wrong."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from runtime import links, listening
from runtime.links import UnixEndpoint, dial_link
from tests.runtime.ends import (
    ENOUGH_S,
    HELLO,
    TAKES,
    Ends,
    dial_raw,
    relay_at,
    short_folder,
    soon,
    unix_ends,
)
from wire.frames import write_frame
from wire.reasons import Reason, Refused, Unavailable


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as made:
        yield made


@pytest.fixture
def unix(folder: Path) -> Ends:
    return unix_ends(folder)


async def test_a_user_who_is_not_named_is_turned_away(unix: Ends) -> None:
    path = unix.listening
    assert isinstance(path, UnixEndpoint)
    async with relay_at(replace(path, uids=frozenset({os.geteuid() + 1}))) as arrived:
        reader, writer = await dial_raw(unix)
        writer.write(write_frame(*HELLO))
        async with asyncio.timeout(ENOUGH_S):
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
        assert arrived.empty()
        writer.close()


async def test_who_knocks_without_end_does_not_fill_the_log(
    unix: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "LOG_EVERY_S", 600.0)
    path = unix.listening
    assert isinstance(path, UnixEndpoint)
    strangers = replace(path, uids=frozenset({os.geteuid() + 1}))
    with capture_logs() as logged:
        async with relay_at(strangers):
            for _ in range(20):
                reader, writer = await dial_raw(unix)
                with suppress(ConnectionResetError):
                    assert await reader.read() == b""
                writer.close()
    assert [line["event"] for line in logged] == ["link.refused"]


async def test_who_dials_and_says_nothing_is_not_waited_for(
    unix: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "FIRST_BYTE_TIMEOUT_S", 0.1)
    async with relay_at(unix.listening) as arrived:
        _, writer = await dial_raw(unix)
        refusal = await soon(arrived)
        assert isinstance(refusal, Refused)
        assert refusal.reason is Reason.TOO_SLOW
        writer.close()


async def test_one_does_not_speak_to_a_user_who_is_not_named(unix: Ends) -> None:
    path = unix.dialling
    assert isinstance(path, UnixEndpoint)
    async with relay_at(unix.listening) as arrived:
        with pytest.raises(Refused) as caught:
            async with dial_link(replace(path, uids=frozenset({os.geteuid() + 1})), TAKES):
                pass
        assert await soon(arrived) is None
    assert caught.value.reason is Reason.FORBIDDEN


async def test_a_socket_is_for_its_owner_and_group(unix: Ends) -> None:
    assert isinstance(unix.listening, UnixEndpoint)
    unix.listening.path.touch()  # what a killed process leaves behind
    async with relay_at(unix.listening):
        assert unix.listening.path.stat().st_mode & 0o777 == 0o660


async def test_a_path_too_long_for_a_socket_says_so(folder: Path) -> None:
    with pytest.raises(Unavailable, match="107 bytes"):
        async with relay_at(UnixEndpoint(folder / ("x" * 108))):
            pass
