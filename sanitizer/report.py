r"""What a worker tells the supervisor about its work, apart from the work itself.

A few ASCII lines, `name value\n`, from closed lists.  The worker has seen hostile bytes, so the
supervisor reads this with `Report.parse`, which takes these lines and nothing else.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from sanitizer.kinds import Kind
from sanitizer.outcome import FileReason, Kept, Removed

MAX_BYTES = 8192
_LINE = re.compile(r"([a-z-]{1,32}) ([a-z0-9-]{0,32})")
# Before the name of what was kept: some of it goes by the same name as what is removed.
SIMILARITY = "similarity"
WIDTH, HEIGHT = "width", "height"
# As many pixels each way as JPEG can have.
MAX_SIDE = 65_535
KEPT = "kept-"
_NUMBER = re.compile(r"[0-9]{1,12}")


class Count(StrEnum):
    """What is counted before and after."""

    PAGES_BEFORE = "pages-before"
    PAGES_AFTER = "pages-after"
    PICTURES_BEFORE = "pictures-before"
    PICTURES_AFTER = "pictures-after"


class MalformedReport(Exception):
    """A worker's report is not in the form all reports have."""


@dataclass(slots=True)
class Report:
    """A worker's findings."""

    refused: FileReason = FileReason.NONE
    kind: Kind = Kind.UNKNOWN
    removed: Counter[Removed] = field(default_factory=Counter)
    kept: Counter[Kept] = field(default_factory=Counter)
    counts: Counter[Count] = field(default_factory=Counter)
    similarity: int | None = None  # in thousandths
    width: int = 0  # of the one picture that a stage has looked at, upright; 0 if there is none
    height: int = 0

    def lines(self) -> bytes:
        rows: list[tuple[str, str]] = [("refused", self.refused), ("kind", self.kind)]
        rows += [(what, str(count)) for what, count in self.removed.items()]
        rows += [(KEPT + what, str(count)) for what, count in self.kept.items()]
        rows += [(what, str(count)) for what, count in self.counts.items()]
        rows += [] if self.similarity is None else [(SIMILARITY, str(self.similarity))]
        rows += [(WIDTH, str(self.width)), (HEIGHT, str(self.height))] if self.width else []
        return "".join(f"{name} {value}\n" for name, value in rows).encode("ascii")

    def add(self, other: "Report") -> None:
        """Take over what `other` removed, kept, counted and compared: the least alike counts."""
        self.removed.update(other.removed)
        self.kept.update(other.kept)
        self.counts.update(other.counts)
        compared = [each for each in (self.similarity, other.similarity) if each is not None]
        self.similarity = min(compared, default=None)

    @classmethod
    def parse(cls, untrusted: bytes) -> "Report":
        """Return the report in `untrusted`, or raise `Malformed`."""
        if len(untrusted) > MAX_BYTES:
            raise MalformedReport("too long")
        report = cls()
        try:
            for line in untrusted.decode("ascii").splitlines():
                match = _LINE.fullmatch(line)
                if match is None:
                    raise MalformedReport("not a line of ours")
                report._take(match[1], match[2])
        except ValueError:
            raise MalformedReport("a word that is not in our lists") from None
        return report

    def _take(self, name: str, value: str) -> None:
        if name == "refused":
            self.refused = FileReason(value)
        elif name == "kind":
            self.kind = Kind(value)
        elif _NUMBER.fullmatch(value) is None:
            raise MalformedReport("not a number of ours")
        elif name == SIMILARITY:
            self.similarity = min(1000, int(value))
        elif name == WIDTH:
            self.width = min(MAX_SIDE, int(value))
        elif name == HEIGHT:
            self.height = min(MAX_SIDE, int(value))
        elif name.startswith(KEPT):
            self.kept[Kept(name.removeprefix(KEPT))] += int(value)
        elif name in set(Removed):
            self.removed[Removed(name)] += int(value)
        else:
            self.counts[Count(name)] += int(value)
