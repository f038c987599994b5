"""Old Office files and OpenDocument with a password: opened with it, and told from broken ones."""

from pathlib import Path

import pytest

from sanitizer.decode import legacy
from sanitizer.jail import Jail
from sanitizer.kinds import Kind
from sanitizer.outcome import FileReason, FileRefused, Removed
from sanitizer.report import Report
from sanitizer.sanitize import sanitize_file
from tests.sanitizer.samples import zipped


def test_a_locked_opendocument_is_told_from_a_broken_one() -> None:
    locked = zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.text",
            "META-INF/manifest.xml": b"<manifest:encryption-data/>",
        }
    )
    with pytest.raises(FileRefused) as caught:
        legacy.survey(Kind.ODT, locked, "", 1 << 20, Report())
    assert caught.value.reason is FileReason.ENCRYPTED


@pytest.mark.needs("soffice")
@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("poi/password_password_cryptoapi.doc", "password"),
        ("poi/password_tika_binaryrc4.doc", "tika"),
    ],
)
def test_a_locked_file_opens_with_its_password_only(
    corpus: Path, jail: Jail, name: str, password: str
) -> None:
    data = (corpus / name).read_bytes()
    opened = sanitize_file(data, name=name, jail=jail, password=password)
    assert dict(opened.receipt.removed)[Removed.ENCRYPTION] == 1
    assert sanitize_file(data, name=name, jail=jail, password="no").reason is FileReason.ENCRYPTED
    assert sanitize_file(data, name=name, jail=jail).reason is FileReason.ENCRYPTED


def test_a_lock_that_cannot_be_opened_is_told_from_a_broken_file(corpus: Path, jail: Jail) -> None:
    data = (corpus / "poi/Password_Protected-hello.ppt").read_bytes()
    assert (
        sanitize_file(data, name="a.ppt", jail=jail, password="hello").reason
        is FileReason.ENCRYPTED
    )
