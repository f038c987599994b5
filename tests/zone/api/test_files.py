"""A file goes up with its digest, down in ranges, and to nobody who does not see its message."""

import asyncio
import base64
import hashlib
import os
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.zone.api.asking import Answer, ask, signed_in
from tests.zone.api.conftest import People, Town, peopled
from tests.zone.api.test_messages import code_of
from zone.api.operator import upkeep
from zone.settings import RequestLimits


def digest_of(content: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


async def upload(here: Town, content: bytes, name: str = "a.txt", **headers: str) -> Answer:
    sent = {"Content-Digest": digest_of(content), "Content-Type": "text/plain", **headers}
    return await ask(
        here.api,
        "POST",
        f"/v1/files?name={name}",
        signed_in(here.token, here.ids["hana"], **sent),
        content,
    )


def blobs(here: Town) -> list[str]:
    return sorted(path.name for path in here.store.blobs.iterdir())


async def test_what_comes_down_is_what_went_up(people: People) -> None:
    content = os.urandom(3 * 1024 * 1024 + 17)
    file = await people.hana.upload("庁舎 図面.pdf", content, media="application/pdf")
    assert (file.size, file.state) == (len(content), "stored")
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    await people.hana.post(people.room, "", files=[file.id])
    came = b"".join([piece async for piece in people.taro.download(file.id)])
    assert came == content
    assert (await people.taro.file(file.id)).state == "crossing"


async def test_a_file_is_its_uploaders_until_it_is_posted(people: People) -> None:
    file = (await people.hana.upload("a.txt", b"a")).id
    assert await code_of(people.taro.file(file)) == "not-found"
    assert await code_of(people.taro.post(people.room, "", files=[file])) == "not-found"
    posted = await people.hana.post(people.room, "", files=[file])
    assert [f.id for f in (await people.taro.message(posted.id)).files] == [file]
    assert await code_of(people.hana.post(people.room, "", files=[file])) == "not-found"


async def test_bytes_are_to_be_kept_and_not_shown(people: People) -> None:
    here = people.town
    name = "evil\"'名前.html"
    file = (await people.hana.upload(name, b"<script>", media="text/html")).id
    headers = signed_in(here.token, here.ids["hana"])
    answer = await ask(here.api, "GET", f"/v1/files/{file}/content", headers)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename=\"evil____.html\"; filename*=UTF-8''evil")
    assert "%E5%90%8D" in disposition


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ("bytes=2-4", (206, "bytes 2-4/10", b"234")),
        ("bytes=7-", (206, "bytes 7-9/10", b"789")),
        ("bytes=-3", (206, "bytes 7-9/10", b"789")),
        ("bytes=-99", (206, "bytes 0-9/10", b"0123456789")),
        ("bytes=0-99", (206, "bytes 0-9/10", b"0123456789")),
        ("bytes=10-", (416, "bytes */10", None)),
        ("bytes=-0", (416, "bytes */10", None)),
        ("bytes=4-2", (200, None, b"0123456789")),
        ("bytes=0-1,3-4", (200, None, b"0123456789")),
        ("lines=1-2", (200, None, b"0123456789")),
        ("bytes=-", (200, None, b"0123456789")),
    ],
)
async def test_part_of_a_file_can_be_had(
    people: People, asked: str, got: tuple[int, str | None, bytes | None]
) -> None:
    here = people.town
    file = (await people.hana.upload("a.txt", b"0123456789")).id
    headers = signed_in(here.token, here.ids["hana"], Range=asked)
    answer = await ask(here.api, "GET", f"/v1/files/{file}/content", headers)
    status, place, body = got
    assert (answer.status, answer.headers.get("Content-Range")) == (status, place)
    if body is None:
        assert answer.json["status"] == 416
    else:
        assert answer.body == body
        assert answer.headers["Accept-Ranges"] == "bytes"


async def test_who_has_a_file_is_not_sent_it_again(people: People) -> None:
    here = people.town
    made = await people.hana.upload("a.txt", b"0123456789")
    headers, path = signed_in(here.token, here.ids["hana"]), f"/v1/files/{made.id}/content"
    tag = (await ask(here.api, "GET", path, headers)).headers["ETag"]
    assert tag == f'"{made.sha256}"'
    for same in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        answer = await ask(here.api, "GET", path, {**headers, "If-None-Match": same})
        assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", tag)
    assert (await ask(here.api, "GET", path, {**headers, "If-None-Match": '"x"'})).status == 200
    assert (await ask(here.api, "GET", path, {**headers, "If-Match": tag})).status == 200
    assert (await ask(here.api, "GET", path, {**headers, "If-Match": '"x"'})).status == 412


