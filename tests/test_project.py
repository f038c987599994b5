"""The rules of the tree itself: its shape, its lock, and what it becomes when it is packed."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import metadata, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT, TOOLS
from zone.api.resources.server import API_VERSION

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

CLIENT = ROOT / "client"
PACKAGE = CLIENT / "sekisho_client"
CLIENT_PROJECT = tomllib.loads((CLIENT / "pyproject.toml").read_text())

LOCKS = ("requirements.txt", "requirements-dev.txt")
LOCKED = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?: --hash=sha256:[0-9a-f]{64})+")

# What may never be needed to run: who passes the gateway on would have to pass on more than it.
GPL = re.compile(r"\b(?:A?GPL|GNU (?:Affero )?General Public)", re.IGNORECASE)
# Whose metadata name no licence.  What their files say is written here, and looked at again with
# each new version.
UNNAMED = {"resvg-py": "MIT"}


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


def locked(lock: str) -> Iterator[tuple[str, str | None]]:
    """Yield each requirement of a lock, and its version if it is as it should be."""
    text = (ROOT / lock).read_text()
    for line in re.sub(r" *\\\n *", " ", text).splitlines():
        if line and not line.lstrip().startswith("#"):
            match = LOCKED.fullmatch(line)
            yield (match["name"], match["version"]) if match else (line, None)


def wanted(*lists: list[str]) -> dict[str, Requirement]:
    """Return requirements by name; not the client, which is in this tree and in no index."""
    found = {
        canonicalize_name(each.name): each for some in lists for each in map(Requirement, some)
    }
    return {name: each for name, each in found.items() if name != "sekisho-client"}


def licence(name: str) -> str:
    """Return all that the metadata of an installed package say of its licence."""
    said = metadata(name)
    words = [line for key in ("License-Expression", "License") for line in said.get_all(key) or []]
    words += [each for each in said.get_all("Classifier") or [] if each.startswith("License ::")]
    return "; ".join(filter(None, words)) or UNNAMED.get(name, "")


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
    full = [path for path in files("**/__init__.py", "__init__.py") if path.read_text()]
    # What people import from the client stands there, and nothing else.
    assert {path.parent for path in full} == {PACKAGE, PACKAGE / "blocking"}
    for path in full:
        docstring, *rest = ast.parse(path.read_text()).body
        assert isinstance(docstring, ast.Expr)
        assert {type(each) for each in rest} == {ast.ImportFrom}


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
    ours += [path for path in MODULES if path.is_relative_to(PACKAGE)]
    folders = {path.parent for path in ours}
    assert [here(each) for each in folders if not (each / "__init__.py").exists()] == []


def test_every_package_has_tests() -> None:
    tested = {path.relative_to(ROOT).parts[1] for path in files("tests/*/test_*.py")}
    assert packages() | {PACKAGE.name} <= tested


def test_nobody_else_installs_our_top_level_names() -> None:
    ours = {name: {"sekisho"} for name in SHIPPED} | {PACKAGE.name: {"sekisho-client"}}
    owners = {name: set(by) for name, by in packages_distributions().items() if name in ours}
    assert {name: by for name, by in owners.items() if by != ours[name]} == {}


def wheel_of(folder: Path, sources: list[Path], root: Path) -> zipfile.ZipFile:
    """Return the wheel that is built of a copy of `sources`, which lie under `root`."""
    for path in sources:
        copy = folder / "source" / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    pip_wheel = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "."]
    subprocess.run(
        [sys.executable, *pip_wheel, "--wheel-dir", folder], cwd=folder / "source", check=True
    )
    (wheel,) = folder.glob("*.whl")
    return zipfile.ZipFile(wheel)


def packed(wheel: zipfile.ZipFile) -> set[str]:
    return {name for name in wheel.namelist() if ".dist-info/" not in name}


def test_the_wheel_holds_every_file_of_our_packages(tmp_path: Path) -> None:
    shipped = [path for path in files() if path.relative_to(ROOT).parts[0] in SHIPPED]
    policies = list((ROOT / "config" / "policy").glob("*.toml"))
    beside = [ROOT / "pyproject.toml", ROOT / "LICENSE"]
    found = packed(wheel_of(tmp_path, [*shipped, *policies, *beside], ROOT))
    data = {name.rpartition("/")[2] for name in found if ".data/data/share/sekisho/" in name}
    assert data == {path.name for path in policies} != set()
    assert {name for name in found if ".data/" not in name} == {here(path) for path in shipped}


def test_the_wheel_of_the_client_holds_one_name_and_the_licence(tmp_path: Path) -> None:
    wheel = wheel_of(tmp_path, files("client"), CLIENT)
    ours = {str(path.relative_to(CLIENT)) for path in files("client/sekisho_client")}
    assert packed(wheel) == ours
    assert {name.partition("/")[0] for name in ours} == {PACKAGE.name}
    (licence,) = [name for name in wheel.namelist() if name.endswith("/licenses/LICENSE")]
    assert wheel.read(licence) == (ROOT / "LICENSE").read_bytes()


def test_the_version_of_the_client_is_that_of_the_api() -> None:
    version = CLIENT_PROJECT["project"]["version"]
    assert version.partition(".")[0] == str(API_VERSION)
    assert f"sekisho-client=={version}" in PROJECT["project"]["dependencies"]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_everything_by_hash_and_names_no_address(lock: str) -> None:
    assert [name for name, version in locked(lock) if version is None] == []


def test_the_locks_hold_what_the_projects_ask_for() -> None:
    run = wanted(PROJECT["project"]["dependencies"], CLIENT_PROJECT["project"]["dependencies"])
    dev = wanted(PROJECT["project"]["optional-dependencies"]["dev"])
    for lock, requirements in zip(LOCKS, (run, run | dev), strict=True):
        pins = dict(locked(lock))
        for name, requirement in requirements.items():
            version = pins.get(name)
            assert version is not None, f"{requirement} is not in {lock}: python3 dev.py lock"
            assert version in requirement.specifier


def test_what_runs_is_what_is_developed_with() -> None:
    run, dev = (dict(locked(lock)) for lock in LOCKS)
    assert run.items() <= dev.items()


def test_the_run_time_lock_brings_no_tool_of_development() -> None:
    tools = wanted(PROJECT["project"]["optional-dependencies"]["dev"])
    assert set(dict(locked("requirements.txt"))) & set(tools) == set()


def test_nothing_that_runs_is_under_the_gpl() -> None:
    licences = {name: licence(name) for name, _ in locked("requirements.txt")}
    assert [name for name, said in licences.items() if not said] == []
    assert {name: said for name, said in licences.items() if GPL.search(said)} == {}
    # The pattern knows one where it sees one: a tool of the tests is under it.
    assert GPL.search(licence("pymerkle"))


@pytest.mark.parametrize("tool", TOOLS)
def test_ci_installs_each_program_that_tests_may_lack(tool: str) -> None:
    assert TOOLS[tool] in (ROOT / ".ci" / "run").read_text()
