"""`python3 dev.py active [--python PATH]`: do foreign tools agree that nothing active comes out?

Sanitizes the real files that have active content, and asks of each before and after: oletools (GPL,
so it lives in an environment of its own, made for this run), a walk over all objects of a PDF by
pikepdf, and a scan of all bytes, packed or not.  Needs a package index, or an interpreter that has
both already.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from sanitizer.jail import Jail
from sanitizer.sanitize import sanitize_file
from tests.sanitizer.hostile import layers

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
PACKAGES = ("oletools", "pikepdf")
OUR_KINDS = (".docx", ".xlsx", ".pptx", ".pdf")
MACROS = (".docm", ".xlsm", ".pptm", ".dotm", ".ppsm")
KINDS = (*OUR_KINDS, *MACROS, ".ppsx", ".doc", ".xls", ".ppt", ".pps")
FOLDERS = ("oletools", "poi", "pdfjs")
MAX_BYTES = 400_000
WORKERS = 2

# Structure, none of which is ever a word in a text: those of a PDF stand there in hexadecimal.
MARKS = (
    b"vbaProject",
    b"oleObject",
    b"attachedTemplate",
    b"externalLink",
    b"aFChunk",
    b"activeX",
    b"/JavaScript",
    b"/OpenAction",
    b"/Launch",
    b"/EmbeddedFile",
    b"/RichMedia",
    b"/SubmitForm",
    b"/AcroForm",
    b"/ObjStm",
    b"Ole10Native",
    b"ATTRIBUT",
)


def chosen() -> list[Path]:
    """Return all files with macros, DDE or links outside, and a share of all others."""
    paths = [
        path
        for path in sorted(CORPUS.rglob("*"))
        if path.suffix in KINDS and path.parent.name in FOLDERS and path.stat().st_size <= MAX_BYTES
    ]
    attacks = [path for path in paths if path.parent.name == "oletools" or path.suffix in MACROS]
    others = [path for path in paths if path not in attacks and path.suffix in OUR_KINDS]
    return attacks + others[::2]


def sanitized(folder: Path) -> dict[Path, Path]:
    """Rebuild the files into `folder`; return the new one of each that came through."""
    paths = chosen()
    with ExitStack() as stack:
        jails = [stack.enter_context(Jail()) for _ in range(WORKERS)]

        def draw(numbered: tuple[int, Path]) -> tuple[Path, Path] | None:
            number, path = numbered
            jail = jails[number % WORKERS]
            outcome = sanitize_file(path.read_bytes(), name=path.name, jail=jail)
            if outcome.state == "refused":
                return None
            new = folder / f"{number}{Path(outcome.name).suffix}"
            new.write_bytes(outcome.data)
            return path, new

        with ThreadPoolExecutor(WORKERS) as pool:
            return dict(pair for pair in pool.map(draw, enumerate(paths)) if pair)


def asked(python: Path, paths: list[Path]) -> dict[str, list[str]]:
    """Return what the foreign tools found in each file."""
    probe = Path(__file__).with_name("active_probe.py")
    done = subprocess.run(
        [python, probe],
        input="\n".join(map(str, paths)),
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"path"')]
    return {line["path"]: line["found"] for line in lines}


def scanned(path: Path) -> list[str]:
    data = path.read_bytes()
    return sorted({mark.decode() for layer in layers(data) for mark in MARKS if mark in layer})


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="dev.py active", description=__doc__)
    parser.add_argument("--python", type=Path, help="an interpreter that has oletools and pikepdf")
    python = parser.parse_args(arguments).python
    with tempfile.TemporaryDirectory() as folder:
        if python is None:
            venv.create(Path(folder, "env"), with_pip=True)
            python = Path(folder, "env", "bin", "python")
            subprocess.run([python, "-m", "pip", "install", "-qq", *PACKAGES], check=True)
        made = sanitized(Path(folder))
        before, after = asked(python, list(made)), asked(python, list(made.values()))
        left = {path: [*after[str(new)], *scanned(new)] for path, new in made.items()}
    print(f"{len(made)} of {len(chosen())} files came through")
    for what, findings in (("before", before.values()), ("after", left.values())):
        counts = Counter(each for one in findings for each in one)
        active = sum(map(bool, findings))
        print(f"{what}: {active} with active content", dict(counts.most_common(20)))
    for path, found in left.items():
        if found:
            print(f"LEFT in what came of {path.name}: {', '.join(found)}")
    return 1 if any(left.values()) or not any(before.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
