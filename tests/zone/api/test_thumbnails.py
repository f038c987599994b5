"""Thumbnails are made in a real jail when they are asked for, and go with their file."""

import asyncio
import io
import os
import signal
from pathlib import Path

import pytest
from PIL import Image

from sekisho_client.events import FileUpdate
from tests.sanitizer.samples import encoded, gradient
from tests.sanitizer.test_pdf import pdf_of
from tests.zone import launching
from tests.zone.api.asking import Answer, ask, signed_in
from tests.zone.api.conftest import People, peopled, town
from wire.reasons import Refused
from zone.api.operator import upkeep
from zone.copy import blobs, thumbnails
from zone.copy.blobs import thumbnail_path
from zone.copy.thumbnailer import Drawn
from zone.settings import RequestLimits

PHOTO = encoded(gradient((1600, 1200)), "JPEG")


async def get(people: People, file: str, query: str = "", who: str = "hana", **more: str) -> Answer:
    here = people.town
    headers = signed_in(here.token, here.ids[who], **more)
    return await ask(here.api, "GET", f"/v1/files/{file}/thumbnail{query}", headers)


def kept(people: People) -> list[Path]:
    return sorted(people.town.store.blobs.glob(".*.jpg"))


def size_of(answer: Answer) -> tuple[int, int]:
    return Image.open(io.BytesIO(answer.body), formats=["JPEG"]).size


async def test_a_photo_and_the_first_page_of_a_pdf_have_thumbnails(people: People) -> None:
    photo = (await people.hana.upload("写真.jpg", PHOTO)).id
    page = (await people.hana.upload("a.pdf", pdf_of(b"0 0 595 842 re f"))).id
    small, large = await get(people, photo), await get(people, photo, "?size=1024")
    assert (small.status, small.headers["Content-Type"]) == (200, "image/jpeg")
    assert small.headers["X-Content-Type-Options"] == "nosniff"
    assert (size_of(small), size_of(large)) == ((256, 192), (1024, 768))
    assert size_of(await get(people, page)) == (181, 256)
    again = await get(people, photo, **{"If-None-Match": small.headers["ETag"]})
    assert again.status == 304
    assert small.headers["ETag"] != large.headers["ETag"]
    assert (await get(people, photo, "?size=300")).json["code"] == "invalid"


async def test_what_has_no_looks_has_no_thumbnail_and_is_not_tried_again(people: People) -> None:
    file = (await people.hana.upload("a.txt", b"x")).id
    for _ in range(2):
        answer = await get(people, file)
        assert (answer.status, answer.json["code"]) == (404, "not-found")
    (none,) = kept(people)
    assert none.stat().st_size == 0


async def test_the_size_of_a_picture_is_known_and_told_once_its_thumbnail_was_drawn(
    tmp_path: Path,
) -> None:
    async with peopled(tmp_path / "n") as people:
        file = (await people.hana.upload("写真.jpg", PHOTO)).id
        posted = await people.hana.post(people.room, "", files=[file])
        (before,) = posted.files
        assert (before.width, before.height) == (None, None)
        cursor = (await people.taro.snapshot()).cursor
        assert (await get(people, file)).status == 200
        told = (await people.taro.poll(cursor, wait=0)).items
        updates = [each.data.file for each in told if isinstance(each.data, FileUpdate)]
        assert [(each.width, each.height) for each in updates] == [(1600, 1200)]
        again = await people.hana.upload("同じ.jpg", PHOTO)
        assert (again.width, again.height) == (1600, 1200)
        page = (await people.hana.upload("a.pdf", pdf_of(b"0 0 595 842 re f"))).id
        assert (await get(people, page)).status == 200
        view = await people.hana.file(page)
        assert (view.width, view.height) == (None, None)
    async with town(tmp_path / "n", fresh=False) as later:
        hana = await later.client(people.town.ids["hana"], people.town.token)
        (shown,) = (await hana.message(posted.id)).files
        assert (shown.width, shown.height) == (1600, 1200)


async def test_a_thumbnail_is_for_those_who_see_the_file(people: People) -> None:
    file = (await people.hana.upload("a.jpg", PHOTO)).id
    assert (await get(people, file, who="taro")).status == 404
    await people.hana.post(people.room, "", files=[file])
    assert (await get(people, file, who="taro")).status == 200
    assert (await get(people, file, who="jiro")).status == 404


