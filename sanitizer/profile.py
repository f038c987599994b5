"""Profiles: how much a file may cost, and what is done with each kind.

There is no word here for letting a file through as it came: whatever a profile says, what
crosses has been rebuilt.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from sanitizer.kinds import Kind
from sanitizer.needed import SOUND_AND_FILM
from sanitizer.rules import DEFAULT_RULES, ContentRules

MEBIBYTE = 1 << 20

# No profile may ask for more: beyond it a file is better carried by other means.
HARD_MAX_BYTES = 100 * MEBIBYTE
HARD_MAX_PIXELS = 250_000_000
HARD_MAX_PAGES = 2000  # a thousand sheets printed on both sides
HARD_MAX_ENTRIES = 2000
HARD_MAX_DEPTH = 3


# Rebuilt only where a profile says so: they take minutes, not milliseconds.
ONLY_BY_REQUEST = SOUND_AND_FILM


class FileAction(StrEnum):
    """What to do with a kind of file."""

    REBUILD = "rebuild"  # the same kind again, rebuilt
    PICTURE = "picture"  # only its looks
    TEXT = "text"  # only its words
    HOLD = "hold"  # a person decides
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class FileLimits:
    """What one attachment may cost.

    `max_bytes`: of the file, and again of what comes out.  `max_pixels`: of one picture; a 100
    megapixel telephone photograph is the largest in common use.  `max_pages`: of a PDF or a scan.
    `max_entries`: files in one archive.  `max_ratio`: bytes that an archive may unpack to for each
    of its own, its first mebibyte being free.  `max_depth`: a file in a mail in an archive in an
    archive is at depth 3, as deep as honest people go.  A stage gets `seconds` plus
    `seconds_per_mebibyte` for each mebibyte of file, and all of them together `seconds_per_page`
    for each page: never one fixed number.  `memory_bytes`: of one worker beyond the pictures it
    holds.
    """

    max_bytes: int = 20 * MEBIBYTE
    max_pixels: int = 100_000_000
    max_pages: int = HARD_MAX_PAGES
    max_entries: int = HARD_MAX_ENTRIES
    max_ratio: int = 100
    max_depth: int = 3
    seconds: float = 20.0
    seconds_per_mebibyte: float = 5.0
    seconds_per_page: float = 2.0
    memory_bytes: int = 1536 * MEBIBYTE

    def __post_init__(self) -> None:
        for name, hard_max in (
            ("max_bytes", HARD_MAX_BYTES),
            ("max_pixels", HARD_MAX_PIXELS),
            ("max_pages", HARD_MAX_PAGES),
            ("max_entries", HARD_MAX_ENTRIES),
            ("max_ratio", 1032),  # no deflated byte gives more
            ("max_depth", HARD_MAX_DEPTH),
        ):
            if not 0 < getattr(self, name) <= hard_max:
                raise ValueError(f"{name} must be from 1 to {hard_max}")
        if self.seconds <= 0 or min(self.seconds_per_mebibyte, self.seconds_per_page) < 0:
            raise ValueError("a stage needs some time")
        if self.memory_bytes < 64 * MEBIBYTE:
            raise ValueError("memory_bytes must be at least 64 MiB")

    def stage_seconds(self, size: int) -> float:
        """Return the time one stage may take for a file of `size` bytes."""
        return self.seconds + self.seconds_per_mebibyte * size / MEBIBYTE

    def unpacked_bytes(self, size: int) -> int:
        """Return what an archive of `size` bytes may unpack to."""
        return max(MEBIBYTE, self.max_ratio * size)


@dataclass(frozen=True, slots=True)
class Similarity:
    """Whether the receipt says how alike a file and what came of it look.

    `pages`: of pictures and PDF, which costs some hundredths of a second.  `office`: of Office
    files where LibreOffice is installed, which draws both, and that takes seconds.
    """

    pages: bool = True
    office: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """Limits, and what to do with each kind where it is not what is usual."""

    limits: FileLimits = field(default_factory=FileLimits)
    actions: Mapping[Kind, FileAction] = field(default_factory=lambda: MappingProxyType({}))
    rules: ContentRules = DEFAULT_RULES
    similarity: Similarity = field(default_factory=Similarity)

    def action(self, kind: Kind) -> FileAction:
        usual = FileAction.REFUSE if kind in ONLY_BY_REQUEST else FileAction.REBUILD
        return self.actions.get(kind, usual)

    def released(self) -> "Profile":
        """Return the same for a file that somebody has approved: what was held is rebuilt."""
        decided = {
            kind: FileAction.REBUILD if action is FileAction.HOLD else action
            for kind, action in self.actions.items()
        }
        return replace(self, actions=decided)


DEFAULT_PROFILE = Profile()
