"""Documents are found, lead somewhere, say the same in both languages, and read alike."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.test_project import MODULES, files, here
from tests.wrap import too_long, wrapped

DOCUMENTS = files("*.md", "**/*.md")
TRANSLATED = [path for path in DOCUMENTS if path.name.endswith(".ja.md")]
INDEX = ROOT / "docs" / "README.md"
DECISIONS = ROOT / "docs" / "decisions"

LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.S)
# What somebody is called of whom we know no more than that they are a person.
ONE_SEX = re.compile(r"\b(?:he|him|his|himself|she|her|hers|herself)\b", re.I)
# Words that a reader of the field would have to guess.
RIDDLES = re.compile(r"\b(?:anew|whoso|everybody has his own seat)\b", re.I)
STATE = re.compile(r"accepted|superseded by \[\d{4}\]\(\d{4}-[a-z0-9-]+\.md\)")


def links_of(path: Path) -> Iterator[str]:
    for target in LINK.findall(CODE.sub("", path.read_text(encoding="utf-8"))):
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors_of(path: Path) -> set[str]:
    """Return the anchors of a document's headings, as they are made of their words."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def linked_from(path: Path) -> set[Path]:
    return {(path.parent / target.partition("#")[0]).resolve() for target in links_of(path)}


@pytest.mark.parametrize("path", DOCUMENTS, ids=here)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    lost = []
    for target in links_of(path):
        name, _, anchor = target.partition("#")
        there = (path.parent / name).resolve() if name else path
        if not there.exists() or (anchor and anchor not in anchors_of(there)):
            lost.append(target)
    assert lost == []


def test_every_document_is_in_the_index() -> None:
    listed = linked_from(INDEX) | {INDEX, *DECISIONS.glob("*.md")}
    templates = ROOT / ".github"
    missing = [here(path) for path in DOCUMENTS if path not in listed]
    assert [name for name in missing if not (ROOT / name).is_relative_to(templates)] == []


def test_the_index_has_the_translations_beside_their_originals() -> None:
    rows = [line for line in INDEX.read_text(encoding="utf-8").splitlines() if ".md)" in line]
    beside = {
        here((INDEX.parent / translated).resolve()): here((INDEX.parent / original).resolve())
        for row in rows
        for original, translated in [[*LINK.findall(row), "", ""][:2]]
        if translated.endswith(".ja.md")
    }
    assert beside == {here(path): here(path).replace(".ja.md", ".md") for path in TRANSLATED}


def test_every_decision_is_in_its_index_with_its_title_and_a_state() -> None:
    rows = re.findall(
        r"^\| \[(\d{4})\]\((\S+)\) \| (.+) \| (.+) \|$",
        (DECISIONS / "README.md").read_text(encoding="utf-8"),
        re.M,
    )
    titles = {path.name: path.read_text().partition("\n")[0] for path in DECISIONS.glob("0*.md")}
    assert {name: f"# {number} {title}" for number, name, title, _ in rows} == titles
    assert [name for _, name, _, state in rows if not STATE.fullmatch(state)] == []


@pytest.mark.parametrize("path", TRANSLATED, ids=here)
def test_a_translation_has_the_sections_of_its_original(path: Path) -> None:
    original = path.with_name(path.name.replace(".ja.md", ".md"))
    shapes = [
        re.findall(r"^(#+) ", CODE.sub("", each.read_text(encoding="utf-8")), re.M)
        for each in (original, path)
    ]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("name", ["commands", "settings"])
def test_a_reference_names_the_same_things_in_both_languages(name: str) -> None:
    """Commands are the headings; options and settings what a row or a help line begins with."""
    named = []
    for path in (ROOT / "docs" / f"{name}.md", ROOT / "docs" / f"{name}.ja.md"):
        text = path.read_text(encoding="utf-8")
        headings = re.findall(r"^##+ (`.+`)$", text, re.M)
        rows = re.findall(r"^\| `([a-z_0-9]+)` \|", text, re.M)
        options = re.findall(r"^(?:  |\| `)(-(?:\w, --|-)[a-z-]+)", text, re.M)
        named.append((headings, sorted(rows) if name == "settings" else [], options))
    assert named[0] == named[1]
    assert len(named[0][0]) > 2


@pytest.mark.parametrize("path", DOCUMENTS, ids=here)
def test_prose_is_wrapped(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert too_long(text) == [], f"run: python3 -m tests.wrap {here(path)}"
    assert wrapped(text) == text


def test_wrapping_sets_long_prose_again_and_nothing_else() -> None:
    fixed = "# H\n\n| " + "a " * 80 + "|\n\n```\n" + "b " * 80 + "\n```\n\nShort.\nLines.\n"
    assert wrapped(fixed) == fixed
    assert too_long(fixed) == []
    long = "- One two. Word " + "word " * 30 + "end. Last\n  words.\n"
    assert too_long(long) != []
    assert wrapped(long).startswith("- One two.\n  Word word")
    assert wrapped(long).endswith("\n  Last words.\n")
    assert max(map(len, wrapped(long).splitlines())) <= 100
    assert wrapped("あ" * 60 + "。" + "い" * 60 + "。\n") == "あ" * 60 + "。\n" + "い" * 60 + "。\n"


def comments_of(path: Path) -> str:
    """Return the comments and docstrings of a module."""
    source = path.read_text(encoding="utf-8")
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    told = [token.string for token in tokens if token.type == tokenize.COMMENT]
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)]
    return "\n".join([*told, *(text for node in nodes if (text := ast.get_docstring(node)))])


def test_a_person_is_they_and_no_word_is_a_riddle() -> None:
    """In documents, comments and docstrings; what is in code quotes is somebody's name."""
    prose = {path: CODE.sub("", path.read_text(encoding="utf-8")) for path in DOCUMENTS}
    prose |= {path: comments_of(path) for path in MODULES if path != Path(__file__)}
    found = [
        f"{here(path)}: {hit.group()}"
        for path, text in prose.items()
        for pattern in (ONE_SEX, RIDDLES)
        for hit in pattern.finditer(text)
    ]
    assert found == []
