"""What the command prints: a table or lines for people, one JSON document for programs.

On a terminal tables are drawn; in a pipe they are fields between tabs.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def is_terminal() -> bool:
    """Whether a person reads what is printed."""
    return sys.stdout.isatty()


def print_json(value: Any) -> None:
    """Print `value` as one JSON document, over several lines on a terminal."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2 if is_terminal() else None))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their columns; None is an empty cell."""
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not is_terminal():
        for line in [list(columns), *cells]:
            click.echo("\t".join(" ".join(cell.split()) for cell in line))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")  # no cell is cut: Japanese has no spaces
    for line in cells:
        table.add_row(*map(Text, line))
    Console().print(table)
