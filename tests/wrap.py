"""`python3 -m tests.wrap FILE…`: wrap the prose of Markdown files, one sentence a line.

A paragraph or list item with a line of more than 100 characters is set again: a sentence
begins on a line of its own, and one that is longer goes on below.  Tables, headings, code
and addresses stay as they are, and so does every paragraph that fits already.
"""

import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

MAX_LINE = 100

_WIDE = "[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]"
# Where a line may end without a space in between.
_AFTER_WIDE = re.compile(rf"(?<={_WIDE})\n\s*|\n\s*(?={_WIDE})")
_MARKER = re.compile(r"\s*(?:[-*]|\d+\.) +")
_NO_PROSE = re.compile(r"\s*(?:\||#|<!--|\[[^\]]+\]:)|\s{4,}\S")
_END = re.compile(r"(?<=[a-z0-9`)*\]”\"][.!?]) +(?=[A-Z`*\[(“\"])|(?<=\w[.!?]\*\*) +|(?<=。)(?=\S)")


def wrapped(text: str) -> str:
    """Return a Markdown document with its prose wrapped."""
    return "".join(part if fixed else _set(part) for fixed, part in _parts(text))


def too_long(text: str) -> list[str]:
    """Return the lines of prose in a document that should have been wrapped."""
    prose = (line for fixed, part in _parts(text) if not fixed for line in part.splitlines())
    return [line for line in prose if len(line) > MAX_LINE and " " in line.strip()]


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """Cut a document into paragraphs and list items, and what is fixed (True) in between."""
    block, in_code = "", False
    for line in text.splitlines(keepends=True):
        fence = line.lstrip().startswith("```")
        fixed = in_code or fence or not line.strip() or (not block and bool(_NO_PROSE.match(line)))
        if block and (fixed or _MARKER.match(line) or line.lstrip().startswith("|")):
            yield False, block
            block = ""
            fixed = fixed or bool(_NO_PROSE.match(line) and not _MARKER.match(line))
        if fixed:
            in_code ^= fence
            yield True, line
        else:
            block += line
    if block:
        yield False, block


def _set(block: str) -> str:
    if all(len(line) <= MAX_LINE for line in block.splitlines()):
        return block
    marker = _MARKER.match(block)
    first = marker[0] if marker else re.match(r"\s*", block)[0]  # type: ignore[index] # it matches
    rest = " " * len(first)
    said = _AFTER_WIDE.sub("", block[len(first) :].rstrip("\n"))
    sentences = _END.split(re.sub(r"\s*\n\s*", " ", said))
    lines = [line for each in sentences for line in _lines(each, MAX_LINE - len(first))]
    return first + f"\n{rest}".join(lines) + "\n"


def _lines(sentence: str, width: int) -> list[str]:
    if 3 * len(re.findall(_WIDE, sentence)) < len(sentence):
        return textwrap.wrap(sentence, width, break_long_words=False, break_on_hyphens=False)
    lines = []
    while len(sentence) > width:
        at = max(sentence.rfind(mark, 0, width) for mark in "、。 ・(") + 1
        if at < width // 2:
            break
        lines.append(sentence[:at].rstrip())
        sentence = sentence[at:]
    return [*lines, sentence]


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(wrapped(path.read_text(encoding="utf-8")), encoding="utf-8")
