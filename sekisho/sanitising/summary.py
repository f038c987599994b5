"""The table at the end: fields for a pipe, colours and totals for a person."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from sekisho.sanitising.results import VERDICTS, Lang, Result, printable_path

# Called as in the JSON.
COLUMNS = ["file", "name", "state", "removed", "in_size", "out_size", "elapsed_ms"]

HEADINGS: Mapping[Lang, Sequence[str]] = {
    "ja": ["ファイル → 新しい名前", "結果", "取り除いたもの・理由", "大きさ", "時間"],
    "en": ["file → new name", "outcome", "removed, or why not", "size", "time"],
}

COLOURS = {"clean": "green", "altered": "green", "refused": "yellow", "failed": "red"}


def fields(result: Result, lang: Lang) -> list[object]:
    """Return the cells under `COLUMNS`."""
    receipt = result.receipt
    return [
        printable_path(result.path),
        printable_path(result.written) if result.written else None,
        result.state,
        result.removed(lang),
        receipt.in_size if receipt else None,
        receipt.out_size if receipt and result.written else None,
        receipt.elapsed_ms if receipt else None,
    ]


def draw(results: Sequence[Result], lang: Lang) -> None:
    """Draw the table and the totals on the terminal."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in HEADINGS[lang]:
        # Japanese has no spaces at which to break a line: without this it would be cut off.
        table.add_column(heading, overflow="fold")
    for each in results:
        table.add_row(*_cells(each, lang))
    console = Console()
    console.print(table)
    console.print(Text(_totals((each.state for each in results), lang), "bold"))


def _cells(result: Result, lang: Lang) -> Iterable[Text]:
    receipt, written = result.receipt, result.written
    name = f" → {printable_path(written)}" if written else ""
    new_size = f" → {decimal(receipt.out_size)}" if receipt and written else ""
    yield Text(printable_path(result.path) + name)
    yield Text(VERDICTS[result.state][lang], COLOURS[result.state])
    yield Text(result.removed(lang))
    yield Text(decimal(receipt.in_size) + new_size if receipt else "")
    yield Text(f"{receipt.elapsed_ms / 1000:.2f} s" if receipt else "")


def _totals(verdicts: Iterable[str], lang: Lang) -> str:
    counts = Counter(verdicts)
    return "  ".join(f"{words[lang]}: {counts[state]}" for state, words in VERDICTS.items())
