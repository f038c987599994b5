"""Files that are locked, and the passwords that come with them: to the jail and nowhere else."""

import sqlite3
import zipfile
from collections.abc import Mapping
from contextlib import closing
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
import pyzipper
from msgspec.structs import replace

from tests.relay.transform.site import decide, file_ref, post
from tests.relay.transform.verify import body_of, is_ready
from tests.relay.transform.world import World, world
from tests.sanitizer.test_locked import DOCUMENT, office_locked
from tests.sekisho.sample_files import locked_pdf
from wire.events import FileRef
from wire.reasons import Reason
from wire.receipts import Verdict

PASSWORD = "ひらけゴマ 2026"
WORDS = "お知らせ\r\n".encode()


def zip_locked() -> bytes:
    file = BytesIO()
    with pyzipper.AESZipFile(file, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(PASSWORD.encode())
        archive.writestr("a.txt", WORDS)
    return file.getvalue()


LOCKED: Mapping[str, tuple[bytes, str]] = {
    "a.zip": (zip_locked(), PASSWORD),
    "a.docm": (office_locked(DOCUMENT), PASSWORD),
    "a.pdf": (locked_pdf(b"sesame"), "sesame"),
}


async def send(w: World, text: str, ref: FileRef, data: bytes) -> None:
    await w.near.send(post(text, ref))
    await w.near.taken(1)
    await w.near.send_file(data)


def passwords(w: World) -> list[str | None]:
    """Return what the stage's store knows of passwords."""
    with closing(sqlite3.connect(f"file:{w.node.folder}/transform.db?mode=ro", uri=True)) as db:
        return [password for (password,) in db.execute("SELECT password FROM file")]


@pytest.mark.parametrize("name", LOCKED)
async def test_a_locked_file_is_opened_with_the_password_that_came_with_it(
    folder: Path, name: str
) -> None:
    data, password = LOCKED[name]
    async with world(folder) as w:
        ref = replace(file_ref(data, name, "application/octet-stream"), password=password)
        await send(w, "ご査収ください", ref, data)
        assert (await w.near.verdict(1, Verdict.ALTERED, file=1)).removed
        body = body_of(await w.verify.item(is_ready))
        assert "encryption" in dict(body.removed)
        assert body.sha256 is not None
        clean = w.verify.files[body.sha256]
        if name == "a.zip":
            with zipfile.ZipFile(BytesIO(clean)) as archive:
                assert archive.read("a.txt") == WORDS
        # It went nowhere else, and is forgotten.
        assert all(password.encode() not in msgspec.json.encode(item) for item in w.verify.items)
        assert [f.password for item in w.verify.items if item.event for f in item.event.files] == [
            None
        ]


async def test_a_password_is_forgotten_with_the_verdict(folder: Path) -> None:
    data, password = LOCKED["a.zip"]
    async with world(folder, profile='[kinds]\nzip = "hold"\n') as w:
        ref = replace(file_ref(data, "a.zip", "application/zip"), password=password)
        await send(w, "保留", ref, data)
        await w.near.verdict(1, Verdict.HELD, file=1)
    # The store is open to one process at a time.
    assert passwords(w) == [PASSWORD]
    from tests.relay.transform.site import running

    async with w.verify.listening(), running(w.node), w.near.connected():
        await decide(w.node, ref.fid, "release")
        await w.near.verdict(1, Verdict.ALTERED, file=1)
    assert set(passwords(w)) <= {None}


@pytest.mark.parametrize("password", [None, "ひらけごま"])
async def test_without_the_right_password_it_is_refused_and_its_sender_told(
    folder: Path, password: str | None
) -> None:
    data, _ = LOCKED["a.zip"]
    async with world(folder) as w:
        ref = replace(file_ref(data, "a.zip", "application/zip"), password=password)
        await send(w, "添付", ref, data)
        told = await w.near.verdict(1, Verdict.REFUSED, file=1)
        assert told.reason is Reason.FILE_ENCRYPTED


async def test_who_looks_at_a_held_message_does_not_see_its_passwords(folder: Path) -> None:
    data, password = LOCKED["a.zip"]
    async with world(folder) as w:
        said = post(
            "取扱注意", replace(file_ref(data, "a.zip", "application/zip"), password=password)
        )
        await w.near.send(said)
        await w.near.verdict(1, Verdict.HELD)
        _, shown = await decide(w.node, said.id, "look")
        assert shown
        assert password not in str(shown)
        await w.near.send_file(data)
        await w.near.verdict(1, Verdict.ARRIVED, file=1)
        await decide(w.node, said.id, "release")
        assert (await w.near.verdict(1, file=1)).verdict is Verdict.ALTERED
