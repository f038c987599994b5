"""An upload whose client, daemon or disk gave out goes on where it durably stood."""

import asyncio
import hashlib
import os
import time

import pytest

from tests.zone.api.asking import request
from tests.zone.api.conftest import People
from tests.zone.api.pieces import PIECE, begin, head, headers_of, patch
from tests.zone.api.test_files import blobs
from zone.api.operator import upkeep
from zone.copy import uploads


async def test_parts_that_a_crash_left_without_a_row_are_swept_up(people: People) -> None:
    here = people.town
    await begin(here, 6, b"abc", **{"Content-Type": PIECE})
    kept = blobs(here)
    (here.store.blobs / f".up_{'0' * 26}.part").write_bytes(b"?")
    await upkeep.sweep(here.store, before=time.time() - 3600)
    assert blobs(here) == kept


async def test_who_is_cut_off_goes_on_where_he_was(people: People) -> None:
    here, content = people.town, os.urandom(2_000_000)
    place = (await begin(here, len(content))).headers["Location"]
    said = {"Upload-Offset": "0", "Content-Type": PIECE, "Content-Length": str(len(content))}
    reader, writer = await asyncio.open_unix_connection(str(here.api))
    writer.write(request("PATCH", place, headers_of(here, **said), content[:1_500_000]))
    await writer.drain()
    part = here.store.blobs / uploads.part_name(place.rpartition("/")[2])
    while not part.exists() or part.stat().st_size < 1_000_000:  # noqa: ASYNC110 - a file rings no bell
        await asyncio.sleep(0.01)
    assert (await patch(here, place, 0, b"x")).json["code"] == "unavailable"
    writer.close()
    await reader.read()
    offset = 0
    async with asyncio.timeout(60):
        while offset == 0:
            offset = int((await head(here, place)).headers["Upload-Offset"])
    assert 1_000_000 <= offset <= 1_500_000
    answer = await patch(here, place, offset, content[offset:])
    while answer.status == 503:  # the request that was cut off is just ending
        answer = await patch(here, place, offset, content[offset:])
    sha256 = (await people.hana.file(answer.headers["Sekisho-File"])).sha256
    assert sha256 == hashlib.sha256(content).hexdigest()


async def test_what_the_disk_has_beyond_the_offset_does_not_count(people: People) -> None:
    """As after a power cut: bytes were written whose offset was not committed."""
    here = people.town
    place = (await begin(here, 6, b"abc", **{"Content-Type": PIECE})).headers["Location"]
    part = here.store.blobs / uploads.part_name(place.rpartition("/")[2])
    part.write_bytes(b"abcXXXXX")
    assert (await head(here, place)).headers["Upload-Offset"] == "3"
    answer = await patch(here, place, 3, b"def")
    got = people.hana.download(answer.headers["Sekisho-File"])
    assert b"".join([piece async for piece in got]) == b"abcdef"


@pytest.mark.parametrize("left", [None, b"ab"])
async def test_a_part_that_the_disk_lost_comes_again_from_the_start(
    people: People, left: bytes | None
) -> None:
    here = people.town
    place = (await begin(here, 6, b"abc", **{"Content-Type": PIECE})).headers["Location"]
    part = here.store.blobs / uploads.part_name(place.rpartition("/")[2])
    part.unlink()
    if left is not None:
        part.write_bytes(left)
    assert (await head(here, place)).headers["Upload-Offset"] == "0"
    assert (await patch(here, place, 3, b"def")).status == 409
    answer = await patch(here, place, 0, b"abcdef")
    got = people.hana.download(answer.headers["Sekisho-File"])
    assert b"".join([piece async for piece in got]) == b"abcdef"


async def test_a_whole_upload_whose_maker_died_is_made_a_file_by_who_asks_next(
    people: People,
) -> None:
    here = people.town
    place = (await begin(here, 6, b"abc", **{"Content-Type": PIECE})).headers["Location"]
    name = place.rpartition("/")[2]
    part = here.store.blobs / uploads.part_name(name)
    part.write_bytes(b"abcdef")
    os.utime(part, (0, 0))
    await here.store.write(lambda writing: uploads.advance(writing.db, name, 6))
    file = (await head(here, place)).headers["Sekisho-File"]
    assert (await people.hana.file(file)).size == 6
    assert (await head(here, place)).headers["Sekisho-File"] == file
    (blob,) = blobs(here)
    assert blob == hashlib.sha256(b"abcdef").hexdigest()
    # It counts as young: whoever sweeps up what has no row may have looked before there was one.
    assert (here.store.blobs / blob).stat().st_mtime > 0
    again = await patch(here, place, 6, b"")
    assert (again.status, again.headers["Sekisho-File"]) == (204, file)
