"""Whatever a module offers is used by what we ship, or measure with: there is no code for tests."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import pytest

from tests.conftest import ROOT

SHIPPED = (
    "confinement",
    "internet_side",
    "lgwan_side",
    "relay",
    "runtime",
    "sanitizer",
    "sekisho",
    "web",
    "wire",
    "zone",
)
# The client is a library: its users are elsewhere.  These use what is shipped.
USERS = (*SHIPPED, "bench", "client")

# Decorators that make nothing an entry point; any other one hands the function to a framework.
PLAIN = {
    "abstractmethod",
    "asynccontextmanager",
    "cache",
    "classmethod",
    "contextmanager",
    "dataclass",
    "lru_cache",
    "override",
    "property",
    "staticmethod",
}
# Whose methods are called by nobody but us.
OUR_BASES = {"Enum", "Generic", "IntEnum", "NamedTuple", "Protocol", "StrEnum", "Struct"}
# A program in a text: `"zone.copy.thumbnailer"` is run, `"sekisho.main:main"` is installed.
DOTTED = re.compile(r"[\w.:]+")

# What looks unused and is not, and why.
_RUN_BY_NAME = "a program of a jail, loaded by its name and asked for these"
_WHOLE = "a receipt is written out whole"
ALLOWED: dict[str, str] = {
    **{
        f"sanitizer.outside.{name}": _RUN_BY_NAME
        for name in ("ffmpeg.ADDS", "ffmpeg.ready", "kit.ADDS", "kit.EXECUTES", "kit.ready")
    },
    "sanitizer.stages.warm": _RUN_BY_NAME,
    "zone.items.kinds.ZoneKind.unsearched": "a field of a kind is searched, or said not to be",
    **{
        f"sanitizer.outcome.Receipt.{of}_{when}": _WHOLE
        for of in ("pages", "pictures")
        for when in ("before", "after")
    },
}


@dataclass
class Module:
    """What a module offers, and what it uses."""

    name: str
    tree: ast.Module
    bound: dict[str, str] = field(default_factory=dict)  # name here -> what it is elsewhere

    def __post_init__(self) -> None:
        for node in ast.walk(self.tree):
            match node:
                case ast.Import(names=names):
                    self.bound |= {alias.asname or alias.name: alias.name for alias in names}
                case ast.ImportFrom(module=str(module), names=names):
                    for alias in names:
                        self.bound[alias.asname or alias.name] = f"{module}.{alias.name}"


@cache
def modules() -> dict[str, Module]:
    found = {}
    for place in USERS:
        for path in sorted((ROOT / place).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found[name] = Module(name, ast.parse(path.read_text(encoding="utf-8")))
    found["dev"] = Module("dev", ast.parse((ROOT / "dev.py").read_text(encoding="utf-8")))
    return found


def last(node: ast.expr) -> str:
    """Return the last part of a name: `contextmanager` of `@contextlib.contextmanager`."""
    return ast.unparse(node.func if isinstance(node, ast.Call) else node).rpartition(".")[2]


def is_handed_over(node: ast.stmt) -> bool:
    decorators = getattr(node, "decorator_list", [])
    return any(last(decorator) not in PLAIN for decorator in decorators)


def offered(body: list[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    """Yield the names that statements define, if nothing but a name can be what uses them."""
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                if not is_handed_over(node):
                    yield name, node
            case ast.ClassDef(name=name):
                yield name, node
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name, node


def uses(node: ast.AST) -> Iterator[str]:
    """Yield what code reads: names, attributes, classes' attributes in patterns."""
    for each in ast.walk(node):
        match each:
            case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name):
                yield name
            case ast.MatchClass(kwd_attrs=names):
                yield from names


def source(name: str) -> str:
    """Return where a name comes from that a module may have from another: `a.b`, from `c.b`."""
    module, _, last_part = name.rpartition(".")
    given = modules()[module].bound.get(last_part) if module in modules() else None
    return source(given) if given is not None else name


@cache
def used_elsewhere() -> dict[str, set[str]]:
    """Return who reads what of which module: `wire.order.make_stamp` -> modules."""
    found = defaultdict[str, set[str]](set)
    for module in modules().values():
        for node in ast.walk(module.tree):
            match node:
                case ast.Name(id=name, ctx=ast.Load()) if name in module.bound:
                    found[source(module.bound[name])].add(module.name)
                case ast.Attribute(value=value, attr=attr):
                    text = ast.unparse(value)
                    found[source(f"{module.bound.get(text, text)}.{attr}")].add(module.name)
                case ast.Constant(value=str(text)) if DOTTED.fullmatch(text):
                    found[text.replace(":", ".")].add(module.name)
    return found


@cache
def read_anywhere() -> Counter[str]:
    """Return how often each attribute is read, of whatever."""
    found = Counter[str]()
    for module in modules().values():
        found.update(uses(module.tree))
        found.update(
            part
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            for part in (node.value,)
            if part.isidentifier()
        )
    return found


def shipped() -> Iterator[Module]:
    for module in modules().values():
        if module.name.partition(".")[0] in SHIPPED:
            yield module


def unused_names(module: Module) -> Iterator[str]:
    here = Counter(uses(module.tree))
    for name, node in offered(module.tree.body):
        own = Counter(uses(node))[name]
        if not used_elsewhere().get(f"{module.name}.{name}") and here[name] <= own:
            yield f"{module.name}.{name}"


@cache
def taken_apart() -> set[str]:
    """Return the classes whose fields are read by their place: `case Point(x, y)`."""
    return {
        last(node.cls)
        for module in modules().values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.MatchClass) and node.patterns
    }


def members(node: ast.ClassDef) -> Iterator[tuple[str, ast.stmt]]:
    """Yield what a class offers that only our own code can use.

    Fields of messages and members of enumerations are read by whoever reads the message; what
    overrides a method is called by who wrote the base.
    """
    bases = {last(base) for base in node.bases}
    if node.name.startswith("_") or not bases <= OUR_BASES:
        return
    for name, member in offered(node.body):
        if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef) or (
            not bases and node.name not in taken_apart()
        ):
            yield name, member


def unused_members(module: Module) -> Iterator[str]:
    classes = [node for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]
    for node in classes:
        for name, member in members(node):
            if read_anywhere()[name] <= Counter(uses(member))[name]:
                yield f"{module.name}.{node.name}.{name}"


@pytest.mark.parametrize("module", list(shipped()), ids=lambda module: module.name)
def test_everything_is_used_by_something_that_is_no_test(module: Module) -> None:
    unused = {*unused_names(module), *unused_members(module)}
    assert {name for name in unused if not name.rpartition(".")[2].startswith("__")} == {
        name for name in ALLOWED if name.startswith(f"{module.name}.")
    }