async def test_a_thumbnail_goes_with_its_file(people: People) -> None:
    file = (await people.hana.upload("a.jpg", PHOTO)).id
    posted = await people.hana.post(people.room, "", files=[file])
    await get(people, file)
    await get(people, file, "?size=1024")
    assert len(kept(people)) == 2
    await people.hana.withdraw(posted.id)
    assert list(people.town.store.blobs.iterdir()) == []
    assert (await get(people, file)).json["code"] == "conflict"


async def test_many_who_ask_at_once_have_it_made_once(people: People) -> None:
    file = (await people.hana.upload("a.jpg", PHOTO)).id
    answers = await asyncio.gather(*(get(people, file) for _ in range(20)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert len(kept(people)) == 1


async def test_the_oldest_go_when_there_is_no_room_and_are_made_again(tmp_path: Path) -> None:
    async with peopled(tmp_path / "n", RequestLimits(thumbnail_bytes=4_000)) as people:
        files = []
        for side in (900, 1000, 1100):
            picture = encoded(gradient((side, side)), "PNG")
            files.append((await people.hana.upload("a.png", picture)).id)
            assert (await get(people, files[-1])).status == 200
        assert 0 < len(kept(people)) < 3
        assert sum(path.stat().st_size for path in kept(people)) <= 4_000
        assert (await get(people, files[0])).status == 200


async def test_what_a_crash_left_of_a_file_that_is_gone_is_swept_up(people: People) -> None:
    file = await people.hana.upload("a.jpg", PHOTO)
    await get(people, file.id)
    stray = thumbnail_path(people.town.store.blobs, "0" * 64, 256)
    stray.write_bytes(b"?")
    thumbnails.sweep(people.town.store.blobs, 10**9)
    assert kept(people) == [thumbnail_path(people.town.store.blobs, str(file.sha256), 256)]
    await upkeep.sweep(people.town.store, before=0)
    assert len(kept(people)) == 1


def test_a_thumbnailer_that_was_killed_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(PHOTO)
    thumbnailer = launching.thumbnailer()
    try:
        with (tmp_path / "a").open("rb") as photo, (tmp_path / "b").open("xb") as small:
            assert thumbnailer.draw(256, photo, small) == Drawn((1600, 1200))
            process = thumbnailer._process
            assert process is not None
            os.kill(process.pid, signal.SIGKILL)
            assert thumbnailer.draw(256, photo, small) == Drawn((1600, 1200))
            assert thumbnailer._process is not process
        with Image.open(tmp_path / "b") as picture:
            assert picture.size == (256, 192)
    finally:
        thumbnailer.close()


async def test_a_file_that_goes_while_it_is_drawn_leaves_no_thumbnail(tmp_path: Path) -> None:
    first, second = "a" * 64, "b" * 64
    for name in (first, second):
        (tmp_path / name).write_bytes(PHOTO)
    measured = []

    async def note(sha256: str, pixels: tuple[int, int]) -> None:
        measured.append((sha256, pixels))

    drawer = thumbnails.Thumbnails(tmp_path, 10**9, note, launching.thumbnailer())
    try:
        assert (await drawer.get(first, 256)).stat().st_size > 0
        process = drawer._thumbnailer._process
        assert process is not None
        os.kill(process.pid, signal.SIGSTOP)
        drawing = asyncio.create_task(drawer.get(second, 256))
        while not list(tmp_path.glob(".*.draft")):  # noqa: ASYNC110 - a file rings no bell
            await asyncio.sleep(0.01)
        blobs.remove(tmp_path, [second])
        os.kill(process.pid, signal.SIGCONT)
        with pytest.raises(Refused):
            await drawing
        assert {path.name for path in tmp_path.iterdir()} == {first, f".{first}.256.jpg"}
        assert measured[0] == (first, (1600, 1200))
    finally:
        await drawer.close()


async def test_where_no_thumbnailer_starts_the_answer_is_ask_again(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zone.copy.thumbnailer.NAME", "nothing that the launcher knows")
    file = (await people.hana.upload("a.jpg", PHOTO)).id
    for _ in range(2):
        answer = await get(people, file)
        assert (answer.status, answer.json["code"]) == (503, "unavailable")
    assert kept(people) == []
