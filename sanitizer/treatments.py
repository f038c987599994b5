"""What is done with each kind of file, and what comes of it.

A treatment puts stages together; it looks into no file itself.
"""

from collections.abc import Callable, Mapping

from sanitizer.confinement.seccomp import Allowance
from sanitizer.kinds import Kind
from sanitizer.parcel import Parcel
from sanitizer.passage import Passage, Redrawn
from sanitizer.profile import Action

# Takes the passage, the kind, the file; returns the new file, which has yet to pass the check.
Treatment = Callable[[Passage, Kind, Parcel], Redrawn]


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
            return Redrawn(media, encoded.body.read())

    return treat


# A kind and an action that are not here are refused.
TREATMENTS: Mapping[tuple[Kind, Action], Treatment] = {
    (Kind.JPEG, Action.REBUILD): to("image/jpeg"),
    (Kind.PNG, Action.REBUILD): to("image/png"),
    (Kind.WEBP, Action.REBUILD): to("image/webp"),
    (Kind.GIF, Action.REBUILD): to("image/gif"),
    (Kind.BMP, Action.REBUILD): to("image/png"),
    (Kind.TIFF, Action.REBUILD): to("image/png"),
    (Kind.HEIC, Action.REBUILD): to("image/jpeg"),
    (Kind.AVIF, Action.REBUILD): to("image/jpeg"),
    (Kind.SVG, Action.REBUILD): to("image/png"),
    (Kind.TEXT, Action.REBUILD): to("text/plain"),
}

# What a new file of each type is called.
EXTENSIONS: Mapping[str, str] = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "text/plain": "txt",
}
