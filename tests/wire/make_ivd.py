"""Print `wire/ivd.py` again from a newer list.  Run by hand, and only on purpose:

python tests/wire/make_ivd.py IVD_Sequences.txt > wire/ivd.py

The list is published at https://www.unicode.org/ivd/; the wheel `mojivs` carries one.
"""

import base64
import sys
import textwrap
import zlib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from wire import ivd

FIRST_SELECTOR = 0xE0100


def registered(lines: Iterable[str]) -> dict[int, set[int]]:
    """Return which selectors are registered after which base, from lines `3402 E0100; …`."""
    found: dict[int, set[int]] = defaultdict(set)
    for line in lines:
        sequence = line.partition("#")[0].partition(";")[0].split()
        if sequence:
            base, selector = (int(part, 16) for part in sequence)
            found[base].add(selector)
    return found


def table(sequences: dict[int, set[int]]) -> str:
    """Return the numbers of selectors from the first base to the last, packed."""
    first, last = min(sequences), max(sequences)
    numbers = bytearray(last - first + 1)
    for base, selectors in sequences.items():
        # What makes one number per base enough.  Should it ever fail, the table needs another form.
        if selectors != set(range(FIRST_SELECTOR, FIRST_SELECTOR + len(selectors))):
            raise SystemExit(f"U+{base:04X} has registered selectors with gaps")
        numbers[base - first] = len(selectors)
    return base64.b85encode(zlib.compress(bytes(numbers), 9)).decode()


def main() -> None:
    source = Path(sys.argv[1]).read_text(encoding="utf-8")
    head, _, _ = Path(ivd.__file__).read_text(encoding="utf-8").partition("\nFIRST_BASE: ")
    sequences = registered(source.splitlines())
    print(f"{head}\nFIRST_BASE: Final = {min(sequences):#x}")
    print("_TABLE: Final = (")
    for row in textwrap.wrap(table(sequences), 92):
        print(f'    b"{row}"')
    print(")")


if __name__ == "__main__":
    main()
