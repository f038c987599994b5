"""What people do while daemons die: they post, and ask again until there is an answer.

Whatever was answered with an id is acknowledged and must arrive.  Each request
has its key, so that asking again after a crash cannot say a thing twice.
"""

import asyncio
import io
import itertools
import json
import os
import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import aiohttp
from PIL import Image

from tests.faults.installation import ZONES, Installation
from wire.lane import Zone
from zone.api.http.frontend_scope import SCOPES

CANARY = b"CANARY-must-not-cross-7f3a"
# Twelve digits with a right check digit: what the default policy holds.
INDIVIDUAL_NUMBER = "123456789018"
ASK_AGAIN_S = 0.05


@dataclass(slots=True)
class City:
    """Who there is in the template: a staff member, a token for each zone, a shared room."""

    tokens: dict[Zone, str] = field(default_factory=dict)
    user: str = ""
    room: str = ""
    said: list["Said"] = field(default_factory=list)


@dataclass(slots=True)
class Said:
    """One acknowledged message: what must become of it."""

    id: str
    zone: Zone
    text: str
    file: str = ""  # "photo" or "program", if it has one


def photo(number: int) -> bytes:
    """Return a JPEG with EXIF, GPS and trailing bytes that must not cross."""
    image = Image.effect_noise((120, 90), 40 + number % 50).convert("RGB")
    exif = Image.Exif()
    exif[0x010E] = CANARY.decode()
    exif.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, quality=80)
    return out.getvalue() + CANARY + number.to_bytes(4)


class Frontend:
    """A frontend in one zone, as patient as people are."""

    def __init__(self, installation: Installation, zone: Zone, city: City) -> None:
        """Speak to the sockets of `zone`."""
        self._run = installation.node(zone) / "run"
        self._zone = zone
        self._city = city
        self._keys = (f"{secrets.token_hex(4)}-{n}" for n in itertools.count())

    async def ask(
        self, method: str, path: str, *, socket: str = "api.sock", **request: Any
    ) -> tuple[int, Any]:
        """Ask until there is an answer that is not "ask again"."""
        status, _, body = await self._ask(method, path, socket=socket, **request)
        return status, json.loads(body)

    async def _ask(
        self, method: str, path: str, *, socket: str = "api.sock", **request: Any
    ) -> tuple[int, Mapping[str, str], bytes]:
        headers = {**request.pop("headers", {})}
        if socket == "api.sock":
            headers["Authorization"] = f"Bearer {self._city.tokens[self._zone]}"
            headers["Sekisho-Act-As"] = self._city.user
        if method == "POST":
            headers["Idempotency-Key"] = next(self._keys)
        while True:
            try:
                connector = aiohttp.UnixConnector(str(self._run / socket))
                async with (
                    aiohttp.ClientSession(connector=connector) as session,
                    session.request(
                        method, f"http://localhost{path}", headers=headers, **request
                    ) as answer,
                ):
                    body = await answer.read()
                    if answer.status not in (429, 503, 507):
                        return answer.status, answer.headers, body
            except (aiohttp.ClientError, OSError, TimeoutError):
                pass
            await asyncio.sleep(ASK_AGAIN_S)

    async def say(self, text: str, *, file: str = "", data: bytes = b"") -> Said:
        """Post a message, with a file if there is one, and return what was acknowledged."""
        files = []
        if file == "photo":
            files = [await self._upload_in_pieces("photo.jpg", data)]
        elif file:
            files = [await self._upload("setup.exe", data)]
        status, body = await self.ask(
            "POST", f"/v1/rooms/{self._city.room}/messages", json={"text": text, "files": files}
        )
        assert status == 202, body
        return Said(body["id"], self._zone, text, file)

    async def _upload(self, name: str, data: bytes) -> str:
        digest = b64encode(sha256(data).digest()).decode()
        headers = {"Content-Digest": f"sha-256=:{digest}:"}
        status, body = await self.ask("POST", f"/v1/files?name={name}", data=data, headers=headers)
        assert status < 300, body
        return str(body["id"])

    async def _upload_in_pieces(self, name: str, data: bytes) -> str:
        """Speak tus, in three pieces, and go on where the daemon says that it stands."""
        tus = {"Tus-Resumable": "1.0.0"}
        said = {
            "Upload-Length": str(len(data)),
            "Upload-Metadata": f"filename {b64encode(name.encode()).decode()}",
        }
        status, body = await self.ask("POST", "/v1/uploads", headers=tus | said)
        assert status < 300, body
        path, step = f"/v1/uploads/{body['id']}", len(data) // 3 + 1
        while True:
            _, at, _ = await self._ask("HEAD", path, headers=tus)
            if "Sekisho-File" in at:
                return at["Sekisho-File"]
            offset = int(at["Upload-Offset"])
            said = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
            await self._ask("PATCH", path, headers=tus | said, data=data[offset : offset + step])


async def settle(installation: Installation) -> City:
    """Make the city of the template through the sockets, as an operator would."""
    city = City()
    lgwan, internet = (Frontend(installation, zone, city) for zone in (Zone.LGWAN, Zone.INTERNET))
    for frontend, zone in ((lgwan, Zone.LGWAN), (internet, Zone.INTERNET)):
        body = {"name": "test", "uids": [_own_uid()], "act_as": "anybody", "scopes": SCOPES}
        _, made = await frontend.ask("POST", "/v1/frontends", socket="admin.sock", json=body)
        city.tokens[zone] = made["token"]
    person = {
        "name": "山田 花子",
        "kana": "やまだ はなこ",
        "section": "防災課",
        "title": "主査",
        "user_kind": "staff",
        "zones": ["lgwan", "internet"],
    }
    _, made = await lgwan.ask("POST", "/v1/users", socket="admin.sock", json=person)
    city.user = made["id"]
    _, made = await lgwan.ask(
        "POST", "/v1/rooms", json={"name": "防災", "room_kind": "talk", "scope": "shared"}
    )
    city.room = made["id"]
    room = f"/v1/rooms/{city.room}"
    while (await internet.ask("GET", room))[0] != 200:  # noqa: ASYNC110 - it is to cross
        await asyncio.sleep(ASK_AGAIN_S)
    # One thing on each lane, so that both logs have something to witness.
    city.said = [await lgwan.say("はじめまして"), await internet.say("よろしく")]
    return city


def _own_uid() -> int:
    return os.geteuid()


async def converse(installation: Installation, city: City, *, messages: int) -> list[Said]:
    """Have both zones say `messages` things each, some with files, some that are held."""

    async def speak(zone: Zone) -> list[Said]:
        frontend = Frontend(installation, zone, city)
        said = []
        for n in range(messages):
            text = f"{zone} {n}"
            match n % 8:
                case 3:
                    said.append(await frontend.say(text, file="photo", data=photo(n)))
                case 5:
                    said.append(await frontend.say(f"{text} {INDIVIDUAL_NUMBER}"))
                case 6:
                    program = b"MZ" + CANARY + bytes(64)
                    said.append(await frontend.say(text, file="program", data=program))
                case _:
                    said.append(await frontend.say(text))
        return said

    both = await asyncio.gather(*(speak(zone) for zone in ZONES))
    return [*city.said, *(one for said in both for one in said)]
