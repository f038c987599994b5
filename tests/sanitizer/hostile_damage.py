"""Damaged files: ordinary ones and real ones of every kind, cut short and with bits turned."""

import random
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.sanitizer.hostile import Case
from tests.sanitizer.hostile_ordinary import plain

# Beyond this a real file costs more time than a hundred small ones.
MAX_REAL_BYTES = 200_000


def real(corpus: Path, most: int) -> Mapping[str, bytes]:
    """Return at most so many real files of each folder and extension, the same at each call."""
    found: dict[str, bytes] = {}
    taken: dict[tuple[str, str], int] = {}
    for path in sorted(corpus.rglob("*.*")):
        key = path.parent.name, path.suffix
        if path.is_file() and path.stat().st_size <= MAX_REAL_BYTES and taken.get(key, 0) < most:
            taken[key] = taken.get(key, 0) + 1
            found[path.name] = path.read_bytes()
    return found


def cases(seed: int, files: Mapping[str, bytes], times: int) -> Iterator[Case]:
    """Yield each file as it is and damaged in `times` ways."""
    for name, data in {**plain(), **files}.items():
        chance = random.Random(f"{seed} {name}")
        yield Case("damage", f"{name} as it is", name, data)
        for number in range(times):
            match number % 4:
                case 0:
                    cut = chance.randrange(len(data))
                    yield Case("damage", f"{name} cut at {cut}", name, data[:cut])
                case 1:
                    start = chance.randrange(len(data))
                    end = min(len(data), start + chance.choice((1, 16, 512)))
                    what = f"{name} without {start} to {end}"
                    yield Case("damage", what, name, data[:start] + data[end:])
                case _:
                    turned = bytearray(data)
                    bits = [
                        chance.randrange(8 * len(data)) for _ in range(chance.choice((1, 1, 4, 32)))
                    ]
                    for bit in bits:
                        turned[bit // 8] ^= 1 << bit % 8
                    yield Case(
                        "damage",
                        f"{name} with {len(bits)} bits turned ({bits[0]} …)",
                        name,
                        bytes(turned),
                    )
