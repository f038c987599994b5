"""tus: a file goes up in pieces, over any number of connections, and is one like any other."""

import base64
import hashlib
import os
from pathlib import Path

import pytest

from tests.zone.api.asking import ask
from tests.zone.api.conftest import People, peopled
from tests.zone.api.pieces import PIECE, begin, head, headers_of, metadata, patch
from tests.zone.api.test_files import blobs
from tests.zone.api.test_messages import code_of
from zone.api.operator import upkeep
from zone.copy import uploads
from zone.settings import RequestLimits


def checksum(content: bytes, algorithm: str = "sha1") -> str:
    found = hashlib.new(algorithm, content).digest()
    return f"{algorithm} {base64.b64encode(found).decode()}"


async def test_what_went_up_in_pieces_is_a_file_like_any_other(people: People) -> None:
    here, content = people.town, os.urandom(3_000_000)
    begun = await begin(here, len(content))
    place = begun.headers["Location"]
    assert (begun.status, begun.headers["Tus-Resumable"]) == (201, "1.0.0")
    assert begun.headers["Upload-Expires"].endswith(" GMT")
    for at in range(0, len(content), 1_000_000):
        assert (await head(here, place)).headers["Upload-Offset"] == str(at)
        answer = await patch(here, place, at, content[at : at + 1_000_000])
        assert answer.status == 204
    file = answer.headers["Sekisho-File"]
    whole = await head(here, place)
    assert whole.headers["Sekisho-File"] == file
    assert whole.headers["Upload-Length"] == whole.headers["Upload-Offset"] == str(len(content))
    assert whole.headers["Upload-Metadata"] == metadata("図面.pdf")
    assert whole.headers["Cache-Control"] == "no-store"
    view = await people.hana.file(file)
    assert (view.name, view.media, view.state) == ("図面.pdf", "application/pdf", "stored")
    assert view.sha256 == hashlib.sha256(content).hexdigest()
    await people.hana.post(people.room, "", files=[file])
    assert b"".join([piece async for piece in people.taro.download(file)]) == content
    assert blobs(here) == [view.sha256]


async def test_an_upload_may_begin_with_its_bytes_and_may_have_none(people: People) -> None:
    here = people.town
    some = await begin(here, 6, b"abc", **{"Content-Type": PIECE})
    assert (some.status, some.headers["Upload-Offset"]) == (201, "3")
    done = await begin(here, 3, b"abc", **{"Content-Type": PIECE})
    empty = await begin(here, 0)
    for answer, size in ((done, 3), (empty, 0)):
        assert (await people.hana.file(answer.headers["Sekisho-File"])).size == size


async def test_an_upload_is_begun_once_under_its_key(people: People) -> None:
    here, key = people.town, {"Idempotency-Key": "k1"}
    first, again = await begin(here, 6, **key), await begin(here, 6, **key)
    assert first.headers["Location"] == again.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (await begin(here, 7, **key)).json["code"] == "key-reused"


async def test_the_offset_must_be_where_the_upload_stands(people: People) -> None:
    here = people.town
    place = (await begin(here, 6)).headers["Location"]
    await patch(here, place, 0, b"abc")
    for offset in (0, 2, 4, 6):
        answer = await patch(here, place, offset, b"x")
        assert (answer.status, answer.json["code"]) == (409, "conflict")
        assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert (await patch(here, place, 3, b"defg")).json["code"] == "too-large"
    assert (await head(here, place)).headers["Upload-Offset"] == "3"
    assert "Sekisho-File" in (await patch(here, place, 3, b"def")).headers


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
async def test_a_piece_with_a_checksum_counts_whole_or_not_at_all(
    people: People, algorithm: str
) -> None:
    here = people.town
    place = (await begin(here, 6)).headers["Location"]
    wrong = await patch(here, place, 0, b"abc", **{"Upload-Checksum": checksum(b"abd", algorithm)})
    assert (wrong.status, wrong.json["code"]) == (460, "wrong-hash")
    assert (await head(here, place)).headers["Upload-Offset"] == "0"
    right = {"Upload-Checksum": checksum(b"abc", algorithm)}
    assert (await patch(here, place, 0, b"abc", **right)).headers["Upload-Offset"] == "3"
    for said in ("md5 AAAA", "sha1 AAAA", "sha1", "sha1 ="):
        answer = await patch(here, place, 3, b"def", **{"Upload-Checksum": said})
        assert (answer.status, answer.json["code"]) == (400, "invalid")


async def test_another_version_is_told_which_one_is_spoken(people: People) -> None:
    here = people.town
    place = (await begin(here, 6)).headers["Location"]
    for version in ("0.2.2", "-"):
        answer = await begin(here, 6, **{"Tus-Resumable": version})
        assert (answer.status, answer.headers["Tus-Version"]) == (412, "1.0.0")
        answer = await patch(here, place, 0, b"a", **{"Tus-Resumable": version})
        assert answer.status == 412
    options = await ask(here.api, "OPTIONS", "/v1/uploads", headers_of(here))
    assert (options.status, options.headers["Tus-Max-Size"]) == (204, str(20 * 1024 * 1024))
    assert "termination" in options.headers["Tus-Extension"].split(",")
    assert "sha1" in options.headers["Tus-Checksum-Algorithm"].split(",")


