"""Files of one piece: decoded and encoded, and nothing in them is a file of its own."""

from collections.abc import Callable, Mapping

from sanitizer import intermediate
from sanitizer.confinement.seccomp import SyscallAllowance
from sanitizer.intermediate import Mode, Picture, Record
from sanitizer.jail import StageResult
from sanitizer.kinds import Kind
from sanitizer.media import GIF, JPEG, PNG
from sanitizer.outcome import FileReason, FileRefused
from sanitizer.session import Passage, Redrawn
from sanitizer.shared_memory import Parcel
from sanitizer.treatment.compared import compare_looks, looks_of

# Takes the passage, the kind, the file; returns the new file, which has yet to pass the check.
Treatment = Callable[[Passage, Kind, Parcel], Redrawn]

PICTURES = (JPEG, PNG, GIF)

# libde265 decodes in a thread of its own, however few it is told to start.
ALLOWANCES: Mapping[Kind, SyscallAllowance] = {
    Kind.HEIC: SyscallAllowance.THREADS,
    Kind.SVG: SyscallAllowance.FONTS,
}


def single_file(media: str) -> Treatment:
    """Return the treatment of a file that is decoded and encoded as one file of type `media`."""
    return _single(lambda _: media)


def _single(media_for: Callable[[Parcel], str]) -> Treatment:
    """Return the treatment; `media_for` says of what is decoded as which type it is encoded."""

    def treat(passage: Passage, kind: Kind, source: Parcel) -> Redrawn:
        max_pixels = passage.profile.limits.max_pixels
        allowance = ALLOWANCES.get(kind, SyscallAllowance.NOTHING)
        with (
            passage.stage("decode", source, allowance, kind=kind, max_pixels=max_pixels) as decoded,
            passage.stage(
                "encode", decoded.body, media=(media := media_for(decoded.body))
            ) as encoded,
        ):
            redrawn = Redrawn(media, encoded.body.read())
            if media in PICTURES and passage.compares:
                compare_looks(passage, looks_of(passage, decoded.body), redrawn)
            return redrawn

    return treat


def _as_it_was_stored(decoded: Parcel) -> str:
    """Return JPEG for a picture that has lost something already and has no transparency, else PNG.

    WebP itself is written by nobody here: only a decoder could follow its coded pixels to their
    end.
    """
    try:
        found = next(intermediate.unpack(memoryview(decoded.read())), None)
    except intermediate.MalformedIntermediate:
        raise FileRefused(FileReason.BROKEN) from None
    if not isinstance(found, Picture):
        raise FileRefused(FileReason.BROKEN)
    return JPEG if found.quality > 0 and found.mode is not Mode.RGBA else PNG


web_picture: Treatment = _single(_as_it_was_stored)


def records_of(decoded: StageResult) -> list[Record]:
    """Return what a decoder found within a file.  It saw the file, so it may say anything."""
    try:
        return list(intermediate.unpack(memoryview(decoded.body.read())))
    except intermediate.MalformedIntermediate:
        raise FileRefused(FileReason.BROKEN) from None
