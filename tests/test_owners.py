"""What one module knows, no other module knows: how registers lie in their table, what is where in
a stamp.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

# Where what we ship, and what measures it, lies.
PLACES = (
    "bench",
    "client",
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
SOURCES = sorted(path for place in PLACES for path in (ROOT / place).rglob("*.py"))

# The owners.
REGISTERS = {
    "zone/copy/registers.py",
    "zone/copy/register_pieces.py",
    "zone/copy/register_rows.py",
    "zone/copy/recall.py",  # takes a word out, which nothing else does
}
STAMPS = {"wire/order.py"}

ON_THE_TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+register\b|\bregister\.", re.I)
INTO_A_TEXT = re.compile(r"\b(?:instr|substr|substring|glob)\s*\(|\b(?:LIKE|GLOB)\s")
# By its name, or by the number at which its zone is.
OF_A_STAMP = re.compile(r"(?:stamp|stamped|position)$", re.I)
AT_ITS_ZONE = re.compile(r"^(?:14|:14|14:15)$")


def here(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def docstrings(tree: ast.Module) -> set[int]:
    """Return what is prose: no statement of SQL is made of it."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str()) as said):
                found.add(id(said))
    return found


def texts(path: Path) -> Iterator[str]:
    """Yield the texts in a module; the pieces of one that is put together, together."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = docstrings(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in prose:
                yield text
            case ast.JoinedStr(values=parts):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else " … " for part in parts
                )


def cuts(tree: ast.AST) -> Iterator[str]:
    """Yield expressions that take a stamp apart by position, or write one."""
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=value, slice=where):
                is_key = isinstance(where, ast.Name) or ast.unparse(where)[0] == "'"
                is_cut = OF_A_STAMP.search(ast.unparse(value)) and not is_key
                if is_cut or AT_ITS_ZONE.search(ast.unparse(where)):
                    yield ast.unparse(node)
            case ast.FormattedValue(format_spec=ast.JoinedStr(values=[ast.Constant(value="014x")])):
                yield ast.unparse(node)


@pytest.mark.parametrize("path", SOURCES, ids=here)
def test_only_their_owner_has_sql_on_the_registers(path: Path) -> None:
    if here(path) not in REGISTERS:
        assert [text for text in texts(path) if ON_THE_TABLE.search(text)] == []


@pytest.mark.parametrize("path", SOURCES, ids=here)
def test_no_sql_looks_into_a_text_but_that_of_the_owner_of_registers(path: Path) -> None:
    """JSON is read by SQLite's functions for it; a part of a key, by who knows the keys."""
    if here(path) not in REGISTERS:
        assert [text for text in texts(path) if INTO_A_TEXT.search(text)] == []


@pytest.mark.parametrize("path", SOURCES, ids=here)
def test_only_the_order_of_events_knows_what_is_where_in_a_stamp(path: Path) -> None:
    if here(path) not in STAMPS:
        assert list(cuts(ast.parse(path.read_text(encoding="utf-8")))) == []


def test_each_owner_is_there_and_does_what_is_forbidden_to_others() -> None:
    """Else the search for it finds nothing anywhere, and says that all is well."""
    for name in REGISTERS:
        assert any(ON_THE_TABLE.search(text) for text in texts(ROOT / name)), name
    assert any(INTO_A_TEXT.search(t) for name in REGISTERS for t in texts(ROOT / name))
    for name in STAMPS:
        assert list(cuts(ast.parse((ROOT / name).read_text(encoding="utf-8")))), name


@pytest.mark.parametrize(
    "line",
    [
        "row.stamp[14]",
        "stamp[:14]",
        "found.position[-2]",
        "f'{count:014x}'",
        "row[0][14]",
        "stamp[a:b]",
    ],
)
def test_a_cut_is_found(line: str) -> None:
    assert list(cuts(ast.parse(line)))


def test_no_schema_but_that_of_a_zone_speaks_of_registers() -> None:
    schemas = [
        here(p)
        for place in PLACES
        for p in (ROOT / place).rglob("*.sql")
        if ON_THE_TABLE.search(p.read_text(encoding="utf-8"))
    ]
    assert [name.partition("/")[0] for name in schemas] == ["zone"]
