"""The rules of ARCHITECTURE.md, written down where they cannot be forgotten."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.floors import FLOORS, as_markdown, floors_of, imports_within, modules_in

# Who may import what of ours, besides what is in the same place.  Of two that fit, the longer name
# counts, on both sides: `sanitizer.check` does not come with leave to import `sanitizer`.
MAY_IMPORT: dict[str, set[str]] = {
    "wire": set(),
    "confinement": set(),
    "runtime": {"wire"},
    "sanitizer": {"confinement", "sanitizer.check"},
    "sanitizer.check": set(),
    "relay": {"wire", "runtime"},
    "relay.transform": {"confinement", "wire", "runtime", "relay", "sanitizer"},
    "relay.verify": {"confinement", "wire", "runtime", "relay", "sanitizer.check"},
    "zone": {"confinement", "wire", "runtime", "sanitizer.check"},
    "lgwan_side": {"wire", "runtime", "zone"},
    "internet_side": {"wire", "runtime", "zone"},
    "sekisho_client": set(),
    "sekisho": {
        "confinement",
        "internet_side",
        "lgwan_side",
        "relay",
        "relay.transform",
        "relay.verify",
        "runtime",
        "sanitizer",
        "sanitizer.check",
        "sekisho_client",
        "wire",
        "zone",
    },
}
OURS = {name.partition(".")[0] for name in MAY_IMPORT}

# What pure code must do without.  Time, randomness, keys and transports are handed to it.
THE_WORLD = {
    "aiohttp",
    "aiosqlite",
    "asyncio",
    "concurrent",
    "ctypes",
    "fcntl",
    "glob",
    "io",
    "logging",
    "multiprocessing",
    "os",
    "random",
    "secrets",
    "select",
    "selectors",
    "shutil",
    "signal",
    "socket",
    "sqlite3",
    "ssl",
    "structlog",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "uuid",
}
# What can be used purely, but not by these names of theirs.
WORLDLY = {"input", "open", "print"}
WORLDLY_METHODS = {
    "monotonic",
    "now",
    "open",
    "perf_counter",
    "read_bytes",
    "read_settings",
    "read_text",
    "sleep",
    "stat",
    "time",
    "time_ns",
    "today",
    "utcnow",
    "write_bytes",
    "write_text",
}
# Modules say it in their docstring, as in "Pure."; `wire` is so altogether, and these as well.
PURE_BY_LAW = {"relay.normal_form", "relay.states"}


# The client is a distribution of its own, in a folder of its own.
FOLDERS = {"sekisho_client": ROOT / "client"}


def modules() -> Iterator[tuple[str, Path]]:
    for package in sorted(OURS):
        folder = FOLDERS.get(package, ROOT)
        for path in sorted((folder / package).rglob("*.py")):
            name = ".".join(path.relative_to(folder).with_suffix("").parts)
            yield name.removesuffix(".__init__"), path


MODULES = dict(modules())


def layer(name: str) -> str:
    """Return the longest name in the law that `name` is or lies in."""
    fitting = [part for part in MAY_IMPORT if f"{name}.".startswith(f"{part}.")]
    return max(fitting, key=len)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield from (f"{module}.{alias.name}" for alias in names)


def docstring(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def is_pure(name: str) -> bool:
    if layer(name) == "wire" or name in PURE_BY_LAW:
        return True
    said = docstring(MODULES[name])
    return any(f"Pure{mark}" in said for mark in ".:;,")


def worldly_calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in WORLDLY:
                yield name
            case ast.Call(func=ast.Attribute(attr=name)) if name in WORLDLY_METHODS:
                yield name
            case ast.AsyncFunctionDef(name=name):
                yield f"async {name}"


PURE = [name for name in MODULES if is_pure(name)]


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_one_way(module: str) -> None:
    ours = {name for name in imports(MODULES[module]) if name.partition(".")[0] in OURS}
    allowed = MAY_IMPORT[layer(module)] | {layer(module)}
    assert {name for name in ours if layer(name) not in allowed} == set()


@pytest.mark.parametrize("module", PURE)
def test_pure_modules_know_nothing_of_the_world(module: str) -> None:
    path = MODULES[module]
    banned = THE_WORLD | {"time"} if layer(module) == "wire" else THE_WORLD
    assert {name.partition(".")[0] for name in imports(path)} & banned == set()
    assert list(worldly_calls(path)) == []


def test_the_heart_of_the_relay_is_pure() -> None:
    """The promises are made there: whoever makes it impure has to say so here."""
    assert PURE_BY_LAW | {"relay.verify.check", "wire.envelope", "wire.merge"} <= set(PURE)


@pytest.mark.parametrize("module", MODULES)
def test_every_module_says_what_it_is_for(module: str) -> None:
    path = MODULES[module]
    if path.name != "__init__.py" or path.read_text():
        assert docstring(path).splitlines()[0].rstrip()[-1] in ".:,;?"


def test_config_is_not_code() -> None:
    assert list((ROOT / "config").rglob("*.py")) == []


def test_the_law_names_every_package_of_ours() -> None:
    folders = [ROOT, *FOLDERS.values()]
    packages = {path.parent.name for each in folders for path in each.glob("*/__init__.py")}
    assert packages - {"tests", "bench"} <= OURS


def settings_types() -> Iterator[tuple[str, ast.ClassDef]]:
    for name, path in MODULES.items():
        if name.endswith((".settings", ".policy")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef) and "Struct" in map(ast.unparse, node.bases):
                    yield f"{name}.{node.name}", node


@pytest.mark.parametrize(("name", "node"), list(settings_types()))
def test_settings_are_frozen_and_take_no_unknown_key(name: str, node: ast.ClassDef) -> None:
    said = {keyword.arg for keyword in node.keywords if ast.unparse(keyword.value) == "True"}
    assert {"frozen", "forbid_unknown_fields"} <= said, name


@pytest.mark.parametrize("package", FLOORS)
def test_every_room_is_on_one_floor(package: str) -> None:
    rooms = {name.partition(".")[0] for name, _ in modules_in(package)}
    listed = [room for floor in floors_of(package) for room in floor]
    assert sorted(listed) == sorted(rooms)


@pytest.mark.parametrize("package", FLOORS)
def test_rooms_stand_on_lower_floors(package: str) -> None:
    floor_of = {room: n for n, floor in enumerate(floors_of(package)) for room in floor}
    upward = {
        f"{name} imports {room}"
        for name, path in modules_in(package)
        for room in imports_within(package, path)
        if room != (own := name.partition(".")[0]) and floor_of[room] >= floor_of[own]
    }
    assert upward == set()


def test_every_package_has_floors() -> None:
    small = {"lgwan_side", "internet_side", "config", "relay"}
    assert {name.partition(".")[0] for name in FLOORS} | small >= OURS


@pytest.mark.parametrize("folder", sorted({path.parent for path in MODULES.values()}))
def test_no_folder_holds_more_than_thirty_modules(folder: Path) -> None:
    assert len(list(folder.glob("*.py"))) <= 31  # `__init__.py` is none


def test_the_architecture_prints_the_floors() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert as_markdown() in text, "python3 -m tests.floors writes them"