async def test_pieces_are_of_their_own_media_type(people: People) -> None:
    here = people.town
    place = (await begin(here, 6)).headers["Location"]
    answer = await patch(here, place, 0, b"abc", **{"Content-Type": "application/pdf"})
    assert answer.status == 415


@pytest.mark.parametrize(
    "said",
    [
        {"Upload-Length": "-1"},
        {"Upload-Length": "x"},
        {"Upload-Length": "-"},
        {"Upload-Metadata": "-"},
        {"Upload-Metadata": "filename"},
        {"Upload-Metadata": "filename !!"},
        {"Upload-Metadata": metadata("../a")},
        {"Upload-Metadata": metadata("a\n")},
        {"Upload-Metadata": metadata("x" * 101)},
        {"Upload-Metadata": "filename /w=="},
        {"Sekisho-File-Password": "%ff"},
    ],
)
async def test_what_cannot_be_a_file_is_not_begun(people: People, said: dict[str, str]) -> None:
    answer = await begin(people.town, 6, **said)
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    assert blobs(people.town) == []


async def test_uploads_are_their_users_own(people: People) -> None:
    here = people.town
    place = (await begin(here, 6)).headers["Location"]
    theirs = headers_of(here, "taro", **{"Upload-Offset": "0", "Content-Type": PIECE})
    absent = "/v1/uploads/up_" + "0" * 26
    for method in ("HEAD", "PATCH", "DELETE"):
        for path in (place, absent):
            body = b"abc" if method == "PATCH" else b""
            assert (await ask(here.api, method, path, theirs, body)).status == 404
    assert (await head(here, place)).headers["Upload-Offset"] == "0"


async def test_a_user_has_so_many_open_and_all_together_do_not_fill_the_disk(
    tmp_path: Path,
) -> None:
    limits = RequestLimits(user_uploads=2, file_bytes=80, blob_bytes=100)
    async with peopled(tmp_path / "n", limits) as people:
        here = people.town
        assert (await begin(here, 81)).json["code"] == "too-large"
        place = (await begin(here, 60)).headers["Location"]
        assert (await begin(here, 60)).json["code"] == "unavailable"
        assert (await begin(here, 40)).status == 201
        assert (await begin(here, 0)).json["code"] == "quota"
        gone = await ask(here.api, "DELETE", place, headers_of(here))
        assert gone.status == 204
        assert (await begin(here, 60)).status == 201


async def test_an_upload_given_up_leaves_nothing(people: People) -> None:
    here = people.town
    place = (await begin(here, 6, b"abc", **{"Content-Type": PIECE})).headers["Location"]
    assert len(blobs(here)) == 1
    assert (await ask(here.api, "DELETE", place, headers_of(here))).status == 204
    assert blobs(here) == []
    assert (await head(here, place)).status == 404


async def test_who_knows_no_patch_says_so_with_post(people: People) -> None:
    here = people.town
    place = (await begin(here, 3)).headers["Location"]
    said = {"Upload-Offset": "0", "Content-Type": PIECE, "X-HTTP-Method-Override": "PATCH"}
    answer = await ask(here.api, "POST", place, headers_of(here, **said), b"abc")
    assert (answer.status, answer.headers["Upload-Offset"]) == (204, "3")
    said["X-HTTP-Method-Override"] = "GET"
    assert (await ask(here.api, "POST", place, headers_of(here, **said))).status == 405


async def test_what_is_not_finished_in_a_day_is_forgotten(people: People) -> None:
    here = people.town
    place = (await begin(here, 6, b"abc", **{"Content-Type": PIECE})).headers["Location"]
    file = (await begin(here, 3, b"abc", **{"Content-Type": PIECE})).headers["Sekisho-File"]
    await people.hana.post(people.room, "", files=[file])
    here.clock.now += uploads.KEPT_MS + 10
    assert (await head(here, place)).status == 404
    assert len(blobs(here)) == 2
    await here.store.write(lambda writing: upkeep.forget(writing, RequestLimits()))
    assert blobs(here) == [hashlib.sha256(b"abc").hexdigest()]
    assert b"".join([piece async for piece in people.taro.download(file)]) == b"abc"


async def test_a_file_that_came_in_pieces_is_its_uploaders_until_he_posts_it(
    people: People,
) -> None:
    file = (await begin(people.town, 3, b"abc", **{"Content-Type": PIECE})).headers["Sekisho-File"]
    assert await code_of(people.taro.file(file)) == "not-found"


async def test_a_password_goes_with_the_file_and_is_not_kept_beside_it(people: People) -> None:
    here, said = people.town, {"Content-Type": PIECE, "Sekisho-File-Password": "%E9%8D%B5"}
    assert "Sekisho-File" in (await begin(here, 3, b"abc", **said)).headers
    rows = await here.store.read(
        lambda db: db.execute("SELECT f.password, u.password FROM file f, upload u").fetchall()
    )
    assert rows == [("鍵", None)]
