"""What is behind a password is opened by it, treated as ever, and comes out without one."""

import io
import random
import struct
import zipfile
from pathlib import Path

import pytest
import pyzipper
from msoffcrypto.method.ecma376_agile import ECMA376Agile

from sanitizer.decode import zip_lock
from sanitizer.decode.zip_lock import Lock
from sanitizer.jail import Jail
from sanitizer.kinds import Kind
from sanitizer.outcome import FileReason, FileRefused, Outcome, Removed
from sanitizer.profile import FileAction, FileLimits, Profile
from sanitizer.sanitize import sanitize_file
from tests.sanitizer.samples import CANARY, encoded, exif_with_gps, gradient, zipped
from tests.sanitizer.test_identify import ole_file
from tests.sanitizer.test_office import word

PASSWORD = "ひらけゴマ 2026"
LETTER = "お知らせ\r\n".encode()
PHOTO = encoded(gradient(), "JPEG", exif=exif_with_gps())
# What does not pack fills it up: msoffcrypto locks packages of less than 4096 bytes wrongly.
FILLING = random.Random(2026).randbytes(8192)
DOCUMENT = word(
    "<w:p><w:r><w:t>関所</w:t></w:r></w:p>",
    **{"word__vbaProject.bin": CANARY, "word__filling.bin": FILLING},
)


@pytest.fixture(scope="module")
def locked_document() -> bytes:
    return office_locked(DOCUMENT)


def office_locked(package: bytes) -> bytes:
    return bytes(ECMA376Agile.encrypt(PASSWORD, io.BytesIO(package)))


def aes_locked(members: dict[str, bytes], bits: int = 256, password: bytes | None = None) -> bytes:
    file = io.BytesIO()
    with pyzipper.AESZipFile(
        file, "w", pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
    ) as archive:
        archive.setpassword(password or PASSWORD.encode())
        archive.setencryption(pyzipper.WZ_AES, nbits=bits)
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def crc_table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ 0xEDB88320 * (value & 1)
        table.append(value)
    return table


CRC = crc_table()