async def test_a_download_is_resumed_only_if_it_is_of_the_same_bytes(people: People) -> None:
    here = people.town
    made = await people.hana.upload("a.txt", b"0123456789")
    headers = signed_in(here.token, here.ids["hana"], Range="bytes=4-")
    path, tag = f"/v1/files/{made.id}/content", f'"{made.sha256}"'
    same = await ask(here.api, "GET", path, {**headers, "If-Range": tag})
    assert (same.status, same.body) == (206, b"456789")
    for other in ('"x"', f"W/{tag}", "Sun, 22 Nov 2026 05:00:00 GMT"):
        answer = await ask(here.api, "GET", path, {**headers, "If-Range": other})
        assert (answer.status, answer.body) == (200, b"0123456789")


async def test_what_a_file_is_can_be_asked_without_its_bytes(people: People) -> None:
    here = people.town
    file = (await people.hana.upload("a.txt", b"0123456789")).id
    headers = signed_in(here.token, here.ids["hana"], Range="bytes=2-4")
    answer = await ask(here.api, "HEAD", f"/v1/files/{file}/content", headers)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Content-Length"] == "10"
    theirs = signed_in(here.token, here.ids["taro"])
    assert (await ask(here.api, "HEAD", f"/v1/files/{file}/content", theirs)).status == 404
    empty = (await people.hana.upload("b.txt", b"")).id
    whole = await ask(here.api, "GET", f"/v1/files/{empty}/content", headers)
    assert whole.status == 416


async def test_a_file_that_is_not_what_its_digest_says_leaves_nothing(people: People) -> None:
    here = people.town
    answer = await upload(here, b"abc", **{"Content-Digest": digest_of(b"abd")})
    assert (answer.status, answer.json["code"]) == (422, "wrong-hash")
    for header in ("-", "md5=:AAAA:", "sha-256=:short=:", "sha-256=" + "a" * 64):
        assert (await upload(here, b"abc", **{"Content-Digest": header})).json["code"] == "invalid"
    assert blobs(here) == []


@pytest.mark.parametrize("name", ["..%2Fa", "a%2Fb", "a%5Cb", "a%00b", "a%0Ab", "", "x" * 101])
async def test_a_files_name_is_no_path(people: People, name: str) -> None:
    answer = await upload(people.town, b"abc", name)
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    assert blobs(people.town) == []


async def test_a_file_beyond_the_limit_leaves_nothing(tmp_path: Path) -> None:
    """Both when it says so beforehand and when it does not."""
    async with peopled(tmp_path / "n", RequestLimits(file_bytes=1000)) as people:
        here = people.town
        assert (await upload(here, b"x" * 1000)).status == 201
        assert (await upload(here, b"x" * 1001)).json["code"] == "too-large"
        pieces = b"%x\r\n%s\r\n0\r\n\r\n" % (1001, b"y" * 1001)
        headers = {"Content-Length": "-", "Transfer-Encoding": "chunked"}
        headers["Content-Digest"] = digest_of(b"y" * 1001)
        answer = await ask(
            here.api,
            "POST",
            "/v1/files?name=b",
            signed_in(here.token, here.ids["hana"], **headers),
            pieces,
        )
        assert answer.json["code"] == "too-large"
        assert len(blobs(here)) == 1


async def test_uploads_cannot_fill_the_disk(tmp_path: Path) -> None:
    async with peopled(tmp_path / "n", RequestLimits(blob_bytes=100)) as people:
        assert (await upload(people.town, b"x" * 60)).status == 201
        answer = await upload(people.town, b"y" * 60)
        assert (answer.status, answer.json["code"]) == (503, "unavailable")


