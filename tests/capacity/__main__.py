"""How much a taken-over encoder can hide in what the check takes: `python3 dev.py capacity`.

Prints, for each attack, how many bytes passed of a mebibyte and less.  Ends with 1 if more than 64
hidden bytes passed anywhere.
"""

import sys
from collections.abc import Iterator

from tests.capacity import documents, packages, pictures
from tests.capacity.attack import MOST_HIDDEN, Attack, Channel, accepted

NAMES = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WebP",
    "application/pdf": "PDF",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/zip": "ZIP",
    "message/rfc822": "mail",
    "text/plain": "text",
    "text/csv": "CSV",
    "audio/ogg": "Ogg",
    "video/webm": "WebM",
}


def every_attack() -> Iterator[Attack]:
    """Yield all attacks, those on one format together."""
    yield from pictures.attacks()
    yield from documents.attacks()
    yield from packages.attacks()


def main() -> int:
    print("| format | where the cargo is | what becomes of it | bytes that pass |")
    print("|---|---|---|---:|")
    worst = 0
    for attack in every_attack():
        passed = accepted(attack)
        name = NAMES[attack.media]
        print(f"| {name} | {attack.what} | {attack.channel} | {passed:,} |", flush=True)
        if attack.channel is Channel.HIDDEN:
            worst = max(worst, passed)
    print(f"\nthe most that is hidden in one file: {worst} bytes; the goal: at most {MOST_HIDDEN}")
    return int(worst > MOST_HIDDEN)


if __name__ == "__main__":
    sys.exit(main())
