"""Styled text laid out to a width in cells: a kanji takes two.  rich does it; nothing is drawn."""

from collections.abc import Iterable
from io import StringIO
from itertools import chain

from prompt_toolkit.formatted_text import ANSI, StyleAndTextTuples, split_lines, to_formatted_text
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

Line = StyleAndTextTuples


def lines(paragraphs: Iterable[Text], *, width: int, indent: int = 0) -> list[Line]:
    """Return the lines that `paragraphs` take; all but the first paragraph stand `indent` in."""
    file = StringIO()
    console = Console(
        file=file,
        width=max(width, indent + 8),
        force_terminal=True,
        color_system="standard",
        legacy_windows=False,
    )
    for at, paragraph in enumerate(paragraphs):
        console.print(Padding(paragraph, (0, 0, 0, indent), expand=False) if at else paragraph)
    drawn = file.getvalue().removesuffix("\n")
    return [list(line) for line in split_lines(to_formatted_text(ANSI(drawn)))]


def last(groups: Iterable[list[Line]], count: int) -> list[Line]:
    """Return the last `count` lines of `groups`, which come latest first."""
    taken: list[list[Line]] = []
    have = 0
    for group in groups:
        taken.append(group)
        have += len(group)
        if have >= count:
            break
    return list(chain.from_iterable(reversed(taken)))[-count:]
