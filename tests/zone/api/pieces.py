"""Speaking tus without a client: whole requests, one piece at a time."""

import base64

from tests.zone.api.asking import Answer, ask, signed_in
from tests.zone.api.conftest import Town

PIECE = "application/offset+octet-stream"


def metadata(name: str, media: str = "application/pdf") -> str:
    pairs = (("filename", name), ("filetype", media))
    return ",".join(f"{word} {base64.b64encode(said.encode()).decode()}" for word, said in pairs)


def headers_of(here: Town, who: str = "hana", **more: str) -> dict[str, str]:
    return signed_in(here.token, here.ids[who], **{"Tus-Resumable": "1.0.0", **more})


async def begin(here: Town, size: int, body: bytes = b"", /, **more: str) -> Answer:
    said = {"Upload-Length": str(size), "Upload-Metadata": metadata("図面.pdf"), **more}
    return await ask(here.api, "POST", "/v1/uploads", headers_of(here, **said), body)


async def patch(here: Town, place: str, offset: int, body: bytes, /, **more: str) -> Answer:
    said = {"Upload-Offset": str(offset), "Content-Type": PIECE, **more}
    return await ask(here.api, "PATCH", place, headers_of(here, **said), body)


async def head(here: Town, place: str) -> Answer:
    return await ask(here.api, "HEAD", place, headers_of(here, **{"Content-Length": "-"}))
