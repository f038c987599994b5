"""Only the words: what of a file can be read becomes a text, and nothing else of it does."""

from sanitizer import intermediate
from sanitizer.confinement.seccomp import SyscallAllowance
from sanitizer.intermediate import IntermediateText
from sanitizer.kinds import Kind
from sanitizer.media import TEXT
from sanitizer.outcome import FileReason, FileRefused, Removed
from sanitizer.report import Count
from sanitizer.session import Passage, Redrawn
from sanitizer.shared_memory import Parcel
from sanitizer.treatment.pages import PAGES_AT_ONCE, with_time_for
from sanitizer.treatment.single import records_of


def only_words(passage: Passage, kind: Kind, source: Parcel) -> Redrawn:
    """Return the words of a document, a mail or a page as a text."""
    max_bytes = passage.profile.limits.max_bytes
    stays = passage.profile.rules.parameters()
    with passage.stage(
        "read", source, SyscallAllowance.NOTHING, kind=kind, max_bytes=max_bytes, **stays
    ) as read:
        return _text(
            passage, [each for each in records_of(read) if isinstance(each, IntermediateText)]
        )


def words_of_pages(passage: Passage, kind: Kind, source: Parcel) -> Redrawn:
    """Return the words that can be seen on the pages, which are drawn to find out."""
    found: list[IntermediateText] = []
    done, total = 0, 1
    while done < total:
        with passage.stage(
            "read",
            source,
            SyscallAllowance.FONTS,
            kind=kind,
            first=done,
            count=PAGES_AT_ONCE,
            password=passage.password,
        ) as read:
            if done == 0:
                total = read.report.counts[Count.PAGES_BEFORE]
                passage = with_time_for(total, passage)
            found += [each for each in records_of(read) if isinstance(each, IntermediateText)]
        done += PAGES_AT_ONCE
    return _text(passage, found)


def _text(passage: Passage, found: list[IntermediateText]) -> Redrawn:
    if not any(each.text.strip() for each in found):
        raise FileRefused(FileReason.NO_WORDS)
    passage.report.removed[Removed.LOOKS] += 1
    packed = b"".join(bytes(piece) for text in found for piece in intermediate.pack(text))
    with Parcel.of(packed) as parcel, passage.stage("encode", parcel, media=TEXT) as encoded:
        return Redrawn(TEXT, encoded.body.read())
