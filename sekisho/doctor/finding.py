"""What a check of `sekisho doctor` finds."""

from dataclasses import dataclass
from pathlib import Path

from sekisho.doctor.codes import Code


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """One fault found: where, and what exactly."""

    code: Code
    path: Path
    detail: str = ""
