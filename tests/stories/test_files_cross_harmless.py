"""Photos and files of 20 MB and more, and a workbook with a macro: harmless on the other side."""

import asyncio
import io
import os
import zipfile
from pathlib import Path

from PIL import Image

from sekisho_client import Client
from sekisho_client.messages import File
from tests.sanitizer.samples import CANARY, exif_with_gps
from tests.stories.city import INTERNET, LGWAN, City


async def download(client: Client, file: str) -> bytes:
    return b"".join([piece async for piece in client.download(file)])


async def crossed(city: City, client: Client, file: str) -> File:
    """Wait until a file has its outcome."""
    done = ("clean", "altered", "refused", "held")
    return await city.until(lambda: client.file(file), lambda found: found.state in done)


def large_photo() -> bytes:
    """Return a photo of nearly 20 MiB that says where it was taken."""
    side = 2_600
    noise = Image.frombytes("RGB", (side, side), os.urandom(3 * side * side))
    file = io.BytesIO()
    noise.save(file, "JPEG", quality=97, subsampling=0, exif=exif_with_gps())
    return file.getvalue()


async def test_a_photo_of_twenty_megabytes_crosses_without_the_place_it_was_taken_at(
    city: City,
) -> None:
    outside = await city.client(await city.person("現場"), INTERNET)
    desk = await city.person("本部")
    at_desk = await city.client(desk, LGWAN)
    room = await city.room("被害状況", at_desk, (await outside.me()).id)
    photo = await asyncio.to_thread(large_photo)
    assert 18_000_000 < len(photo) < 20 * 1024 * 1024
    assert CANARY in photo
    file = await outside.upload("被害.jpg", photo, media="image/jpeg")
    text = await outside.post(room, "写真を送ります", files=[file.id])
    # The text does not wait for the file.
    await city.until(lambda: at_desk.message(text.id))
    view = await crossed(city, at_desk, file.id)
    assert view.state in ("clean", "altered")
    assert {word for word, _ in view.removed} >= {"gps"}
    received = await download(at_desk, file.id)
    assert CANARY not in received
    assert Image.open(io.BytesIO(received)).size == (2_600, 2_600)
    told = await city.until(
        lambda: outside.message(text.id),
        lambda m: m.files[0].state not in ("crossing", "arrived"),
    )
    assert told.files[0].state == view.state


async def test_the_macro_of_a_shared_workbook_stays_behind_and_its_author_is_told(
    city: City, corpus: Path
) -> None:
    outside = await city.client(await city.person("改善 担当"), INTERNET)
    at_desk = await city.client(await city.person("財政課"), LGWAN)
    room = await city.room("マクロ改善", at_desk, (await outside.me()).id)
    book = await asyncio.to_thread((corpus / "poi" / "SimpleMacro.xlsm").read_bytes)
    file = await outside.upload("台帳.xlsm", book)
    said = await outside.post(room, "改良しました", files=[file.id])
    await city.until(lambda: at_desk.message(said.id))
    view = await crossed(city, at_desk, file.id)
    assert (view.state, view.name.rpartition(".")[2]) == ("altered", "xlsx")
    assert "macro" in {word for word, _ in view.removed}
    with zipfile.ZipFile(io.BytesIO(await download(at_desk, file.id))) as rebuilt:
        assert not [name for name in rebuilt.namelist() if "vba" in name.lower()]
    told = await city.until(lambda: outside.file(file.id), lambda f: f.state == "altered")
    assert "macro" in {word for word, _ in told.removed}
    # In the zone it was sent from it is as it was: nothing crossed there.
    assert await download(outside, file.id) == book


async def test_a_program_is_refused_by_name(city: City) -> None:
    outside = await city.client(await city.person("業者"), INTERNET)
    at_desk = await city.client(await city.person("受付"), LGWAN)
    room = await city.room("受領", at_desk, (await outside.me()).id)
    file = await outside.upload("更新.exe", b"MZ\x90\x00" + bytes(500))
    said = await outside.post(room, "実行してください", files=[file.id])
    await city.until(lambda: at_desk.message(said.id))
    view = await crossed(city, at_desk, file.id)
    assert (view.name, view.state, view.reason) == ("更新.exe", "refused", "file-kind")
    told = await city.until(lambda: outside.file(file.id), lambda f: f.state == "refused")
    assert told.reason == "file-kind"
