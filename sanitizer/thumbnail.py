"""What a file looks like from afar: a small JPEG, drawn in the jail.

As harmless as what `sanitizer.sanitize` makes, whatever the file: one worker sees it and gives
pixels, another that never saw it writes them.  It is for looking at and stands for nothing.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from sanitizer.confinement.seccomp import SyscallAllowance
from sanitizer.jail import Jail
from sanitizer.kinds import Kind
from sanitizer.media import JPEG
from sanitizer.outcome import FileReason, FileRefused
from sanitizer.profile import FileLimits, Profile
from sanitizer.redraw import redraw_file
from sanitizer.session import Passage
from sanitizer.shared_memory import Parcel
from sanitizer.treatment.single import ALLOWANCES

# A telephone's HEIC, the slowest in common use, takes 2 s.  Nobody waits longer for a thumbnail.
SECONDS, SECONDS_PER_MEBIBYTE = 10.0, 1.0

KINDS = frozenset(
    {Kind.JPEG, Kind.PNG, Kind.WEBP, Kind.GIF, Kind.BMP, Kind.TIFF, Kind.HEIC, Kind.AVIF, Kind.PDF}
)
_ALLOWANCES: Mapping[Kind, SyscallAllowance] = {**ALLOWANCES, Kind.PDF: SyscallAllowance.FONTS}


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small JPEG, and width and height of the picture that it is of: None for a document."""

    data: bytes
    pixels: tuple[int, int] | None


def make_thumbnail(untrusted: bytes, *, side: int, jail: Jail) -> Thumbnail:
    """Return a JPEG of `untrusted`, a picture or a PDF, of at most `side` pixels each way.

    Raises `Refused`: `NOT_SUPPORTED` where a kind has no looks, else what is wrong with the file.
    `JAIL_FAILED` alone is no fault of the file.
    """
    limits = FileLimits(seconds=SECONDS, seconds_per_mebibyte=SECONDS_PER_MEBIBYTE)
    deadline = time.monotonic() + limits.stage_seconds(len(untrusted))
    passage = Passage(jail, Profile(limits), redraw_file, deadline=deadline)
    with Parcel.of(untrusted) as source:
        with passage.stage("identify", source) as identified:
            kind = identified.report.kind
        if kind not in KINDS:
            raise FileRefused(FileReason.NOT_SUPPORTED)
        allowance, most = _ALLOWANCES.get(kind, SyscallAllowance.NOTHING), limits.max_pixels
        with (
            passage.stage(
                "shrink", source, allowance, kind=kind, side=side, max_pixels=most
            ) as small,
            passage.stage("encode", small.body, media=JPEG) as encoded,
        ):
            seen = small.report
            is_sized = min(seen.width, seen.height) > 0
            pixels = (seen.width, seen.height) if is_sized else None
            return Thumbnail(encoded.body.read(), pixels)
