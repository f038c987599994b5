"""What an encoder wrote, taken out of its container: Opus packets of Ogg, VP8 frames of IVF.

The encoder never saw the hostile file; whatever is not as ours writes it is `Malformed` all the
same.  Source: RFC 3533 (Ogg), RFC 7845 (Opus in it), RFC 6716 3.1, RFC 6386 9.1.
"""

import struct

from sanitizer.intermediate import MalformedIntermediate

# Twenty milliseconds of stereo sound, one frame a packet: what ours is told to write.
TWENTY_MS = {1, 5, 9, 13, 15, 19, 23, 27, 31}
# 64 kbit/s.
PACKET_BYTES = 160

PAGE = struct.Struct("<4sBBqIIIB")
LAST_OF_PACKET = 255
IVF = struct.Struct("<4sHH4sHHIIII")
IVF_FRAME = struct.Struct("<IQ")


def opus_packets(ogg: bytes) -> list[bytes]:
    """Return the packets of sound in `ogg`, each 20 ms long, without the two headers."""
    packets = _packets(ogg)
    if len(packets) < 3 or packets[0][:8] != b"OpusHead" or packets[1][:8] != b"OpusTags":
        raise MalformedIntermediate("not Opus")
    for packet in packets[2:]:
        if len(packet) != PACKET_BYTES or packet[0] & 3 or packet[0] >> 3 not in TWENTY_MS:
            raise MalformedIntermediate("not a packet of ours")
    return packets[2:]


def _packets(ogg: bytes) -> list[bytes]:
    packets, begun, at = [], b"", 0
    while at < len(ogg):
        if at + PAGE.size > len(ogg):
            raise MalformedIntermediate("page cut short")
        magic, *_, segments = PAGE.unpack_from(ogg, at)
        if magic != b"OggS":
            raise MalformedIntermediate("not a page")
        lengths = ogg[at + PAGE.size : at + PAGE.size + segments]
        at += PAGE.size + segments
        for length in lengths:
            begun += ogg[at : at + length]
            at += length
            if length < LAST_OF_PACKET:
                packets.append(begun)
                begun = b""
    if at != len(ogg) or begun:
        raise MalformedIntermediate("packet cut short")
    return packets


def vp8_frames(ivf: bytes) -> tuple[int, int, list[bytes]]:
    """Return width, height and the frames, the first of which is a key frame."""
    if len(ivf) < IVF.size:
        raise MalformedIntermediate("header cut short")
    magic, _, header, codec, width, height, *_ = IVF.unpack_from(ivf)
    if (magic, header, codec) != (b"DKIF", IVF.size, b"VP80"):
        raise MalformedIntermediate("not VP8")
    frames, at = [], IVF.size
    while at < len(ivf):
        if at + IVF_FRAME.size > len(ivf):
            raise MalformedIntermediate("frame cut short")
        length, _ = IVF_FRAME.unpack_from(ivf, at)
        at += IVF_FRAME.size + length
        if length < 4 or at > len(ivf):
            raise MalformedIntermediate("frame cut short")
        frames.append(ivf[at - length : at])
    if not frames or not is_key(frames[0]):
        raise MalformedIntermediate("no key frame to begin with")
    return width, height, frames


def is_key(frame: bytes) -> bool:
    return frame[0] & 1 == 0