async def test_an_upload_that_breaks_off_leaves_nothing(people: People) -> None:
    here = people.town
    headers = {"Content-Digest": digest_of(b"x" * 100), "Content-Length": "100"}
    head = "".join(
        f"{k}: {v}\r\n" for k, v in signed_in(here.token, here.ids["hana"], **headers).items()
    )
    _, writer = await asyncio.open_unix_connection(str(here.api))
    writer.write(f"POST /v1/files?name=a HTTP/1.1\r\nHost: localhost\r\n{head}\r\n".encode())
    writer.write(b"x" * 50)
    await writer.drain()
    for _ in range(100):
        if blobs(here):
            break
        await asyncio.sleep(0.01)
    assert len(blobs(here)) == 1
    writer.close()
    for _ in range(100):
        if not blobs(here):
            break
        await asyncio.sleep(0.01)
    assert blobs(here) == []


async def test_a_withdrawn_files_bytes_are_gone(people: People) -> None:
    file = (await people.hana.upload("a.txt", b"a")).id
    posted = await people.hana.post(people.room, "", files=[file])
    await people.hana.withdraw(posted.id)
    assert (await people.taro.file(file)).state == "withdrawn"
    assert await code_of(anext(people.taro.download(file))) == "conflict"
    assert blobs(people.town) == []


async def test_what_nobody_posts_is_forgotten_after_a_day(people: People) -> None:
    here = people.town
    forgotten = (await people.hana.upload("a.txt", b"a")).id
    posted = (await people.hana.upload("b.txt", b"b")).id
    twin = (await people.hana.upload("c.txt", b"c")).id
    await people.hana.upload("d.txt", b"c")
    await people.hana.post(people.room, "", files=[posted, twin])
    here.clock.now += upkeep.UNPOSTED_MS
    await here.store.write(lambda writing: upkeep.forget(writing, RequestLimits()))
    assert await code_of(people.hana.file(forgotten)) == "not-found"
    assert b"".join([p async for p in people.hana.download(twin)]) == b"c"
    assert blobs(here) == sorted(hashlib.sha256(c).hexdigest() for c in (b"b", b"c"))


async def test_bytes_that_a_crash_left_without_a_row_are_swept_up(people: People) -> None:
    here = people.town
    await people.hana.upload("a.txt", b"a")
    kept, (orphan, young) = blobs(here), ("0" * 64, "1" * 64)
    (here.store.blobs / orphan).write_bytes(b"?")
    await upkeep.sweep(here.store, before=time.time() + 1)
    assert blobs(here) == kept
    (here.store.blobs / young).write_bytes(b"?")
    await upkeep.sweep(here.store, before=time.time() - 1)
    assert blobs(here) == sorted([*kept, young])


async def test_bytes_on_their_way_to_a_row_are_not_removed(people: People) -> None:
    """Somebody uploads what another takes back at that very moment."""
    here, content = people.town, b"the same"
    sha256 = hashlib.sha256(content).hexdigest()
    for _ in range(10):
        first = await people.hana.upload("a.txt", content)
        message = (await people.hana.post(people.room, "", files=[first.id])).id
        second, _ = await asyncio.gather(
            people.taro.upload("b.txt", content), people.hana.withdraw(message)
        )
        assert blobs(here) == [sha256]
        assert b"".join([p async for p in people.taro.download(second.id)]) == content


async def test_a_password_goes_out_with_its_message_and_is_kept_no_longer(people: People) -> None:
    here, password = people.town, "ひらけゴマ 2026"
    uploaded = await people.hana.upload("見積.zip", b"PK", password=password)
    assert password not in str(uploaded)
    assert await column(here, "SELECT password FROM file") == [password]
    await people.hana.post(people.room, "", files=[uploaded.id])
    assert await column(here, "SELECT password FROM file") == [None]
    (envelope,) = await column(here, "SELECT envelope FROM outbox ORDER BY first DESC LIMIT 1")
    payload = base64.b64decode(msgspec.json.decode(envelope)["payload"])
    assert [f["password"] for e in msgspec.json.decode(payload)["events"] for f in e["files"]] == [
        password
    ]
    for table in ("log", "answer"):
        kept = await column(here, f"SELECT body FROM {table}")
        assert all(password.encode() not in bytes(body) for body in kept)


async def column(here: Town, query: str) -> list[Any]:
    return await here.store.read(lambda db: [row[0] for row in db.execute(query)])


async def test_a_password_that_nobody_could_type_is_refused(people: People) -> None:
    for untrusted in ("%ff", "a%00b", "x" * 256):
        answer = await upload(people.town, b"x", **{"Sekisho-File-Password": untrusted})
        assert answer.status == 422, untrusted
