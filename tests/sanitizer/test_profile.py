"""A profile says what a file may cost and what becomes of each kind, and cannot say "pass"."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from sanitizer import treatments
from sanitizer.jail import Jail
from sanitizer.kinds import Kind
from sanitizer.outcome import FileReason
from sanitizer.profile import HARD_MAX_BYTES, MEBIBYTE, FileAction, FileLimits, Profile
from sanitizer.profile_file import ProfileInvalid, read_profile
from sanitizer.rules import Changes, Keeping, OfficeRules, rules_given
from sanitizer.sanitize import sanitize_file
from sanitizer.treatments import TREATMENTS
from tests.sanitizer.samples import CANARY, encoded, gradient, hostile_pictures, zipped
from tests.sanitizer.test_office import word
from tests.sanitizer.test_pdf import pdf_of


def test_there_is_no_word_for_letting_a_file_through() -> None:
    assert set(FileAction) == {"rebuild", "picture", "text", "hold", "refuse"}


def test_an_empty_profile_is_the_default() -> None:
    assert read_profile("") == Profile()


def test_a_profile_is_read() -> None:
    profile = read_profile('[limits]\nmax_mebibytes = 5\nseconds = 1.5\n[kinds]\npng = "hold"\n')
    assert profile.limits == FileLimits(max_bytes=5 << 20, seconds=1.5)
    assert profile.action(Kind.PNG) is FileAction.HOLD
    assert profile.action(Kind.JPEG) is FileAction.REBUILD


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("x = 1", "limits"),
        ("limits = 1", "limits"),
        ("[limits]\nspeed = 1", "max_mebibytes"),
        ("[limits]\nseconds = true", "seconds"),
        ("[limits]\nseconds = 0", "time"),
        ("[limits]\nmax_mebibytes = 101", str(HARD_MAX_BYTES)),
        ('[kinds]\nexe2 = "refuse"', "exe2"),
        ('[kinds]\npng = "pass"', "rebuild"),
        ('[kinds]\nexe = "rebuild"', "must be one of refuse"),
        ('[kinds]\nexe = "hold"', "Windows program"),
        ("[limits]\nmax_pages = 1.5", "whole number"),
        ("[limits]\nmax_depth = 4", "from 1 to 3"),
        ('[kinds]\nzip = "picture"', "rebuild"),
        ("[kinds", "TOML"),
        ("office = 1", "office"),
        ('[office]\nmacros = "keep"', "comments"),
        ('[office]\nchanges = "pass"', "accept, keep, reject"),
        ('[links]\nschemes = ["javascript"]', "http, https, mailto"),
        ('[links]\nschemes = "http"', "list"),
    ],
)
def test_what_is_not_understood_is_an_error_that_says_what_was_expected(
    text: str, named: str
) -> None:
    with pytest.raises(ProfileInvalid, match=named):
        read_profile(text)


def test_what_stays_inside_a_file_is_read_and_reaches_a_stage() -> None:
    text = '[office]\ncomments = "remove"\nchanges = "accept"\n[links]\nschemes = ["https"]\n'
    rules = read_profile(text).rules
    assert rules.office == OfficeRules(comments=Keeping.REMOVE, changes=Changes.ACCEPT)
    assert rules_given(rules.parameters()) == rules
    assert read_profile('[links]\naction = "text"\n').rules.links.kept == ()


def test_time_grows_with_the_file() -> None:
    limits = FileLimits(seconds=10, seconds_per_mebibyte=2)
    assert limits.stage_seconds(5 << 20) == 20


def test_a_file_that_takes_too_long_is_refused(jail: Jail) -> None:
    impatient = Profile(FileLimits(seconds=0.01, seconds_per_mebibyte=0))
    photo = encoded(gradient((3000, 2000)), "JPEG")
    assert (
        sanitize_file(photo, name="x.jpg", jail=jail, profile=impatient).reason
        is FileReason.TIME_OUT
    )


def test_a_file_can_be_rebuilt_from_the_command_line(tmp_path: Path) -> None:
    good, bad = tmp_path / "写真.png", tmp_path / "x.exe"
    good.write_bytes(encoded(gradient(), "PNG"))
    bad.write_bytes(b"MZ\x90\0" + bytes(100))
    done = subprocess.run(
        [sys.executable, "-m", "sanitizer", "--lang", "en", str(good), str(bad)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=False,
        timeout=60,
    )
    assert done.returncode == 1, done.stderr
    assert "Made harmless" in done.stdout
    assert "Windows program" in done.stdout
    assert (tmp_path / "写真.harmless.png").read_bytes().startswith(b"\x89PNG")
    assert not list(tmp_path.glob("x.harmless*"))


EXPRESSIBLE = [(kind, action) for kind in Kind if kind is not Kind.UNKNOWN for action in FileAction]


@pytest.mark.parametrize(("kind", "action"), EXPRESSIBLE)
def test_a_profile_says_what_can_be_done_or_says_what_could(kind: Kind, action: FileAction) -> None:
    text = f'[kinds]\n"{kind}" = "{action}"\n'
    if action in treatments.possible(kind):
        assert read_profile(text).action(kind) is action
        return
    with pytest.raises(ProfileInvalid) as refusal:
        read_profile(text)
    for named in (kind, repr(str(action)), *treatments.possible(kind)):
        assert str(named) in str(refusal.value)


def test_every_kind_can_be_refused_and_none_held_that_could_not_be_released() -> None:
    for kind in Kind:
        assert FileAction.REFUSE in treatments.possible(kind)
        assert (FileAction.HOLD in treatments.possible(kind)) == (
            (kind, FileAction.REBUILD) in TREATMENTS
        )


def test_what_was_held_is_rebuilt_once_it_is_released(jail: Jail) -> None:
    profile = Profile(actions={Kind.PNG: FileAction.HOLD, Kind.JPEG: FileAction.REFUSE})
    photo = encoded(gradient(), "PNG")
    assert (
        sanitize_file(photo, name="a.png", jail=jail, profile=profile).reason
        is FileReason.NEEDS_APPROVAL
    )
    released = sanitize_file(photo + CANARY, name="a.png", jail=jail, profile=profile.released())
    assert released.state == "altered"
    assert CANARY not in released.data
    assert profile.released().action(Kind.JPEG) is FileAction.REFUSE


def two_pages() -> bytes:
    pages = [gradient(mode="L"), gradient(mode="L")]
    return encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])


def deflated(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", content)
    return file.getvalue()


def hostile() -> dict[str, bytes]:
    """One file of every kind that is rebuilt, each with the canary where nobody sees it."""
    document = word("<w:p><w:r><w:t>関所</w:t></w:r></w:p>", **{"word__vbaProject.bin": CANARY})
    return hostile_pictures() | {
        "a.docm": document,
        "a.pdf": pdf_of(
            b"BT /F1 20 Tf 20 50 Td (words) Tj ET",
            extra=b"/OpenAction << /S /JavaScript /JS (" + CANARY + b") >>",
        ),
        "a.csv": "a,b\u202e\r\n=1+1,2\r\n".encode(),
        "a.txt": "関所\u202e".encode(),
        "a.zip": zipped({"a.jpg": hostile_pictures()["metadata.jpg"], "evil.exe": b"MZ" + CANARY}),
    }


@pytest.mark.parametrize("action", FileAction)
@pytest.mark.parametrize("name", hostile())
def test_no_profile_lets_a_file_through_as_it_came(
    jail: Jail, name: str, action: FileAction
) -> None:
    untrusted = hostile()[name]
    able = {kind: action for kind in Kind if action in treatments.possible(kind)}
    outcome = sanitize_file(untrusted, name=name, jail=jail, profile=Profile(actions=able))
    assert outcome.data != untrusted
    assert CANARY not in unpacked(outcome.data)
    if action in (FileAction.HOLD, FileAction.REFUSE):
        assert outcome.data == b""


def unpacked(data: bytes) -> bytes:
    """Return what a byte scan should see: the members of a package too."""
    if not data.startswith(b"PK"):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return data + b"".join(package.read(name) for name in package.namelist())


@pytest.mark.parametrize(
    ("limits", "data", "name"),
    [
        (FileLimits(max_pages=1), two_pages(), "a.tiff"),
        (FileLimits(max_entries=1), zipped({"a.txt": b"a", "b.txt": b"b"}), "a.zip"),
        (FileLimits(max_depth=1), zipped({"b.zip": zipped({"a.txt": b"a"})}), "a.zip"),
        (FileLimits(max_ratio=50), deflated(bytes(2 * MEBIBYTE)), "a.zip"),
    ],
)
def test_pages_entries_depth_and_ratio_are_limited(
    jail: Jail, limits: FileLimits, data: bytes, name: str
) -> None:
    assert sanitize_file(data, name=name, jail=jail, profile=Profile(limits)).state == "refused"
    lenient = sanitize_file(data, name=name, jail=jail, profile=Profile(FileLimits(max_ratio=1032)))
    assert lenient.reason not in (
        FileReason.TOO_MANY_PARTS,
        FileReason.TOO_LARGE,
        FileReason.TOO_DEEP,
    )


def test_a_member_about_which_a_person_decides_holds_the_archive_it_is_in(jail: Jail) -> None:
    archive = zipped({"a.txt": b"a", "b.png": encoded(gradient(), "PNG")})
    profile = Profile(actions={Kind.PNG: FileAction.HOLD})
    held = sanitize_file(archive, name="a.zip", jail=jail, profile=profile)
    assert held.reason is FileReason.NEEDS_APPROVAL
    assert sanitize_file(archive, name="a.zip", jail=jail, profile=profile.released()).data


def test_what_is_not_named_can_be_given_a_rule_too() -> None:
    profile = read_profile('[kinds]\nothers = "refuse"\npdf = "picture"\n')
    assert profile.action(Kind.PDF) is FileAction.PICTURE
    assert profile.action(Kind.JPEG) is FileAction.REFUSE
    words = read_profile('[kinds]\nothers = "text"\n')
    assert (words.action(Kind.XLSX), words.action(Kind.JPEG)) == (
        FileAction.TEXT,
        FileAction.REFUSE,
    )
    with pytest.raises(ProfileInvalid, match="others"):
        read_profile('[kinds]\nothers = "pass"\n')
