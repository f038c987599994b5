"""One attachment's passage: what all its stages, and the files within it, share."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from sanitizer.confinement.seccomp import SyscallAllowance
from sanitizer.jail import Budget, Jail, StageResult, WorkerCrashed
from sanitizer.kinds import Kind
from sanitizer.outcome import ContentReading, ContentText, FileReason, FileRefused
from sanitizer.profile import Profile
from sanitizer.report import Report
from sanitizer.shared_memory import Parcel

# A worker that ends without a word: whose fault that is depends on what it was given.
CRASHED: Mapping[str, FileReason] = {
    "identify": FileReason.BROKEN,
    "unlock": FileReason.BROKEN,
    "survey": FileReason.BROKEN,
    "decode": FileReason.BROKEN,
    "shrink": FileReason.BROKEN,
    "read": FileReason.BROKEN,
    "encode": FileReason.CHECK_FAILED,
    "look": FileReason.CHECK_FAILED,
    "compare": FileReason.CHECK_FAILED,
    "check": FileReason.CHECK_FAILED,
    "contents": FileReason.CHECK_FAILED,
}

BYTES_PER_PIXEL = 4

# All stages of all files within one attachment may take as long as so many stages at their worst.
MAX_STAGES_OF_TIME = 10

# No reason to leave out a file and keep what it is in: all of it is asked about again.
ASKED_AGAIN = frozenset({FileReason.JAIL_FAILED, FileReason.NEEDS_APPROVAL})


@dataclass(frozen=True, slots=True)
class Redrawn:
    """A new file.  Made by `encode`, passed by `check`."""

    media: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Passage:
    """The jail, the profile, the report so far, and how to treat a file within this one.

    `password`: what the sender gave with the file, for it and for what is in it.  `is_part`: of a
    document, which is compared as a whole with what came of it, or not at all.  `contents`: the
    words of what came out so far, those of files within it too; None where nobody asks for them.
    """

    jail: Jail
    profile: Profile
    redraw: Callable[[bytes, str | None, "Passage"], Redrawn]
    report: Report = field(default_factory=Report)
    depth: int = 0
    password: str = ""
    is_part: bool = False
    contents: list[ContentText] | None = field(default=None, kw_only=True)
    deadline: float = field(default=math.inf, kw_only=True)  # of `time.monotonic`

    @property
    def compares(self) -> bool:
        """Whether a picture or a page is compared with what came of it."""
        return self.profile.similarity.pages and not self.is_part

    def stage(
        self,
        stage: str,
        source: Parcel,
        allowance: SyscallAllowance = SyscallAllowance.NOTHING,
        **parameters: str | int,
    ) -> StageResult:
        """Return the answer of `stage`, having added its findings to the report."""
        limits = self.profile.limits
        budget = Budget(
            seconds=self.seconds_for(source),
            memory_bytes=limits.memory_bytes,
            answer_bytes=max(limits.max_pixels, limits.max_bytes) * BYTES_PER_PIXEL,
            allowance=allowance,
        )
        try:
            answer = self.jail.run(stage, source, budget, parameters)
        except WorkerCrashed:
            raise FileRefused(CRASHED[stage]) from None
        self.report.add(answer.report)
        return answer

    def seconds_for(self, source: Parcel) -> float:
        """Return how long a stage may take that is given `source`, or raise `Refused`."""
        usual = self.profile.limits.stage_seconds(source.size)
        seconds = min(usual, self.deadline - time.monotonic())
        if seconds <= 0:
            raise FileRefused(FileReason.TIME_OUT)
        return seconds

    def within(self, untrusted: bytes, name: str | None) -> Redrawn:
        """Return a file that was found within this one rebuilt, or raise `Refused`.

        `name` is None where nobody named it, so that there is nothing to agree with.
        """
        if self.depth >= self.profile.limits.max_depth:
            raise FileRefused(FileReason.TOO_DEEP)
        if self.contents is not None and name is not None:
            self.contents.append(ContentText(ContentReading.BOTH, name))
        inner = replace(self, report=Report(), depth=self.depth + 1)
        redrawn = self.redraw(untrusted, name, inner)
        self.report.add(inner.report)
        return redrawn

    def with_more_time(self, seconds: float) -> "Passage":
        return replace(self, deadline=self.deadline + seconds)

    def found(self, kind: Kind) -> None:
        self.report.kind = kind
