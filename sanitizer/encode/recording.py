"""Sound and film: what ffmpeg encoded, put into containers as we write them."""

from collections.abc import Sequence

from sanitizer.encode.ogg import encode_ogg
from sanitizer.encode.packets import opus_packets, vp8_frames
from sanitizer.encode.webm import encode_webm
from sanitizer.intermediate import MalformedIntermediate, Member, Record


def encode_recording(records: Sequence[Record]) -> bytes:
    """Return a file of the members "sound" (Opus in Ogg) and "film" (VP8 in IVF) in `records`."""
    parts = {part.name: bytes(part.data) for part in records if isinstance(part, Member)}
    packets = opus_packets(parts["sound"]) if "sound" in parts else []
    if "film" in parts:
        return encode_webm(*vp8_frames(parts["film"]), packets)
    if not packets:
        raise MalformedIntermediate("neither sound nor film")
    return encode_ogg(packets)
