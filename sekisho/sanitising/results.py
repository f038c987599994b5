"""What became of each file, in words, as JSON, and as an exit code.

The table is drawn in `sekisho.sanitising.summary`.  The words for what the sanitizer found are
its own: `sanitizer.sentences`.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path, PurePath
from typing import Any, Literal

from sanitizer import sentences
from sanitizer.outcome import FileReason, Receipt
from sekisho.exits import Exit

Lang = Literal["ja", "en"]
Words = Mapping[Lang, str]


class FileFault(StrEnum):
    """Why a file came to nothing, where it is not the sanitizer that says so."""

    SYMLINK = "symlink"
    NOT_A_FILE = "not-a-file"
    UNREADABLE = "unreadable"
    NOT_WRITTEN = "not-written"


FAULTS: Mapping[FileFault, Words] = {
    FileFault.SYMLINK: {
        "ja": "シンボリックリンクはたどりません",
        "en": "a symbolic link is not followed",
    },
    FileFault.NOT_A_FILE: {"ja": "通常のファイルではありません", "en": "it is not a regular file"},
    FileFault.UNREADABLE: {"ja": "読み取れません", "en": "it cannot be read"},
    FileFault.NOT_WRITTEN: {
        "ja": "無害化したファイルを書き込めません",
        "en": "the new file cannot be written",
    },
}

# The operating system's fault and not the file's.
FAILURES = {FileFault.UNREADABLE, FileFault.NOT_WRITTEN}

VERDICTS: Mapping[str, Words] = {
    "clean": {"ja": "除去なし", "en": "clean"},
    "altered": {"ja": "除去あり", "en": "altered"},
    "refused": {"ja": "不可", "en": "refused"},
    "failed": {"ja": "エラー", "en": "failed"},
}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the file at `path`.

    `written` is where the new file is, under DIR; None if there is none.  There is no receipt
    for what was not read.  `detail` is what the operating system said of a fault.
    """

    path: Path
    receipt: Receipt | None = None
    written: PurePath | None = None
    fault: FileFault | None = None
    detail: str = ""

    @property
    def state(self) -> str:
        """One of `VERDICTS`."""
        if self.fault is not None:
            return "failed" if self.fault in FAILURES else "refused"
        return self._receipt.state

    @property
    def reason(self) -> str:
        """A `Fault` or a `sanitizer.outcome.FileReason`; empty if there is a new file."""
        return self._receipt.reason if self.fault is None else self.fault

    def sentence(self, lang: Lang) -> str:
        """Return one sentence for people."""
        if self.fault is None:
            return self._receipt.sentence(lang)
        if lang == "ja":
            return f"通せませんでした: {self._trouble(lang)}。"
        return f"{self.state.capitalize()}: {self._trouble(lang)}."

    def removed(self, lang: Lang) -> str:
        """Return what is not in the new file any more; or why there is none."""
        if self.written is None:
            return self.sentence(lang)
        column = 0 if lang == "ja" else 1
        words = (f"{sentences.REMOVED[w][column]} ({n})" for w, n in self._receipt.removed)
        return ("、" if lang == "ja" else ", ").join(words)

    def as_json(self) -> dict[str, Any]:
        """Return all there is to know; what is in the receipt is missing where there is none."""
        found = {}
        if self.receipt:
            counted = {"removed": dict(self.receipt.removed), "kept": dict(self.receipt.kept)}
            found = asdict(self.receipt) | counted
        media = found.pop("media_out", "")
        return {
            **found,
            "path": printable_path(self.path),
            "name": printable_path(self.written) if self.written else "",
            "media": media,
            "state": self.state,
            "reason": self.reason,
            "detail": self.detail,
            "ja": self.sentence("ja"),
            "en": self.sentence("en"),
        }

    @property
    def _receipt(self) -> Receipt:
        if self.receipt is None:
            raise ValueError("neither a receipt nor a fault")
        return self.receipt

    def _trouble(self, lang: Lang) -> str:
        if self.fault is None:
            return ""
        return FAULTS[self.fault][lang] + (f" ({self.detail})" if self.detail else "")


def exit_code(results: Iterable[Result]) -> Exit:
    """Return the code of the worst: of the disk, of the jail, of the file."""
    codes = {_code(each) for each in results}
    return next((c for c in (Exit.IO, Exit.UNAVAILABLE, Exit.REFUSED) if c in codes), Exit.OK)


def printable_path(path: PurePath) -> str:
    """Return `path` so that it can be printed on any terminal: what cannot be is a `�`."""
    text = os.fsencode(path).decode("utf-8", "replace")
    return "".join(each if each.isprintable() else "�" for each in text)


def _code(result: Result) -> Exit:
    match result.state, result.reason:
        case "failed", _:
            return Exit.IO
        case "refused", FileReason.JAIL_FAILED:
            return Exit.UNAVAILABLE
        case "refused", _:
            return Exit.REFUSED
        case _:
            return Exit.OK
