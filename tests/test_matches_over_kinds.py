"""No code forgets a kind of item in silence: what asks which kind it has names every one.

A `match` over kinds ends in `assert_never`, so that mypy fails for a kind that it does not name,
or it raises.  Code that is about one kind alone may ask for it, and stands in `ABOUT_ONE`.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from tests.conftest import ROOT
from wire.items import Content

NAMES = {kind.__name__ for kind in get_args(Content)}
# Where `isinstance` asks for a kind, and why no other kind is forgotten there.
ABOUT_ONE = {
    "zone/api/resources/outcomes.py": "makes templates of forms and calendars of entries",
    "zone/api/resources/agenda.py": "reads entries alone, to say who is free",
    "zone/items/broadcasts.py": "reads all-staff calls alone",
    "zone/store/side_notifications.py": "bookings compete, approvals wait for somebody",
    "zone/conversation/item_checks.py": "inside a match that names every kind, or every answer",
    "zone/rights/items.py": "each function stands in the row of its kind, in a table of all kinds",
    "zone/items/agenda.py": "one's own schedule has entries, one's own tasks are tasks",
}
MODULES = [
    path
    for package in ("wire", "zone", "relay", "sekisho", "lgwan_side", "internet_side")
    for path in sorted((ROOT / package).rglob("*.py"))
    if "items" in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_match_over_kinds_lets_one_pass_in_silence(path: Path) -> None:
    assert list(silent_matches(path.read_text(encoding="utf-8"))) == []


def test_only_what_is_about_one_kind_asks_for_it() -> None:
    asking = {path for path in MODULES if list(questions(path.read_text(encoding="utf-8")))}
    assert {str(path.relative_to(ROOT)) for path in asking} == set(ABOUT_ONE)


def silent_matches(source: str) -> Iterator[str]:
    """Yield the matches over kinds that let one pass which they do not name."""
    tree = ast.parse(source)
    kinds = _kinds_in(tree)
    for match, behind in _matches(tree):
        last = match.cases[-1]
        is_open = isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None
        end = last.body[0] if is_open else behind
        tops = {name for case in match.cases for name in _tops(case.pattern)}
        if tops & kinds and (end is None or not _is_loud(end)):
            yield f"line {match.lineno}: match {ast.unparse(match.subject)}"


def questions(source: str) -> Iterator[str]:
    """Yield where `isinstance` asks for a kind."""
    tree = ast.parse(source)
    kinds = _kinds_in(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name("isinstance"), args=[_, asked]):
                if kinds & {ast.unparse(each) for each in ast.walk(asked)}:
                    yield f"line {node.lineno}: {ast.unparse(node)}"


def _kinds_in(tree: ast.Module) -> set[str]:
    """Return the kinds of items by the names that a module has for them."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module="wire.items", names=names):
                found |= {each.asname or each.name for each in names if each.name in NAMES}
            case ast.ImportFrom(module="wire", names=names):
                ours = [each.asname or each.name for each in names if each.name == "items"]
                found |= {f"{module}.{name}" for module in ours for name in NAMES}
    return found


def _matches(tree: ast.Module) -> Iterator[tuple[ast.Match, ast.stmt | None]]:
    """Yield each `match`, and the statement behind it."""
    for node in ast.walk(tree):
        for _, block in ast.iter_fields(node):
            if isinstance(block, list):
                for row, behind in zip(block, [*block, None][1:], strict=True):
                    if isinstance(row, ast.Match):
                        yield row, behind


def _tops(pattern: ast.pattern) -> Iterator[str]:
    """Yield the classes that stand on top of a pattern, alone or beside others."""
    match pattern:
        case ast.MatchClass(cls=found):
            yield ast.unparse(found)
        case ast.MatchOr(patterns=inner) | ast.MatchSequence(patterns=inner):
            for each in inner:
                yield from _tops(each)
        case ast.MatchAs(pattern=ast.pattern() as inner):
            yield from _tops(inner)


def _is_loud(statement: ast.stmt) -> bool:
    """Return whether a statement raises, or is what mypy refuses while a kind is missing."""
    return isinstance(statement, ast.Raise) or ast.unparse(statement).startswith("assert_never(")


SILENT = """
from wire.items import Note, Task

def f(content):
    match content:
        case Note():
            return 1
        case Task() as task if task.due:
            return 2
    return None
"""


def test_a_match_with_a_silent_default_is_seen() -> None:
    assert list(silent_matches(SILENT)) == ["line 5: match content"]
    assert list(silent_matches(SILENT.replace("return None", "assert_never(content)"))) == []
    pairs = SILENT.replace("match content", "match content, 1").replace("Note()", "Note(), 1")
    assert list(silent_matches(pairs)) == ["line 5: match (content, 1)"]
    others = SILENT.replace("from wire.items import", "from zone.pages import")
    assert list(silent_matches(others)) == []
    named = SILENT.replace("wire.items import Note, Task", "wire import items")
    assert list(silent_matches(named.replace("Note()", "items.Note()"))) == [
        "line 5: match content"
    ]


def test_a_question_for_one_kind_is_seen() -> None:
    asked = "from wire.items import Broadcast as Alarm, Form\nisinstance(x, Form | Alarm)\n"
    assert list(questions(asked)) == ["line 2: isinstance(x, Form | Alarm)"]
    assert list(questions(asked.replace("wire.items", "zone.api.http.api_request"))) == []
