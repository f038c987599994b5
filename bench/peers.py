"""What others are asked to do with a file, where they are installed; and what was recorded once."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

# Takes a copy of the file and an empty folder; returns the command that leaves one file more there.
Peer = Callable[[Path, Path], list[str] | None]


def mat2(copy: Path, _folder: Path) -> list[str] | None:
    """Take out metadata; of a PDF, pictures of its pages."""
    return ["mat2", copy.name] if shutil.which("mat2") else None


def mat2_light(copy: Path, _folder: Path) -> list[str] | None:
    return ["mat2", "--lightweight", copy.name] if shutil.which("mat2") else None


def soffice(copy: Path, folder: Path) -> list[str] | None:
    """Convert an Office file to the same kind again, a PDF to nothing."""
    if shutil.which("soffice") is None:
        return None
    kind = copy.suffix.removeprefix(".").replace("xlsm", "xlsx")
    into = folder / "out"
    return [
        "sh",
        "-c",
        f"soffice -env:UserInstallation=file://{folder}/profile --headless --convert-to {kind} "
        f"--outdir {into} {copy.name} && mv {into}/* {folder}/converted.{kind}",
    ]


PEERS: Mapping[str, Peer] = {"mat2": mat2, "mat2 -L": mat2_light, "LibreOffice": soffice}

# CPU seconds | output ÷ input | words kept; Dangerzone's own conversion without its container, by
# PyMuPDF 1.25.5, on another day: it is not on PyPI, and its licence keeps it out of here.
RECORDED: Mapping[str, str] = {
    "phone12mp.jpg": "10.4 | 9.16 | –",
    "ja_10p.pdf": "3.4 | 30.5 | none",
    "scan_10p.pdf": "16.2 | 3.09 | –",
    "ja_mixed_50p.pdf": "12.2 | 38.4 | none",
    "ja_10p.docx": "6.3 | 72 | as a PDF",
    "ja_mixed_50p.docx": "16.9 | 52 | as a PDF",
    "ja_20s.pptx": "8.3 | 14.9 | as a PDF",
    "ledger.xlsm": "not to its end",
}
