"""What the demo prints: both networks side by side, then what was checked.

A row is one thing that was done, as each zone's own API tells of it afterwards.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Final

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from sekisho.demo.checks import Check

MIN_CELLS: Final = 80
MAX_CELLS: Final = 124


@dataclass(frozen=True, slots=True)
class BoardCell:
    """What one network sees: who, how it fared, and what it says."""

    head: Text
    fate: Text
    body: Sequence[Text]


NOTHING: Final = BoardCell(Text("（このルームはこちらに存在しません）", style="dim"), Text(""), ())


class Board:
    """Prints as the demo goes on."""

    def __init__(self, console: Console) -> None:
        """Print on `console`, in two columns as wide as it has room for."""
        console.width = min(max(console.width, MIN_CELLS), MAX_CELLS)
        self._console = console
        self.scene = ""  # what is going on, for when it does not end
        self._column = (console.width - 3) // 2

    def say(self, text: str, style: str = "") -> None:
        """Print a line of the demo's own."""
        self._console.print(Text(text, style=style))

    def entry(self, text: str, style: str = "") -> None:
        """Print a line of a list; what does not fit is left out."""
        self._console.print(Text(text, style=style), no_wrap=True, overflow="ellipsis")

    def line(self, text: str) -> None:
        """Print a line to be copied: however long, it is not broken."""
        self._console.print(Text(text), soft_wrap=True)

    def opening(self, site: Path, took_s: float) -> None:
        """Print what was started, and what stands on which side."""
        self.say(f"関所 Sekisho  {site}  起動 {took_s:.1f} 秒", style="bold")
        self._pair(Text("インターネット", style="bold blue"), Text("LGWAN", style="bold magenta"))

    def begin(self, scene: str) -> None:
        """Note what is going on now."""
        self.scene = scene

    def title(self, text: str) -> None:
        """Print what comes next."""
        self.begin(text)
        self._console.print(Rule(Text(text, style="bold"), style="dim"))

    def row(self, internet: BoardCell, lgwan: BoardCell) -> None:
        """Print one thing as both networks see it."""
        table = self._table()
        table.add_row(self._head(internet), self._head(lgwan))
        for left, right in zip_longest(internet.body, lgwan.body):
            table.add_row(_indented(left), _indented(right))
        self._console.print(table)

    def checks(self, checks: Iterable[Check]) -> None:
        """Print what was promised and what was found."""
        for check in checks:
            sign = ("✓ ", "green") if check.held else ("✗ ", "bold red")
            found = (f"  {check.found}".rstrip(), "dim" if check.held else "red")
            self._console.print(Text.assemble(sign, check.promise, found, overflow="fold"))

    def summary(self, checks: Sequence[Check]) -> None:
        """Print how many promises held, and once more those that did not."""
        broken = [check for check in checks if not check.held]
        self.title("確かめたこと")
        self.checks(broken)
        style = "bold red" if broken else "bold green"
        self.say(f"{len(checks)} の約束のうち {len(checks) - len(broken)} が守られました", style)

    def _pair(self, left: Text, right: Text) -> None:
        table = self._table()
        table.add_row(left, right)
        self._console.print(table)

    def _head(self, cell: BoardCell) -> Table:
        head = Table.grid(expand=True)
        head.add_column(ratio=1, overflow="fold")
        head.add_column(justify="right")
        head.add_row(cell.head, cell.fate)
        return head

    def _table(self) -> Table:
        table = Table(
            box=box.SQUARE,
            show_header=False,
            show_edge=False,
            padding=(0, 1),
            pad_edge=False,
            border_style="dim",
        )
        table.add_column(width=self._column, overflow="fold")
        table.add_column(width=self._column, overflow="fold")
        return table


def _indented(paragraph: Text | None) -> RenderableType:
    return Padding(paragraph or Text(""), (0, 0, 0, 2))
