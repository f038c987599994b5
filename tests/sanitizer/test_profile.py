"""A profile says what a file may cost and what becomes of each kind, and cannot say "pass"."""

import subprocess
import sys
from pathlib import Path

import pytest

from sanitizer.jail import Jail
from sanitizer.kinds import Kind
from sanitizer.outcome import Reason
from sanitizer.profile import HARD_MAX_BYTES, Action, Limits, Profile
from sanitizer.profile_file import ProfileInvalid, read_profile
from sanitizer.rules import Changes, Keeping, OfficeRules, given
from sanitizer.sanitize import sanitize
from tests.sanitizer.samples import encoded, gradient


def test_there_is_no_word_for_letting_a_file_through() -> None:
    assert set(Action) == {"rebuild", "picture", "text", "hold", "refuse"}


def test_an_empty_profile_is_the_default() -> None:
    assert read_profile("") == Profile()


def test_a_profile_is_read() -> None:
    profile = read_profile('[limits]\nmax_mebibytes = 5\nseconds = 1.5\n[kinds]\npng = "hold"\n')
    assert profile.limits == Limits(max_bytes=5 << 20, seconds=1.5)
    assert profile.action(Kind.PNG) is Action.HOLD
    assert profile.action(Kind.JPEG) is Action.REBUILD


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
        ('[kinds]\nexe = "rebuild"', "hold, refuse"),
        ('[kinds]\ndocx = "picture"', "rebuild"),
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
    assert given(rules.parameters()) == rules
    assert read_profile('[links]\naction = "text"\n').rules.links.kept == ()


def test_time_grows_with_the_file() -> None:
    limits = Limits(seconds=10, seconds_per_mebibyte=2)
    assert limits.stage_seconds(5 << 20) == 20


def test_a_file_that_takes_too_long_is_refused(jail: Jail) -> None:
    impatient = Profile(Limits(seconds=0.01, seconds_per_mebibyte=0))
    photo = encoded(gradient((3000, 2000)), "JPEG")
    assert sanitize(photo, name="x.jpg", jail=jail, profile=impatient).reason is Reason.TIME_OUT


def test_a_file_can_be_drawn_anew_from_the_command_line(tmp_path: Path) -> None:
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
