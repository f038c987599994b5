"""One word, one thing: what newcomers can hold the names in the tree to."""

import ast
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = (
    "wire",
    "confinement",
    "runtime",
    "sanitizer",
    "relay",
    "zone",
    "lgwan_side",
    "internet_side",
    "sekisho",
)


def python_files(*folders: str) -> list[Path]:
    """Return the Python files that git keeps or would keep in `folders`, or everywhere."""
    command = [
        "git",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--",
        *folders,
    ]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = (ROOT / name for name in listed.split("\0") if name.endswith(".py"))
    return sorted(path for path in paths if path.is_file())


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


TREES = {
    module_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in python_files(*PACKAGES)
}
FUNCTIONS = {
    module: {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    for module, tree in TREES.items()
}


def is_one_word(name: str) -> bool:
    return "_" not in name.strip("_")


def bare_imports(tree: ast.AST) -> Iterator[str]:
    """Yield the functions of ours that are imported without their module and are one word."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in FUNCTIONS:
            for alias in node.names:
                if alias.name in FUNCTIONS[node.module] and is_one_word(alias.name):
                    yield f"{node.module}.{alias.name}"


def test_no_public_class_name_stands_for_two_things() -> None:
    """The client is another distribution: there a class may have the name of what it shows."""
    found = defaultdict(list)
    for module, tree in TREES.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(module)
    assert {name: where for name, where in found.items() if len(where) > 1} == {}


@pytest.mark.parametrize("path", python_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_function_of_one_word_comes_with_its_module(path: Path) -> None:
    """`messages.find(…)` says what is found; `find(…)` would not."""
    assert list(bare_imports(ast.parse(path.read_text(encoding="utf-8")))) == []


def test_the_rule_sees_what_it_forbids() -> None:
    module, functions = next(
        (module, words)
        for module, names in FUNCTIONS.items()
        if (words := sorted(name for name in names if is_one_word(name) and name[0] != "_"))
    )
    assert list(bare_imports(ast.parse(f"from {module} import {functions[0]}"))) != []
    package, _, leaf = module.rpartition(".")
    assert list(bare_imports(ast.parse(f"from {package} import {leaf}"))) == []


@pytest.mark.parametrize("path", python_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_formatter_has_the_last_word(path: Path) -> None:
    mark = "# " + "fmt:"
    assert mark not in path.read_text(encoding="utf-8")
