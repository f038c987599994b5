"""Comparing how a file looks with what came of it: it decides nothing and is in the receipt.

look (the file, as `decode` or LibreOffice drew it) ──▶ compare (with what `encode` wrote)
"""

from collections.abc import Sequence

from sanitizer import form
from sanitizer.confinement.seccomp import Allowance
from sanitizer.form import Member
from sanitizer.media import PDF
from sanitizer.parcel import Parcel
from sanitizer.passage import Passage, Redrawn


def looks(
    passage: Passage, source: Parcel, of: str = "form", chosen: Sequence[int] | None = None
) -> bytes:
    """Return what `source` looks like, for `compare`: it is what `decode` made, or a PDF."""
    allowance = Allowance.FONTS if of == PDF else Allowance.NOTHING
    with passage.stage("look", source, allowance, of=of, **_which(chosen)) as look:
        return look.body.read()


def compare(
    passage: Passage, seen: bytes, redrawn: Redrawn, chosen: Sequence[int] | None = None
) -> None:
    """Say in the report how alike what was `seen` and `redrawn` look."""
    packed = seen + b"".join(map(bytes, form.pack(Member(redrawn.media, redrawn.data))))
    with Parcel.of(packed) as both:
        passage.stage("compare", both, Allowance.FONTS, **_which(chosen)).body.close()


def _which(chosen: Sequence[int] | None) -> dict[str, str]:
    return {} if chosen is None else {"chosen": ",".join(map(str, chosen))}
