"""Rows as CSV: in CP932 for those whose programs know nothing else, or in UTF-8 with its mark."""

import csv
import io
from collections.abc import Sequence

from sanitizer.intermediate import TableRow

ENCODINGS = {"cp932": "cp932", "utf-8": "utf-8-sig"}


def encode_table(rows: Sequence[TableRow], encoding: str) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerows([cell.replace("\n", "\r\n") for cell in row.cells] for row in rows)
    return file.getvalue().encode(ENCODINGS[encoding])
