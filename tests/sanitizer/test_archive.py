"""An archive comes out with each of its members rebuilt, and no way to hide in between."""

import io
import struct
import zipfile

import pytest

from sanitizer.check.check import CheckFailed, check_file
from sanitizer.encode.archive import encode_archive
from sanitizer.intermediate import Member
from sanitizer.jail import Jail
from sanitizer.outcome import FileReason, Outcome, Removed
from sanitizer.profile import FileLimits, Profile
from sanitizer.sanitize import sanitize_file
from tests.sanitizer.samples import CANARY, encoded, exif_with_gps, gradient, zipped

PHOTO = encoded(gradient(), "JPEG", exif=exif_with_gps())
LETTER = "お知らせ\r\n".encode()


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.comment = b""
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def opened(outcome: Outcome) -> dict[str, bytes]:
    assert outcome.state != "refused", outcome.reason
    with zipfile.ZipFile(io.BytesIO(outcome.data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_each_member_is_rebuilt(jail: Jail, method: int) -> None:
    archive = packed({"写真/a.jpg": PHOTO, "b.txt": LETTER, "空/": b""}, method)
    outcome = sanitize_file(archive, name="x.zip", jail=jail)
    assert set(opened(outcome)) == {"写真/a.jpg", "b.txt"}
    assert opened(outcome)["b.txt"] == LETTER
    assert CANARY not in b"".join(opened(outcome).values())
    assert {Removed.EXIF, Removed.GPS} <= set(dict(outcome.receipt.removed))


def test_a_member_that_is_refused_is_left_out_and_named_inside(jail: Jail) -> None:
    archive = packed({"良い.txt": LETTER, "悪い.exe": b"MZ\x90\0" + bytes(100)})
    outcome = sanitize_file(archive, name="x.zip", jail=jail)
    assert set(opened(outcome)) == {"良い.txt", "無害化結果.txt"}
    assert "悪い.exe" in opened(outcome)["無害化結果.txt"].decode()
    assert dict(outcome.receipt.removed)[Removed.MEMBER] == 1


def test_an_archive_of_nothing_good_is_refused(jail: Jail) -> None:
    archive = packed({"a.exe": b"MZ\x90\0" + bytes(100)})
    assert sanitize_file(archive, name="x.zip", jail=jail).reason is FileReason.NOT_SUPPORTED
    assert sanitize_file(packed({"空/": b""}), name="x.zip", jail=jail).reason is FileReason.EMPTY


def test_archives_in_archives_are_treated_and_not_for_ever(jail: Jail) -> None:
    two = packed({"inner.zip": packed({"a.txt": LETTER})})
    assert set(opened(sanitize_file(two, name="x.zip", jail=jail))) == {"inner.zip"}
    deep = LETTER
    for level in range(6):
        deep = packed({"a.txt" if level == 0 else "a.zip": deep})
    assert sanitize_file(deep, name="x.zip", jail=jail).reason is FileReason.TOO_DEEP


def test_names_written_by_a_japanese_windows_are_read(jail: Jail) -> None:
    raw = "報告書.txt".encode("cp932")
    archive = packed({"x" * len(raw): LETTER}).replace(b"x" * len(raw), raw)
    assert set(opened(sanitize_file(archive, name="x.zip", jail=jail))) == {"報告書.txt"}


@pytest.mark.parametrize(
    ("hostile", "clean"),
    [
        ("../../etc/passwd.txt", "etc/passwd.txt"),
        ("/abs.txt", "abs.txt"),
        ("C:/x.txt", "C_/x.txt"),
        ("a/..\\..\\b.txt", "a/b.txt"),
        ("con.txt", "_con.txt"),
        ("x\u202etxt.txt", "xtxt.txt"),
    ],
)
def test_no_member_gets_out_of_its_folder(jail: Jail, hostile: str, clean: str) -> None:
    assert set(opened(sanitize_file(packed({hostile: LETTER}), name="x.zip", jail=jail))) == {clean}


def test_members_that_look_alike_are_told_apart(jail: Jail) -> None:
    archive = packed({"A.txt": LETTER, "a.TXT": LETTER, "Ａ.txt": LETTER})
    assert len(opened(sanitize_file(archive, name="x.zip", jail=jail))) == 3


def refusal(jail: Jail, archive: bytes, profile: Profile | None = None) -> FileReason:
    outcome = sanitize_file(archive, name="x.zip", jail=jail, profile=profile or Profile())
    return outcome.reason


def test_an_archive_that_two_readers_would_read_differently_is_refused(jail: Jail) -> None:
    good = zipped({"a.txt": LETTER, "b.txt": LETTER})
    end = good.rfind(b"PK\5\6")
    directory = good.find(b"PK\1\2")
    changed = {
        "bytes before": b"MZ" + good,
        "bytes behind": good + b"x",
        "two archives": good + good,
        "a gap": good[:directory] + b"evil" + good[directory:],
        "another name in the member": good.replace(b"a.txt", b"z.txt", 1),
        "a count that is wrong": good[: end + 8] + struct.pack("<HH", 1, 1) + good[end + 12 :],
        "a wrong checksum": good.replace(LETTER, LETTER[:-2] + b"!\n", 1),
    }
    for what, archive in changed.items():
        assert refusal(jail, archive) in {
            FileReason.BROKEN,
            FileReason.UNKNOWN_KIND,
            FileReason.KIND_MISMATCH,
        }, what


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused(jail: Jail) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", LETTER)
        archive.writestr("a.txt", b"other")
    assert refusal(jail, file.getvalue()) is FileReason.BROKEN


def test_overlapping_members_are_refused(jail: Jail) -> None:
    """The better zip bomb: many entries of the directory share one member's bytes."""
    good = packed({"a.txt": bytes(10_000) + b"a"})
    directory = good.find(b"PK\1\2")
    entry = good[directory : good.rfind(b"PK\5\6")]
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 50, 50, 50 * len(entry), directory, 0)
    assert refusal(jail, good[:directory] + entry * 50 + end) is FileReason.BROKEN


def test_a_bomb_is_refused(jail: Jail) -> None:
    bomb = packed({f"{n}.txt": b"a" * (3 << 20) for n in range(8)})
    small = Profile(FileLimits(max_bytes=5 << 20))
    assert refusal(jail, bomb, small) is FileReason.TOO_LARGE


def test_a_password_is_called_so(jail: Jail) -> None:
    good = bytearray(zipped({"a.txt": LETTER}))
    good[6] |= 1
    good[good.find(b"PK\1\2") + 8] |= 1
    assert refusal(jail, bytes(good)) is FileReason.ENCRYPTED


OURS = encode_archive([Member("良/a.txt", LETTER), Member("b.txt", b"")])


def test_the_check_takes_what_we_write() -> None:
    check_file("application/zip", OURS)


@pytest.mark.parametrize(
    "bad",
    [
        OURS + b"x",
        OURS[:-1],
        b"",
        zipped({"a.txt": LETTER}),
        encode_archive([Member("a.exe", LETTER)]),
        encode_archive([Member("a.jpg", LETTER)]),
        encode_archive([Member("../a.txt", LETTER)]),
        encode_archive([Member("/a.txt", LETTER)]),
        encode_archive([Member("a\\b.txt", LETTER)]),
        encode_archive([Member("a\u202e.txt", LETTER)]),
        encode_archive([Member("a.txt", LETTER), Member("A.txt", LETTER)]),
        encode_archive([Member("a.txt", b"\x1b")]),
        encode_archive([]),
    ],
)
def test_the_check_takes_no_other_archive(bad: bytes) -> None:
    with pytest.raises(CheckFailed):
        check_file("application/zip", bad)


def test_no_bit_of_an_archive_can_be_changed() -> None:
    # Not even those in the last byte of packed data that no inflater looks at.
    for bit in range(len(OURS) * 8):
        changed = bytearray(OURS)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CheckFailed):
            check_file("application/zip", bytes(changed))


OURS = encode_archive([Member("a.txt", LETTER), Member("b.txt", LETTER)])
FIELDS = struct.pack("<5H", 20, 1 << 11, 8, 0, 0x21)


def with_a_gap(more: bytes) -> bytes:
    """Return an archive with something between its members and its directory."""
    (at,) = struct.unpack_from("<I", OURS, len(OURS) - 6)
    return OURS[:at] + more + OURS[at:-6] + struct.pack("<IH", at + len(more), 0)


@pytest.mark.parametrize(
    "bad",
    [
        encode_archive([Member("con.txt", LETTER)]),
        encode_archive([Member("a/LPT1.txt", LETTER)]),
        with_a_gap(b"evil"),
        OURS.replace(FIELDS, struct.pack("<5H", 20, 1 << 11, 8, 1, 0x21)),
    ],
    ids=["device", "device in a folder", "gap", "time"],
)
def test_the_check_takes_no_archive_that_hides_something(bad: bytes) -> None:
    check_file("application/zip", OURS)
    check_file("application/zip", with_a_gap(b""))
    assert bad != OURS
    with pytest.raises(CheckFailed):
        check_file("application/zip", bad)
