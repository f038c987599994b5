"""Files of pages: drawn a few at a time, each few by fresh workers, and put together."""

from dataclasses import replace

from sanitizer.confinement.seccomp import SyscallAllowance
from sanitizer.kinds import Kind
from sanitizer.media import LAYERS, PDF, PNG
from sanitizer.outcome import FileReason, FileRefused, Removed
from sanitizer.report import Count
from sanitizer.rules import ContentRules, LinkRules, Links
from sanitizer.sampling import sampled_pages
from sanitizer.session import Passage, Redrawn
from sanitizer.shared_memory import Parcel
from sanitizer.treatment.compared import compare_looks, looks_of
from sanitizer.treatment.single import single_file

NO_LINKS = ContentRules(links=LinkRules(action=Links.TEXT))

# Drawn at once: at 200 dots per inch so many A4 pages are 90 MB of pixels.
PAGES_AT_ONCE = 8


def as_pages(passage: Passage, kind: Kind, source: Parcel) -> Redrawn:
    """Return the pages as they look, with their words to be searched."""
    return _pages(passage, kind, source, words=1)


def pages_without_words(passage: Passage, kind: Kind, source: Parcel) -> Redrawn:
    """Return the pages as they look, and no more."""
    passage.report.removed[Removed.WORDS] += 1
    without_links = replace(passage.profile, rules=NO_LINKS)
    return _pages(replace(passage, profile=without_links), kind, source, words=0)


def _pages(passage: Passage, kind: Kind, source: Parcel, *, words: int) -> Redrawn:
    """Draw the pages a few at a time, each few by fresh workers, and put them together."""
    drawn: list[bytes] = []
    seen: list[bytes] = []
    done, total = 0, 1
    while done < total:
        with (
            passage.stage(
                "decode",
                source,
                SyscallAllowance.FONTS,
                kind=kind,
                first=done,
                count=PAGES_AT_ONCE,
                words=words,
                password=passage.password,
                max_pixels=passage.profile.limits.max_pixels,
                **passage.profile.rules.parameters(),
            ) as decoded,
            passage.stage("encode", decoded.body, media=LAYERS) as encoded,
        ):
            if done == 0:
                total = decoded.report.counts[Count.PAGES_BEFORE]
                passage = with_time_for(total, passage)
            drawn.append(encoded.body.read())
            if passage.compares and (
                chosen := [n - done for n in sampled_pages(total) if 0 <= n - done < PAGES_AT_ONCE]
            ):
                seen.append(looks_of(passage, decoded.body, chosen=chosen))
        if sum(map(len, drawn)) > passage.profile.limits.max_bytes:
            raise FileRefused(FileReason.TOO_LARGE)
        done += PAGES_AT_ONCE
    redrawn = _bound(b"".join(drawn), total, passage)
    if passage.compares:
        compare_looks(passage, b"".join(seen), redrawn, chosen=sampled_pages(total))
    return redrawn


def _bound(layers: bytes, total: int, passage: Passage) -> Redrawn:
    """Put pages that are drawn and encoded together as one file."""
    with (
        Parcel.of(layers) as parcel,
        passage.stage("encode", parcel, media=PDF) as encoded,
    ):
        if encoded.report.counts[Count.PAGES_AFTER] != total:
            raise FileRefused(FileReason.CHECK_FAILED)
        return Redrawn(PDF, encoded.body.read())


def with_time_for(pages: int, passage: Passage) -> Passage:
    """Return `passage` with as much more time as so many pages take, whoever has counted them."""
    limits = passage.profile.limits
    if not 0 < pages <= limits.max_pages:
        raise FileRefused(FileReason.TOO_MANY_PARTS)
    return passage.with_more_time(pages * limits.seconds_per_page)


def scan_pages(passage: Passage, kind: Kind, source: Parcel) -> Redrawn:
    """Return a TIFF of one page as a picture, one of several as a PDF."""
    try:
        return single_file(PNG)(passage, kind, source)
    except FileRefused as refusal:
        if refusal.reason is not FileReason.TOO_MANY_PARTS:
            raise
    return as_pages(passage, kind, source)
