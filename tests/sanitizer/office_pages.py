"""Whether real documents and slides have as many pages in LibreOffice as before.

`python3 dev.py corpus --pages` prints those that have not.  Both are drawn in the office cell.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # it publishes no types

from sanitizer.jail import Jail
from sanitizer.outcome import FileRefused
from sanitizer.outside.office import Office
from sanitizer.sanitize import sanitize_file
from sanitizer.shared_memory import Parcel
from tests.sanitizer.office_corpus import CORPUS, PROFILE, office_files

SUFFIXES = (".docx", ".pptx")
# The longest document of the corpus takes 8 s.
SECONDS, MAX_BYTES = 60.0, 256 << 20


@dataclass(frozen=True, slots=True)
class Paged:
    """How many pages a file had before and after; None where LibreOffice does not draw it."""

    name: str
    before: int | None
    after: int | None


def paged(paths: Iterable[Path], jail: Jail) -> Iterator[Paged]:
    """Draw each file that can be rebuilt, and what came of it."""
    for path in paths:
        data = path.read_bytes()
        outcome = sanitize_file(data, name=path.name, jail=jail, profile=PROFILE)
        if not outcome.reason:
            before, after = (pages(each, path.suffix, jail.office) for each in (data, outcome.data))
            yield Paged(path.name, before, after)


def pages(data: bytes, suffix: str, office: Office) -> int | None:
    """Return how many pages LibreOffice makes of a file, None where it makes nothing of it."""
    try:
        with (
            Parcel.of(data) as source,
            office.convert(
                source, suffix[1:], "pdf", seconds=SECONDS, max_bytes=MAX_BYTES
            ) as drawn,
        ):
            return len(pdfium.PdfDocument(drawn.read()))
    except FileRefused:
        return None


def main() -> None:
    paths = [path for path in office_files(CORPUS) if path.suffix in SUFFIXES]
    with Jail() as jail:
        drawn = [each for each in paged(paths, jail) if each.before is not None]
    for suffix in SUFFIXES:
        found = [each for each in drawn if each.name.endswith(suffix)]
        same = sum(each.before == each.after for each in found)
        count = sum(each.before or 0 for each in found)
        print(f"{suffix[1:]}: as many pages in {same} of {len(found)}, which have {count}")
    for each in drawn:
        if each.before != each.after:
            print(f"  {each.name}: {each.before} before, {each.after} after")


if __name__ == "__main__":
    main()
