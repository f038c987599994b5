"""Comparing how a file looks with what came of it: it decides nothing and is in the receipt.

look (the file, as `decode` or LibreOffice drew it) ──▶ compare (with what `encode` wrote)
"""

from collections.abc import Sequence

from sanitizer import intermediate
from sanitizer.confinement.seccomp import SyscallAllowance
from sanitizer.intermediate import Member
from sanitizer.media import PDF
from sanitizer.session import Passage, Redrawn
from sanitizer.shared_memory import Parcel


def looks_of(
    passage: Passage, source: Parcel, of: str = "form", chosen: Sequence[int] | None = None
) -> bytes:
    """Return what `source` looks like, for `compare`: it is what `decode` made, or a PDF."""
    allowance = SyscallAllowance.FONTS if of == PDF else SyscallAllowance.NOTHING
    with passage.stage("look", source, allowance, of=of, **_which(chosen)) as look:
        return look.body.read()


def compare_looks(
    passage: Passage, seen: bytes, redrawn: Redrawn, chosen: Sequence[int] | None = None
) -> None:
    """Say in the report how alike what was `seen` and `redrawn` look."""
    packed = seen + b"".join(map(bytes, intermediate.pack(Member(redrawn.media, redrawn.data))))
    with Parcel.of(packed) as both:
        passage.stage("compare", both, SyscallAllowance.FONTS, **_which(chosen)).body.close()


def _which(chosen: Sequence[int] | None) -> dict[str, str]:
    return {} if chosen is None else {"chosen": ",".join(map(str, chosen))}
