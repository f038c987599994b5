"""tus as others speak it: tuspy and tus-js-client, through a daemon that is killed on the way."""

import asyncio
import hashlib
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from sekisho_client import Client
from tests.faults.installation import Installation
from tests.foreign.loopback import loopback
from zone.api.http.frontend_scope import SCOPES

ZONE = "lgwan"
# The daemon settles every 4 MiB: so the third time is in the midst of the second piece.
CONTENT = os.urandom(13_000_001)
PIECE_BYTES = 6 * 1024 * 1024
DEATH = "zone.upload.settled:3"


@dataclass(frozen=True, slots=True)
class Town:
    """A zone's daemon as a process, and who may speak to it."""

    installation: Installation
    token: str
    user: str

    @property
    def socket(self) -> Path:
        return self.installation.node(ZONE) / "run" / "api.sock"

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.token}",
            "Sekisho-Act-As": self.user,
            "Host": "localhost",
            "Connection": "close",
        }

    async def until_dead(self) -> None:
        while self.installation.is_alive(ZONE):  # noqa: ASYNC110 - a process that dies rings no bell
            await asyncio.sleep(0.01)

    async def start(self, failpoint: str = "") -> None:
        self.installation.start(ZONE, failpoint)
        await self.installation.ready(ZONE)


@pytest.fixture
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    installation = Installation.make(tmp_path_factory.mktemp("t") / "s")
    try:
        installation.start(ZONE)
        await installation.ready(ZONE)
        admin = installation.node(ZONE) / "run" / "admin.sock"
        person = {"name": "花子", "user_kind": "staff", "zones": [ZONE]}
        user = await operate(admin, "/v1/users", person)
        frontend = {"name": "test", "uids": [os.geteuid()], "act_as": "anybody", "scopes": SCOPES}
        made = await operate(admin, "/v1/frontends", frontend)
        installation.kill(ZONE)
        yield Town(installation, made["token"], user["id"])
    finally:
        installation.stop_all()


async def operate(socket: Path, path: str, form: object) -> Any:
    connector = aiohttp.UnixConnector(path=str(socket))
    async with (
        aiohttp.ClientSession("http://localhost", connector=connector) as session,
        session.post(path, json=form) as response,
    ):
        return await response.json()


async def file_of(town: Town, url: str | None) -> str:
    """Return the file that an upload became."""
    path = (url or "").partition("/v1/")[2]
    async with (
        Client(town.socket, town.token, town.user) as client,
        client.session.head(f"/v1/{path}", headers={"Tus-Resumable": "1.0.0"}) as response,
    ):
        return response.headers["Sekisho-File"]


async def kept(town: Town, file: str) -> bytes:
    """Return what the zone has under `file`, and see that it is its whole truth about it."""
    async with Client(town.socket, town.token, town.user) as client:
        view = await client.file(file)
        assert (view.state, view.size) == ("stored", len(CONTENT))
        assert view.sha256 == hashlib.sha256(CONTENT).hexdigest()
        return b"".join([piece async for piece in client.download(file)])


async def test_tuspy_goes_on_where_a_killed_daemon_stood(town: Town) -> None:
    await town.start(DEATH)
    async with loopback(town.socket) as port:
        client = TusClient(f"http://127.0.0.1:{port}/v1/uploads", headers=town.headers)
        uploader = client.uploader(
            file_stream=BytesIO(CONTENT),
            chunk_size=PIECE_BYTES,
            metadata={"filename": "写真.jpg", "filetype": "image/jpeg"},
            metadata_encoding="utf-8",
        )
        with pytest.raises(TusCommunicationError):
            await asyncio.to_thread(uploader.upload)
        await town.until_dead()
        await town.start()
        stood = await asyncio.to_thread(uploader.get_offset)
        assert stood == PIECE_BYTES
        uploader.offset = stood
        await asyncio.to_thread(uploader.upload)
    assert await kept(town, await file_of(town, uploader.url)) == CONTENT


async def test_tuspy_sends_checksums_and_each_is_right(town: Town) -> None:
    await town.start()
    async with loopback(town.socket) as port:
        client = TusClient(f"http://127.0.0.1:{port}/v1/uploads", headers=town.headers)
        uploader = client.uploader(
            file_stream=BytesIO(CONTENT),
            chunk_size=PIECE_BYTES,
            upload_checksum=True,
            metadata={"filename": "a.bin"},
        )
        await asyncio.to_thread(uploader.upload)
    assert await kept(town, await file_of(town, uploader.url)) == CONTENT


@pytest.mark.needs("node")
@pytest.mark.usefixtures("node_modules")
async def test_tus_js_client_goes_on_where_a_killed_daemon_stood(
    town: Town, tmp_path: Path
) -> None:
    await town.start(DEATH)
    (tmp_path / "photo").write_bytes(CONTENT)
    script = Path(__file__).with_name("tus_upload.mjs")
    process = await asyncio.create_subprocess_exec(
        "node",
        script,
        town.socket,
        town.token,
        town.user,
        tmp_path / "photo",
        stdout=asyncio.subprocess.PIPE,
    )
    await town.until_dead()
    await town.start()
    out, _ = await process.communicate()
    assert process.returncode == 0
    said = json.loads(out)
    assert said["asked"][:2] == ["POST 201", "PATCH 204"]
    assert "HEAD 200" in said["asked"]
    assert await kept(town, said["file"]) == CONTENT
