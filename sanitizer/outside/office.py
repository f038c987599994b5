"""LibreOffice, as the sanitizer holds it: a document goes in, another comes out, both untrusted.

One process for one file.  The next one is got ready while nobody waits, so that a document costs
what loading and saving it costs, and not the second in which LibreOffice starts.
"""

import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

from confinement.launching import Launcher
from sanitizer.outcome import FileReason, FileRefused
from sanitizer.outside import kit
from sanitizer.outside.cell_link import Cell, CellUnsafe
from sanitizer.outside.cell_terms import Request, Terms
from sanitizer.shared_memory import Parcel

MEBIBYTE = 1 << 20

# LibreOffice takes 1.2 GiB of address space before it has a document; a workbook of 500,000 cells
# half a GiB more.  In the scratch folder lie the document, the new one, and its own settings.
TERMS = Terms(
    program=kit.__name__,
    memory_bytes=4096 * MEBIBYTE,
    scratch_bytes=512 * MEBIBYTE,
    cpu_seconds=900,
)


# Where fonts lie, and a file of each Japanese family that documents ask for or LibreOffice takes.
FONTS = Path("usr/share/fonts")
JAPANESE_FONTS = {
    "fonts-noto-cjk": "NotoSansCJK*",
    "fonts-ipafont-gothic": "ipag*.ttf",
    "fonts-ipafont-mincho": "ipam*.ttf",
}


def library(root: Path = Path("/")) -> Path:
    """Return where LibreOffice is, if it is there, on the machine at `root`."""
    return root / kit.LIBRARY.relative_to("/")


def is_installed(root: Path = Path("/")) -> bool:
    return library(root).exists()


def missing_fonts(root: Path = Path("/")) -> list[str]:
    """Return the Debian packages of Japanese fonts that the machine at `root` lacks."""
    folder = root / FONTS
    return [name for name, file in JAPANESE_FONTS.items() if not any(folder.rglob(file))]


class Office:
    """The right to have documents converted.  Safe to use from several threads at once.

    Nothing is started before the first document; from then on one cell is kept ready.
    """

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher
        self._lock = threading.Lock()
        self._spare: Cell | None = None
        self._closed = False

    def convert(
        self, source: Parcel, extension: str, wanted: str, *, seconds: float, max_bytes: int
    ) -> Parcel:
        """Return the document `source` in the format `wanted`: "docx", "xlsx", "pptx" or "pdf".

        `extension`: what a file of its kind is called.  `seconds`: for loading and saving.  What
        comes back was written by a program that saw a hostile file: it is as untrusted as that.
        Raises `Refused`: `PROGRAM_MISSING` without LibreOffice, `PROGRAM_UNSAFE` where it cannot
        be held, otherwise with how it ended.
        """
        if not is_installed():
            raise FileRefused(FileReason.PROGRAM_MISSING)
        names = f"source.{extension}", f"result.{wanted}"
        words = [*(f"/scratch/{name}" for name in names), wanted]
        request = Request(source.offset, source.size, *names, words)
        try:
            cell = self._take()
        except OSError:  # no process, no descriptor to be had for a moment
            raise FileRefused(FileReason.JAIL_FAILED) from None
        try:
            cell.protections()
            return cell.work(request, source, seconds=seconds, max_bytes=max_bytes)
        except CellUnsafe as unsafe:
            raise FileRefused(unsafe.reason) from None
        finally:
            cell.close()
            self._get_ready()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._spare is not None:
                self._spare.close()
                self._spare = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self) -> Cell:
        with self._lock:
            if self._closed:
                raise FileRefused(FileReason.JAIL_FAILED)
            cell, self._spare = self._spare, None
        if cell is not None and not cell.is_alive():
            cell.close()
            cell = None
        return cell or Cell(self._launcher, TERMS)

    def _get_ready(self) -> None:
        with self._lock:
            if self._spare is None and not self._closed:
                with suppress(OSError):  # then the next document waits for its own
                    self._spare = Cell(self._launcher, TERMS)
