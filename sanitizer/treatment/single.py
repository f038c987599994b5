"""Files of one piece: decoded and encoded, and nothing in them is a file of its own."""

from collections.abc import Callable, Mapping

from sanitizer import form
from sanitizer.confinement.seccomp import Allowance
from sanitizer.form import Record
from sanitizer.jail import Answer
from sanitizer.kinds import Kind
from sanitizer.media import GIF, JPEG, PNG, WEBP
from sanitizer.outcome import Reason, Refused
from sanitizer.parcel import Parcel
from sanitizer.passage import Passage, Redrawn
from sanitizer.treatment.compared import compare, looks

# Takes the passage, the kind, the file; returns the new file, which has yet to pass the check.
Treatment = Callable[[Passage, Kind, Parcel], Redrawn]

PICTURES = (JPEG, PNG, WEBP, GIF)

# libde265 decodes in a thread of its own, however few it is told to start.
ALLOWANCES: Mapping[Kind, Allowance] = {
    Kind.HEIC: Allowance.THREADS,
    Kind.SVG: Allowance.FONTS,
}


def to(media: str) -> Treatment:
    """Return the treatment of a file that is decoded and encoded as one file of type `media`."""

    def treat(passage: Passage, kind: Kind, source: Parcel) -> Redrawn:
        max_pixels = passage.profile.limits.max_pixels
        allowance = ALLOWANCES.get(kind, Allowance.NOTHING)
        with (
            passage.stage("decode", source, allowance, kind=kind, max_pixels=max_pixels) as decoded,
            passage.stage("encode", decoded.body, media=media) as encoded,
        ):
            redrawn = Redrawn(media, encoded.body.read())
            if media in PICTURES and passage.compares:
                compare(passage, looks(passage, decoded.body), redrawn)
            return redrawn

    return treat


def records(decoded: Answer) -> list[Record]:
    """Return what a decoder found within a file.  It saw the file, so it may say anything."""
    try:
        return list(form.unpack(memoryview(decoded.body.read())))
    except form.Malformed:
        raise Refused(Reason.BROKEN) from None