def enciphered(data: bytes, password: bytes, check: int) -> bytes:
    """Return `data` behind ZipCrypto (APPNOTE.TXT 6.1), which Python reads and does not write."""
    keys = [0x12345678, 0x23456789, 0x34567890]

    def turn(byte: int) -> None:
        keys[0] = keys[0] >> 8 ^ CRC[(keys[0] ^ byte) & 255]
        keys[1] = ((keys[1] + (keys[0] & 255)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = keys[2] >> 8 ^ CRC[(keys[2] ^ keys[1] >> 24) & 255]

    for byte in password:
        turn(byte)
    out = bytearray()
    for byte in bytes(11) + bytes([check]) + data:
        pad = keys[2] & 0xFFFF | 2
        out.append(byte ^ (pad * (pad ^ 1) >> 8 & 255))
        turn(byte)
    return bytes(out)


def zip_crypto_locked(name: str, data: bytes, password: bytes, *, later: bool = False) -> bytes:
    """Return an archive of one stored member behind ZipCrypto; `later`: sizes in a descriptor."""
    plain = zipped({name: data})
    time, checksum = struct.unpack_from("<H", plain, 10)[0], struct.unpack_from("<I", plain, 14)[0]
    secret = enciphered(data, password, time >> 8 if later else checksum >> 24)
    sizes = struct.pack("<3I", checksum, len(secret), len(data))
    flags = struct.pack("<H", 9 if later else 1)
    directory, end = plain.find(b"PK\1\2"), plain.rfind(b"PK\5\6")
    local = plain[:6] + flags + plain[8:14] + (bytes(12) if later else sizes)
    body = local + plain[26 : 30 + len(name)] + secret + (b"PK\7\x08" + sizes if later else b"")
    entry = bytearray(plain[directory:end])
    entry[8:10], entry[16:28] = flags, sizes
    tail = plain[end : end + 16] + struct.pack("<I", len(body)) + plain[end + 20 :]
    return body + bytes(entry) + tail


def members(outcome: Outcome) -> dict[str, bytes]:
    assert outcome.state == "altered", outcome.reason
    with zipfile.ZipFile(io.BytesIO(outcome.data)) as archive:
        assert all(info.flag_bits & 1 == 0 for info in archive.infolist())
        return {name: archive.read(name) for name in archive.namelist()}


def test_an_office_file_is_opened_and_rebuilt(jail: Jail, locked_document: bytes) -> None:
    outcome = sanitize_file(locked_document, name="報告.docm", jail=jail, password=PASSWORD)
    assert outcome.name == "報告.docx"
    assert "関所".encode() in members(outcome)["word/document.xml"]
    assert CANARY not in b"".join(members(outcome).values())
    removed = dict(outcome.receipt.removed)
    assert removed[Removed.ENCRYPTION] == 1
    assert outcome.receipt.kind_found is Kind.DOCM
    assert "暗号化" in outcome.receipt.sentence("ja")


@pytest.mark.parametrize("bits", [128, 192, 256])
def test_an_archive_behind_aes_is_opened(jail: Jail, bits: int) -> None:
    archive = aes_locked({"写真.jpg": PHOTO, "b.txt": LETTER, "空.txt": b""}, bits)
    outcome = sanitize_file(archive, name="x.zip", jail=jail, password=PASSWORD)
    assert members(outcome)["b.txt"] == LETTER
    assert CANARY not in b"".join(members(outcome).values())
    removed = dict(outcome.receipt.removed)
    assert removed[Removed.ENCRYPTION] == 1
    assert Removed.GPS in removed


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_an_archive_behind_zip_crypto_is_opened(jail: Jail, encoding: str, later: bool) -> None:
    archive = zip_crypto_locked("b.txt", LETTER, PASSWORD.encode(encoding), later=later)
    with zipfile.ZipFile(io.BytesIO(archive)) as foreign:
        assert foreign.read("b.txt", PASSWORD.encode(encoding)) == LETTER
    outcome = sanitize_file(archive, name="x.zip", jail=jail, password=PASSWORD)
    assert members(outcome) == {"b.txt": LETTER}
    assert dict(outcome.receipt.removed) == {Removed.ENCRYPTION: 1}


def test_the_receipt_tells_no_password_from_a_wrong_one(jail: Jail, locked_document: bytes) -> None:
    said = set()
    for name, locked in {
        "x.docm": locked_document,
        "x.zip": aes_locked({"b.txt": LETTER}),
        "y.zip": zip_crypto_locked("b.txt", LETTER, PASSWORD.encode()),
    }.items():
        none = sanitize_file(locked, name=name, jail=jail)
        wrong = [
            sanitize_file(locked, name=name, jail=jail, password=f"guess {n}") for n in range(9)
        ]
        long = sanitize_file(locked, name=name, jail=jail, password="長" * 20_000)
        assert {each.reason for each in (none, *wrong, long)} == {FileReason.ENCRYPTED}
        assert {each.data for each in (none, *wrong, long)} == {b""}
        said |= {none.receipt.sentence("en")}
        assert {each.receipt.sentence("en") for each in (*wrong, long)} == {
            "Refused: the password given does not open it."
        }
    assert said == {"Refused: it is protected by a password."}


def test_what_is_behind_the_password_must_agree_with_the_name(
    jail: Jail, locked_document: bytes
) -> None:
    outcome = sanitize_file(locked_document, name="x.xlsx", jail=jail, password=PASSWORD)
    assert outcome.reason is FileReason.KIND_MISMATCH


def test_a_profile_judges_what_is_behind_the_password(jail: Jail, locked_document: bytes) -> None:
    held = Profile(actions={Kind.DOCM: FileAction.HOLD})
    outcome = sanitize_file(
        locked_document, name="x.docm", jail=jail, password=PASSWORD, profile=held
    )
    assert outcome.reason is FileReason.NEEDS_APPROVAL


def test_a_lock_within_a_lock_is_not_opened(jail: Jail, locked_document: bytes) -> None:
    zip_tail = zipped({"a.txt": b""})  # so that what comes out of the first lock looks like a ZIP
    twice = office_locked(locked_document + zip_tail)
    outcome = sanitize_file(twice, name="x.docx", jail=jail, password=PASSWORD)
    assert outcome.reason is FileReason.KIND_MISMATCH


def test_the_password_opens_what_is_in_an_archive_too(jail: Jail, locked_document: bytes) -> None:
    archive = aes_locked({"報告.docm": locked_document, "b.txt": LETTER})
    outcome = sanitize_file(archive, name="x.zip", jail=jail, password=PASSWORD)
    assert set(members(outcome)) == {"報告.docx", "b.txt"}
    assert dict(outcome.receipt.removed)[Removed.ENCRYPTION] == 2


def test_a_lock_that_no_password_opens_is_called_so(jail: Jail) -> None:
    by_rights = ole_file("EncryptedPackage")
    outcome = sanitize_file(by_rights, name="x.docx", jail=jail, password=PASSWORD)
    assert outcome.reason is FileReason.ENCRYPTED


def test_a_broken_office_lock_is_refused(jail: Jail, locked_document: bytes) -> None:
    for at in range(0, len(locked_document), len(locked_document) // 12):
        changed = locked_document[:at] + bytes(64) + locked_document[at + 64 :]
        outcome = sanitize_file(changed, name="x.docx", jail=jail, password=PASSWORD)
        assert outcome.reason is not FileReason.JAIL_FAILED
        assert outcome.reason is not FileReason.FORBIDDEN_CALL


@pytest.mark.parametrize("wrong", ["twice", "vendor", "strength", "method", "short", "local"])
def test_an_aes_field_that_two_readers_would_read_differently_is_refused(
    jail: Jail, wrong: str
) -> None:
    good = aes_locked({"b.txt": LETTER})
    field = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, 8)
    assert good.count(field) == 2
    directory = good.find(b"PK\1\2")
    changed = {
        "twice": good.replace(field, field[:2] + b"\0\0" + field[:4] + field[7:]),
        "vendor": good.replace(field, field[:6] + b"XX" + field[8:]),
        "strength": good.replace(field, field[:8] + b"\4" + field[9:]),
        "method": good.replace(field, field[:9] + b"\x0e\0"),
        "short": good.replace(field, field[:2] + b"\6\0" + field[4:]),
        "local": good[:directory].replace(field, field[:9] + b"\0\0") + good[directory:],
    }[wrong]
    outcome = sanitize_file(changed, name="x.zip", jail=jail, password=PASSWORD)
    assert outcome.reason is FileReason.BROKEN


@pytest.mark.parametrize("bit", [6, 13])
def test_a_lock_of_pkwares_own_is_left_shut(jail: Jail, bit: int) -> None:
    archive = bytearray(aes_locked({"b.txt": LETTER}))
    for flags_at in (6, archive.find(b"PK\1\2") + 8):
        archive[flags_at + bit // 8] |= 1 << bit % 8
    outcome = sanitize_file(bytes(archive), name="x.zip", jail=jail, password=PASSWORD)
    assert outcome.reason is FileReason.ENCRYPTED


def test_no_bit_behind_aes_can_be_changed(jail: Jail) -> None:
    good = aes_locked({"b.txt": LETTER})
    start, end = 30 + len("b.txt") + 11, good.find(b"PK\1\2")
    for at in range(start, end, 5):
        changed = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
        outcome = sanitize_file(changed, name="x.zip", jail=jail, password=PASSWORD)
        assert outcome.reason is FileReason.ENCRYPTED


def test_what_is_behind_a_lock_is_measured_too(jail: Jail) -> None:
    bomb = aes_locked({f"{n}.txt": b"a" * (3 << 20) for n in range(8)})
    small = Profile(FileLimits(max_bytes=5 << 20))
    outcome = sanitize_file(bomb, name="x.zip", jail=jail, password=PASSWORD, profile=small)
    assert outcome.reason is FileReason.TOO_LARGE


@pytest.mark.parametrize("strength", range(4))
def test_a_member_too_short_for_its_lock_is_broken(strength: int) -> None:
    with pytest.raises(FileRefused) as caught:
        zip_lock.decipher(bytes(11), Lock(strength, 0), b"x")
    assert caught.value.reason is FileReason.BROKEN


def test_a_password_is_tried_as_it_may_have_been_spelt() -> None:
    assert list(zip_lock.spellings("abc")) == [b"abc"]
    assert list(zip_lock.spellings("関所")) == ["関所".encode(), "関所".encode("cp932")]
    assert list(zip_lock.spellings("𠮷")) == ["𠮷".encode()]
    assert list(zip_lock.spellings("")) == []


@pytest.mark.parametrize(
    ("path", "password"),
    [
        ("poi/protected_passtika.xlsx", "tika"),  # standard
        # What Excel itself opens without asking; agile, SHA-1.
        ("oletools/dde-test-encrypt-standardpassword.xlsx", ""),
        ("oletools/autostart-encrypt-standardpassword.xlsm", ""),
    ],
)
def test_real_locked_files_are_opened(jail: Jail, corpus: Path, path: str, password: str) -> None:
    locked = (corpus / path).read_bytes()
    name = Path(path).name
    for wrong in ("", "no"):
        reason = sanitize_file(locked, name=name, jail=jail, password=wrong).reason
        assert reason is (FileReason.ENCRYPTED if password else FileReason.NONE)
    outcome = sanitize_file(locked, name=name, jail=jail, password=password)
    assert "xl/workbook.xml" in members(outcome)


def test_a_pdf_that_comes_out_unlocked_says_so(jail: Jail, corpus: Path) -> None:
    locked = (corpus / "pdfjs" / "issue3371.pdf").read_bytes()
    outcome = sanitize_file(locked, name="x.pdf", jail=jail, password="ELXRTQWS")
    assert dict(outcome.receipt.removed)[Removed.ENCRYPTION] == 1
