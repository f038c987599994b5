"""The rules of the tree itself: its shape, its lock, and what it becomes when it is packed."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT, TOOLS

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SHIPPED = {
    name
    for name in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    if not name.endswith(".*")
}
NOT_SHIPPED = {"tests", "bench"}

# One screen, and about three of them.
FUNCTION_LINES = 40
MODULE_LINES = 300

# Somebody's home, work tree or scratch folder; not a part of a longer path or of an address.
ONE_MACHINES_PATH = re.compile(r"(?<![\w/.:~}])/(?:home|root|Users|work|tmp)/\w")

LOCKED = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?: --hash=sha256:[0-9a-f]{64})+")


def files(*patterns: str) -> list[Path]:
    """What git keeps or would keep, so that nobody's scratch and no build is looked at."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return sorted(path for path in paths if path.is_file())


def here(path: Path) -> str:
    return str(path.relative_to(ROOT))


def locked() -> Iterator[tuple[str, str | None]]:
    """Yield each requirement of the lock, and its version if it is as it should be."""
    text = (ROOT / "requirements.txt").read_text()
    for line in re.sub(r" *\\\n *", " ", text).splitlines():
        if line and not line.lstrip().startswith("#"):
            match = LOCKED.fullmatch(line)
            yield (match["name"], match["version"]) if match else (line, None)


def packages() -> set[str]:
    return {path.parent.name for path in ROOT.glob("*/__init__.py")} - NOT_SHIPPED


MODULES = files("*.py")


def functions() -> Iterator[tuple[str, int]]:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                yield f"{here(path)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


def test_modules_are_small() -> None:
    sizes = {here(path): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: size for name, size in sizes.items() if size >= MODULE_LINES} == {}


def test_functions_fit_on_a_screen() -> None:
    assert {name: size for name, size in functions() if size >= FUNCTION_LINES} == {}


def test_nothing_hides_in_an_init() -> None:
    assert [here(path) for path in files("**/__init__.py", "__init__.py") if path.read_text()] == []


def test_config_is_not_code() -> None:
    assert [here(path) for path in files("config/*.py")] == []


def test_nothing_names_a_path_of_one_machine() -> None:
    found = []
    for path in files():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue  # a picture or another sample, not ours to word
        found += [f"{here(path)}: {hit.group()}…" for hit in ONE_MACHINES_PATH.finditer(text)]
    assert found == []


def test_every_package_of_the_tree_is_shipped_and_no_other() -> None:
    assert packages() == SHIPPED


def test_every_folder_with_modules_is_a_package() -> None:
    ours = [path for path in MODULES if path.relative_to(ROOT).parts[0] in SHIPPED]
    folders = {path.parent for path in ours}
    assert [here(each) for each in folders if not (each / "__init__.py").exists()] == []


def test_every_package_has_tests() -> None:
    tested = {path.relative_to(ROOT).parts[1] for path in files("tests/*/test_*.py")}
    assert packages() - tested == set()


def test_nobody_else_installs_our_top_level_names() -> None:
    owners = {name: set(by) for name, by in packages_distributions().items() if name in SHIPPED}
    assert {name: by for name, by in owners.items() if by != {"sekisho"}} == {}


def test_the_wheel_holds_every_file_of_our_packages(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shipped = [path for path in files() if path.relative_to(ROOT).parts[0] in SHIPPED]
    policies = list((ROOT / "config" / "policy").glob("*.toml"))
    for path in [*shipped, *policies, ROOT / "pyproject.toml", ROOT / "LICENSE"]:
        copy = source / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    pip_wheel = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "."]
    subprocess.run([sys.executable, *pip_wheel, "--wheel-dir", tmp_path], cwd=source, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    data = {name.rpartition("/")[2] for name in packed if ".data/data/share/sekisho/" in name}
    assert data == {path.name for path in policies} != set()
    assert {name for name in packed if ".data/" not in name} == {here(path) for path in shipped}


def test_the_lock_pins_everything_by_hash_and_names_no_address() -> None:
    assert [name for name, version in locked() if version is None] == []


def test_the_lock_holds_what_the_project_asks_for() -> None:
    wanted = [*PROJECT["project"]["dependencies"]]
    wanted += PROJECT["project"]["optional-dependencies"]["dev"]
    pins = dict(locked())
    for requirement in map(Requirement, wanted):
        version = pins.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement} is not locked: python3 dev.py lock"
        assert version in requirement.specifier


@pytest.mark.parametrize("tool", TOOLS)
def test_ci_installs_each_program_that_tests_may_lack(tool: str) -> None:
    assert TOOLS[tool] in (ROOT / ".ci" / "run").read_text()
