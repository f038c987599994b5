"""docs/sanitising.md and .ja.md say of profiles what the code says."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields

import pytest

from sanitizer import treatments
from sanitizer.kinds import Kind
from sanitizer.profile import FileAction, FileLimits
from sanitizer.profile_file import read_profile
from sanitizer.sampling import MAX_COMPARED
from sanitizer.sentences import ALIKE
from sanitizer.similarity import SIDE
from tests.conftest import ROOT

NAMES = ("sanitising.md", "sanitising.ja.md")
ROW = re.compile(r"^\| ((?:`[a-z0-9]+` ?)+)\| (.*) \| (.*) \| (.*) \|$", re.M)
COLUMNS = ({FileAction.REBUILD, FileAction.HOLD}, {FileAction.PICTURE}, {FileAction.TEXT})


def text(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


def tables(name: str) -> Mapping[Kind, set[FileAction]]:
    """Return what the document says that each kind can be."""
    found: dict[Kind, set[FileAction]] = {}
    for kinds, *marks in ROW.findall(text(name)):
        able = [
            each for each, mark in zip(COLUMNS, marks, strict=True) if mark.startswith("\u2713")
        ]
        for kind in re.findall(r"`([a-z0-9]+)`", kinds):
            found[Kind(kind)] = set().union(*able)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_which_kind_can_be_what_is_said_in_both_languages(name: str) -> None:
    can_be = {kind: treatments.possible(kind) - {FileAction.REFUSE} for kind in Kind}
    assert tables(name) == {kind: actions for kind, actions in can_be.items() if actions}


@pytest.mark.parametrize("name", NAMES)
def test_the_example_is_a_profile_with_every_limit(name: str) -> None:
    example = re.search(r"```toml\n(\[limits\].*?)```", text(name), re.S)
    assert example is not None
    profile = read_profile(example[1])
    assert profile.limits == FileLimits()
    assert len(tomllib.loads(example[1])["limits"]) == len(fields(FileLimits))
    assert profile.action(Kind.DOCM) is FileAction.HOLD


@pytest.mark.parametrize("name", NAMES)
def test_the_figures_of_the_comparison_are_those_of_the_code(name: str) -> None:
    for figure in (f"{ALIKE:.2f}", str(SIDE)):
        assert figure in text(name)
    assert MAX_COMPARED == 4  # "four pages", in words
