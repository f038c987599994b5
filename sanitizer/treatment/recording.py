"""Sound and film: decoded by one ffmpeg, encoded by another, put into a container by us.

    survey ──▶ ffprobe ──▶ ffmpeg ──▶ ffmpeg ──▶ encode ──▶ check

Here nothing of the file is looked into.
"""

from sanitizer import intermediate
from sanitizer.intermediate import Member
from sanitizer.kinds import Kind
from sanitizer.media import OGG, WEBM
from sanitizer.outcome import FileReason, FileRefused
from sanitizer.outside import recordings
from sanitizer.session import Passage, Redrawn
from sanitizer.shared_memory import Parcel

SOUND, FILM = "sound", "film"

# On one slow processor a second of film at 1280 x 720 takes four to encode.
SECONDS_PER_SECOND = 6.0


def recorded_anew(passage: Passage, kind: Kind, source: Parcel) -> Redrawn:
    """Return sound as Ogg with Opus, film as WebM with VP8 and Opus."""
    if not recordings.is_installed():
        raise FileRefused(FileReason.PROGRAM_MISSING)
    launcher, max_bytes = passage.jail.launcher, passage.profile.limits.max_bytes
    passage.stage("survey", source, kind=kind, password="", max_bytes=max_bytes).body.close()
    found = recordings.probed(launcher, source, passage.seconds_for(source))
    passage = passage.with_more_time(found.seconds * SECONDS_PER_SECOND)
    seconds = passage.seconds_for(source) + found.seconds * SECONDS_PER_SECOND
    parts = []
    if found.has_sound:
        parts.append(Member(SOUND, recordings.sound(launcher, source, found, seconds)))
    if found.has_film:
        parts.append(Member(FILM, recordings.film(launcher, source, found, seconds)))
    if not parts:
        raise FileRefused(FileReason.BROKEN)
    media = WEBM if found.has_film else OGG
    packed = b"".join(bytes(piece) for part in parts for piece in intermediate.pack(part))
    with Parcel.of(packed) as parcel, passage.stage("encode", parcel, media=media) as encoded:
        return Redrawn(media, encoded.body.read())
