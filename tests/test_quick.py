"""What one runs at each change touches every package, and its list names what there is."""

import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT, is_slow, slow_tests

TESTS = ROOT / "tests"
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
PACKAGES = [each for each in SETTINGS["packages"]["find"]["include"] if not each.endswith(".*")]


def node(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_has_quick_tests(package: str) -> None:
    found = [node(path) for path in (TESTS / package).rglob("test_*.py")]
    assert [each for each in found if not is_slow(each, slow_tests())]


@pytest.mark.parametrize("entry", slow_tests())
def test_whatever_is_called_slow_is_there(entry: str) -> None:
    path, _, name = entry.partition("::")
    assert (ROOT / path).exists()
    if name:
        assert name in (ROOT / path).read_text(encoding="utf-8")


def test_a_test_is_slow_with_its_file_and_its_folder_and_with_no_other() -> None:
    slow = ["tests/a", "tests/b/test_b.py", "tests/c/test_c.py::test_one"]
    assert is_slow("tests/a/b/test_x.py::test_y", slow)
    assert is_slow("tests/b/test_b.py::test_y[1]", slow)
    assert is_slow("tests/c/test_c.py::test_one[2]", slow)
    assert not is_slow("tests/c/test_c.py::test_one_more", slow)
    assert not is_slow("tests/ab/test_x.py::test_y", slow)
