"""PNG pictures of one pixel, as our own writer makes them and as it never would."""

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def header(width: int = 1, height: int = 1) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))


PIXELS = chunk(b"IDAT", zlib.compress(b"\2\x7f"))
END = chunk(b"IEND", b"")
PNG = SIGNATURE + header() + PIXELS + END
WITH_A_COMMENT = SIGNATURE + header() + chunk(b"tEXt", b"Comment\0payload") + PIXELS + END
WITH_A_PRIVATE_CHUNK = SIGNATURE + header() + chunk(b"prVt", b"payload") + PIXELS + END
WITH_A_TAIL = PNG + b"PK\x03\x04 an archive"
WITH_A_BOMB = SIGNATURE + header(65_535, 65_535) + PIXELS + END
WITH_PIXELS_TO_SPARE = (
    SIGNATURE + header() + chunk(b"IDAT", zlib.compress(b"\0\x7f" + b"payload")) + END
)
WITH_BYTES_BEHIND_THE_PIXELS = (
    SIGNATURE + header() + chunk(b"IDAT", zlib.compress(b"\2\x7f") + b"payload") + END
)
WITH_A_WRONG_CHECKSUM = PNG[:-20] + bytes([PNG[-20] ^ 1]) + PNG[-19:]
CUT_SHORT = PNG[:-4]
WITH_NO_STREAM = SIGNATURE + header() + chunk(b"IDAT", b"payload") + END
