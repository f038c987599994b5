"""Each break of the list can still be made, and a test notices; and the runner tells the truth."""

import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.mutants.catalogue import Mutant, Stale, break_text, read_mutants
from tests.mutants.run import attempt_all, draw_sample
from tests.mutants.workshop import Outcome, Workshop

ROOT = Path(__file__).resolve().parents[2]
MUTANTS = read_mutants()
SAMPLE = 6
CASES = 21


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: f"{each.file}: {each.becomes}")
def test_every_break_can_be_made_in_the_tree_as_it_is(mutant: Mutant) -> None:
    text = (ROOT / mutant.file).read_text(encoding="utf-8")
    assert break_text(text, mutant) != text
    assert mutant.attack


def test_every_test_that_is_to_notice_is_there() -> None:
    """Also the one case of a test that an entry names: pytest is asked for all of them."""
    tests = sorted({mutant.test for mutant in MUTANTS})
    command = (sys.executable, "-m", "pytest", "--collect-only", "-qq", "-p", "no:cacheprovider")
    ended = subprocess.run(
        (*command, *tests), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout[-2_000:] + ended.stderr


def test_no_break_stands_in_the_list_twice() -> None:
    made = [(mutant.file, mutant.was, mutant.becomes) for mutant in MUTANTS]
    assert len(set(made)) == len(made) >= 200


def test_every_case_of_the_bad_day_has_a_test_and_a_break_in_their_order() -> None:
    """Each was seen on a running first version; `tests/mutants/bad_days.toml` is the table."""
    cases = [mutant.case for mutant in MUTANTS if mutant.case is not None]
    assert cases == sorted(cases)
    assert {*cases} == {*range(1, CASES + 1)}


def test_a_sample_of_the_breaks_is_noticed() -> None:
    """Other ones with each commit, and all of them at night: `python3 dev.py mutants`."""
    seed = _committed_at()
    told: list[str] = []
    attempt_all(
        draw_sample(MUTANTS, SAMPLE, seed),
        ROOT,
        lambda trial: told.append(f"{trial.outcome} {trial.mutant.file}: {trial.mutant.becomes}"),
    )
    print(f"dev.py mutants --sample {SAMPLE} --seed {seed}")
    assert [line for line in told if not line.startswith("killed ")] == []
    assert len(told) == SAMPLE


def _committed_at() -> int:
    """Return when the last commit was made, in seconds, or now where there is none."""
    command = ("git", "log", "-1", "--format=%ct")
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return int(ended.stdout or time.time())


GUARD = "def is_open(hour):\n    return 9 <= hour < 17\n"
CHECKS = """
import subprocess, sys
from guard import is_open

def test_the_door_is_shut_at_night():
    assert not is_open(23)

def test_a_program_of_ours_says_so_too():
    said = subprocess.run([sys.executable, "-P", "-c", "import guard; print(guard.is_open(23))"],
                          cwd="/", capture_output=True, text=True)
    assert said.stdout == "False\\n"

def test_nothing_at_all():
    pass

def test_what_never_passes():
    assert False
"""


def mutant(was: str, becomes: str, test: str) -> Mutant:
    return Mutant("guard.py", was, becomes, f"test_guard.py::{test}", "Somebody comes in at night.")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small tree with a guard, and tests of which some look at it."""
    tree = tmp_path / "tree"
    tree.mkdir()
    for name, text in {"guard.py": GUARD, "test_guard.py": CHECKS}.items():
        (tree / name).write_text(text)
    subprocess.run(("git", "init", "-q"), cwd=tree, check=True)
    return tree


def outcomes(tree: Path, *mutants: Mutant) -> Sequence[Outcome]:
    """Return what becomes of each, in the order in which they were given."""
    found = {each.mutant: each.outcome for each in attempt_all(mutants, tree, lambda _trial: None)}
    return [found[each] for each in mutants]


def test_the_runner_says_what_became_of_each(tree: Path) -> None:
    open_at_night = ("hour < 17", "hour < 24")
    assert outcomes(
        tree,
        mutant(*open_at_night, "test_the_door_is_shut_at_night"),
        mutant(*open_at_night, "test_a_program_of_ours_says_so_too"),
        mutant(*open_at_night, "test_nothing_at_all"),
        mutant(*open_at_night, "test_what_never_passes"),
        mutant(*open_at_night, "test_that_is_not_there"),
        mutant("hour < 18", "hour < 24", "test_the_door_is_shut_at_night"),
        mutant("hour", "24", "test_the_door_is_shut_at_night"),
        mutant("hour < 17", "hour <", "test_the_door_is_shut_at_night"),
        mutant("hour < 17", "minute < 17", "test_the_door_is_shut_at_night"),
    ) == [
        Outcome.KILLED,
        Outcome.KILLED,
        Outcome.SURVIVED,
        Outcome.BROKEN,
        Outcome.BROKEN,
        Outcome.STALE,
        Outcome.STALE,
        Outcome.STALE,
        Outcome.STALE,
    ]
    assert (tree / "guard.py").read_text() == GUARD


def test_a_break_of_the_same_second_and_size_is_not_missed(tree: Path, tmp_path: Path) -> None:
    shut = mutant("hour < 17", "hour < 99", "test_the_door_is_shut_at_night")
    same = mutant("9 <=", "8 <=", "test_the_door_is_shut_at_night")
    with closing(Workshop(tree, tmp_path / "copy")) as workshop:
        tried = [workshop.attempt(each)[0] for each in (shut, same, shut, same)]
    assert tried == [Outcome.KILLED, Outcome.SURVIVED] * 2


@pytest.mark.parametrize("text", ["if a:\n    f( x,\n       y )\n", "if a:\n    f(x, y)\n"])
def test_a_break_is_made_however_the_lines_are_broken(text: str) -> None:
    broken = break_text(text, Mutant("a.py", "f(x, y)", "g()", "test_a.py", ""))
    assert broken == "if a:\n    g()\n"


def test_a_word_is_not_found_in_a_longer_one() -> None:
    with pytest.raises(Stale):
        break_text("is_halted = 1\n", Mutant("a.py", "halted", "x", "test_a.py", ""))
