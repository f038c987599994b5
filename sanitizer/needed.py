"""Which kinds need a program that is not ours, and how to get it.  Words only."""

from dataclasses import dataclass

from sanitizer.kinds import Kind


@dataclass(frozen=True, slots=True)
class Needed:
    """A program, and the Debian packages it comes in."""

    name: str
    packages: str


LIBREOFFICE = Needed(
    "LibreOffice",
    "libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui",
)
FFMPEG = Needed("ffmpeg", "ffmpeg")

SOUND_AND_FILM = frozenset(
    {Kind.MP4, Kind.MP3, Kind.WAV, Kind.OGG, Kind.FLAC, Kind.WEBM, Kind.AVI, Kind.ASF}
)


def needed_for(kind: Kind) -> Needed:
    """Return what a file of `kind` is given to, of those kinds that are given to any."""
    return FFMPEG if kind in SOUND_AND_FILM else LIBREOFFICE
