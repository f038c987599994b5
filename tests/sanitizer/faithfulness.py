"""`python3 dev.py faithfulness [N]`: how alike what comes out looks, over the corpus of real files.

Prints for each group of files how many were rebuilt, and the least, the 5th percentile, the
median similarity of their receipts.  N: every N-th file only.  Office files need LibreOffice.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

from sanitizer.jail import Jail
from sanitizer.profile import Profile, Similarity
from sanitizer.sanitize import sanitize_file
from tests.sanitizer.office_corpus import CORPUS

GROUPS: Mapping[str, Sequence[str]] = {
    "pictures": ("images/*", "photos/*"),
    "svg": ("svg/**/*.svg",),
    "pdf": ("pdfjs/*.pdf", "bench/*.pdf"),
    "office": ("poi/**/*.docx", "poi/**/*.xlsx", "poi/**/*.pptx", "bench/*.docx", "bench/*.pptx"),
}
PROFILE = Profile(similarity=Similarity(office=True))


def files(group: str, every: int, corpus: Path = CORPUS) -> list[Path]:
    """Return every `every`-th file of a group, by name."""
    found = (path for pattern in GROUPS[group] for path in corpus.glob(pattern))
    return sorted(path for path in found if path.is_file())[::every]


def similarities(paths: Iterable[Path], jail: Jail) -> Iterator[tuple[Path, float]]:
    """Yield each file that was rebuilt and compared, with its similarity."""
    for path in paths:
        receipt = sanitize_file(
            path.read_bytes(), name=path.name, jail=jail, profile=PROFILE
        ).receipt
        if receipt.similarity is not None:
            yield path, receipt.similarity


def distribution(values: Sequence[float]) -> str:
    """Return least, 5th percentile and median of `values`, and the share of 0.95 and more."""
    ordered = sorted(values)
    share = sum(value >= 0.95 for value in ordered) / len(ordered)
    fifth = ordered[len(ordered) // 20]
    return (
        f"{len(ordered)} compared: least {ordered[0]:.3f}, 5th percentile {fifth:.3f}, "
        f"median {median(ordered):.3f}, {share:.0%} at 0.95 or more"
    )


def main(arguments: Sequence[str]) -> None:
    """Print the distribution of each group, and its least alike files."""
    every = int(arguments[0]) if arguments else 1
    with Jail() as jail:
        for group in GROUPS:
            found = dict(similarities(files(group, every), jail))
            print(f"{group}: {distribution(list(found.values())) if found else 'none'}", flush=True)
            for path, value in sorted(found.items(), key=lambda pair: pair[1])[:5]:
                print(f"    {value:.3f} {path.relative_to(CORPUS)}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
