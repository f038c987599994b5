"""How real Office files fare: how many come through, with the same words, at what cost.

`python3 dev.py corpus` prints it for all of them; a test looks at every n-th.  What came out is
read by python-docx, openpyxl and python-pptx, which share nothing with the rebuild.
"""

import io
import os
import re
import statistics
import time
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import docx
import openpyxl
import pptx
from docx.oxml.ns import qn

from sanitizer.jail import Jail
from sanitizer.outcome import FileReason
from sanitizer.profile import MEBIBYTE, FileLimits, Profile
from sanitizer.sanitize import sanitize_file

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
SUFFIXES = (".docx", ".xlsx", ".pptx")
# Made by fuzzers to break a reader; they are in the hostile tests.
FUZZED = re.compile(r"(clusterfuzz|crash|oom|stackoverflow|timeout)", re.I)
CHOICE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Choice"
TICKS = os.sysconf("SC_CLK_TCK")
PROFILE = Profile(FileLimits(max_bytes=100 * MEBIBYTE))


@dataclass(frozen=True, slots=True)
class Fared:
    """How one file fared.  `words`: whether they are the same, None where nobody can tell."""

    name: str
    reason: FileReason
    cpu_seconds: float
    opens: bool
    words: bool | None


def office_files(corpus: Path) -> list[Path]:
    """Return the Office files that an Office program could open: packages, not locked ones."""
    paths = (path for path in sorted((corpus / "poi").iterdir()) if path.suffix in SUFFIXES)
    return [p for p in paths if not FUZZED.search(p.name) and p.read_bytes()[:2] == b"PK"]


def fared(paths: Iterable[Path], jail: Jail) -> Iterator[Fared]:
    """Sanitize each file and read what came out."""
    for path in paths:
        data = path.read_bytes()
        started = _cpu_seconds()
        outcome = sanitize_file(data, name=path.name, jail=jail, profile=PROFILE)
        cpu_seconds = _cpu_seconds() - started
        if outcome.reason:
            yield Fared(path.name, outcome.reason, cpu_seconds, opens=False, words=None)
            continue
        before, after = words(data, path.suffix), words(outcome.data, path.suffix)
        # What this reader cannot open, or (the strict form) not read, cannot be compared.
        same = before == after if before else None
        opens = after is not None or before is None
        yield Fared(path.name, outcome.reason, cpu_seconds, opens=opens, words=same)


def words(data: bytes, suffix: str) -> str | None:
    """Return what a reader reads, None where the independent reader cannot open the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return READERS[suffix](io.BytesIO(data))
    except Exception:
        return None


def _word(file: io.BytesIO) -> str:
    body = docx.Document(file).element.body
    texts = body.iter(qn("w:t"))
    # What is there twice, for newer and for older programs, is read once.
    return "".join(t.text or "" for t in texts if next(t.iterancestors(CHOICE), None) is None)


def _excel(file: io.BytesIO) -> str:
    book = openpyxl.load_workbook(file, data_only=True)
    cells = (c.value for s in book.worksheets for row in s.iter_rows() for c in row)
    return "\n".join(str(value) for value in cells if value is not None)


def _powerpoint(file: io.BytesIO) -> str:
    slides = pptx.Presentation(file).slides
    a = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"
    texts = (t for slide in slides for t in slide.element.iter(a))
    return "\n".join(t.text or "" for t in texts if next(t.iterancestors(CHOICE), None) is None)


READERS = {".docx": _word, ".xlsx": _excel, ".pptx": _powerpoint}


def _cpu_seconds() -> float:
    """Return what the jail's processes have used so far, in ticks of 10 ms."""
    return sum(_ticks(child) for child in _children("self")) / TICKS


def _children(process: str) -> list[str]:
    """Return the children of the only thread of `process`."""
    number = Path("/proc", process).resolve().name
    return Path(f"/proc/{number}/task/{number}/children").read_text().split()


def _ticks(process: str) -> int:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    own = sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime
    return own + sum(map(_ticks, _children(process)))


def summary(results: list[Fared]) -> str:
    """Return the figures in a line."""
    passed = [each for each in results if not each.reason]
    cpu = sorted(each.cpu_seconds for each in passed)
    compared = [each.words for each in passed if each.words is not None]
    return (
        f"{len(results):4} files, rebuilt {len(passed) / len(results):.1%}, "
        f"open {sum(each.opens for each in passed) / len(passed):.1%}, "
        f"same words {sum(compared) / len(compared):.1%} of {len(compared)}, "
        f"CPU median {statistics.median(cpu) * 1000:.0f} ms, "
        f"p95 {cpu[int(len(cpu) * 0.95)] * 1000:.0f} ms, most {cpu[-1]:.1f} s"
    )


def main() -> None:
    started = time.monotonic()
    with Jail() as jail:
        results = list(fared(office_files(CORPUS), jail))
    for suffix in SUFFIXES:
        print(suffix[1:], summary([each for each in results if each.name.endswith(suffix)]))
    for each in results:
        if each.reason or not each.opens or each.words is False:
            print(
                f"  {each.name}: {each.reason or ('other words' if each.opens else 'unreadable')}"
            )
    print(f"{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
