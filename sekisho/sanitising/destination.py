"""The folder DIR, in which new files are put: whole or not at all, and never over anything."""

import os
import secrets
from pathlib import Path, PurePath

from sanitizer.names import unique_name


class Destination:
    """DIR.  For one thread; another program may write to DIR at the same time."""

    def __init__(self, root: Path) -> None:
        """Use the folder at `root`, and make it if it is not there."""
        root.mkdir(parents=True, exist_ok=True)
        self._root = root
        self._taken: dict[Path, set[str]] = {}

    def write(self, data: bytes, place: PurePath, name: str) -> PurePath:
        """Write `data` as `place/name` under DIR, and return the name it got; or raise `OSError`.

        A crash leaves the whole file, nothing, or an empty file of this name; and perhaps a part,
        whose name begins with a dot and ends in `.part`.
        """
        folder = self._root / place
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{secrets.token_hex(8)}.part"
        try:
            with part.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            return place / self._publish(part, folder, name)
        finally:
            part.unlink(missing_ok=True)

    def _publish(self, part: Path, folder: Path, name: str) -> str:
        """Give `part` a name nobody has.

        A name is taken with an empty file, because renaming alone would overwrite, and hard
        links are not to be had on every file system.
        """
        path = self._reserve(folder, name)
        try:
            part.replace(path)
        except BaseException:
            path.unlink()
            raise
        return path.name

    def _reserve(self, folder: Path, name: str) -> Path:
        taken = self._taken_in(folder)
        while True:
            path = folder / unique_name(name, taken)
            try:
                path.touch(exist_ok=False)
            except FileExistsError:  # made since we looked
                continue
            return path

    def _taken_in(self, folder: Path) -> set[str]:
        if folder not in self._taken:
            taken: set[str] = set()
            for path in folder.iterdir():
                unique_name(path.name, taken)
            self._taken[folder] = taken
        return self._taken[folder]
