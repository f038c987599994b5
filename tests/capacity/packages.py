"""Attacks on archives, mails, tables, texts, sound and film."""

import struct
from collections.abc import Iterator

from sanitizer.encode.archive import encode_archive
from sanitizer.encode.mail import encode_mail
from sanitizer.encode.ogg import encode_ogg
from sanitizer.encode.webm import encode_webm
from sanitizer.intermediate import IntermediateText, Member
from sanitizer.media import CSV, EML, OGG, TEXT, WEBM, ZIP
from tests.capacity.attack import Attack, Channel, DoesNotFit
from tests.capacity.documents import as_kanji

ARCHIVE = encode_archive([Member("a.txt", b"a\r\n")])
MAIL = encode_mail([IntermediateText("a\n")])
# Ten seconds.
PACKETS, FRAMES = 500, 300
KEY = b"\x10\0\0\x9d\x01\x2a\x40\0\x30\0"
BETWEEN = b"\x11\0\0"


def attacks() -> Iterator[Attack]:
    yield Attack(ZIP, "behind the end", lambda cargo: ARCHIVE + cargo)
    yield Attack(ZIP, "in a comment", _commented)
    yield Attack(ZIP, "between members", _between)
    yield Attack(EML, "behind the end", lambda cargo: MAIL + cargo)
    yield Attack(EML, "in a header", _headed)
    yield Attack(
        EML, "between parts", lambda cargo: MAIL.replace(b"\r\n\r\n", b"\r\n\r\n" + cargo, 1)
    )
    yield Attack(TEXT, "in characters nobody sees", lambda cargo: _unseen(cargo).encode())
    yield Attack(TEXT, "in text", lambda cargo: as_kanji(cargo).encode(), Channel.WORDS)
    yield Attack(
        CSV,
        "in characters nobody sees",
        lambda cargo: ("\ufeff" + _unseen(cargo) + "\r\n").encode(),
    )
    yield Attack(CSV, "in quotes that are not needed", _quoted)
    yield Attack(OGG, "behind the end", lambda cargo: encode_ogg([bytes((0xFC,)) * 160]) + cargo)
    yield Attack(OGG, "in longer packets, ten seconds", _longer, Channel.RATE)
    yield Attack(OGG, "instead of sound, ten seconds", _instead, Channel.RATE)
    yield Attack(WEBM, "behind the end", lambda cargo: _film([b""] * FRAMES) + cargo)
    yield Attack(WEBM, "behind the frames, ten seconds of 64 by 48", _behind_frames, Channel.RATE)


def _commented(cargo: bytes) -> bytes:
    if len(cargo) > 0xFFFF:
        raise DoesNotFit
    return ARCHIVE[:-2] + struct.pack("<H", len(cargo)) + cargo


def _between(cargo: bytes) -> bytes:
    at = ARCHIVE.index(b"PK\1\2")
    end = ARCHIVE[-6:-2]
    place = int.from_bytes(end, "little") + len(cargo)
    return ARCHIVE[:at] + cargo + ARCHIVE[at:-6] + place.to_bytes(4, "little") + ARCHIVE[-2:]


def _headed(cargo: bytes) -> bytes:
    return b"X-Cargo: " + cargo.hex().encode() + b"\r\n" + MAIL


def _unseen(cargo: bytes) -> str:
    """Return cargo as tags, which nothing shows."""
    return "あ" + "".join(chr(0xE0000 + (byte >> 1)) for byte in cargo)


def _quoted(cargo: bytes) -> bytes:
    bits = [byte >> place & 1 for byte in cargo for place in range(8)]
    return ("\ufeff" + "".join('"a"\r\n' if bit else "a\r\n" for bit in bits)).encode()


def _packets(cargo: bytes, size: int) -> list[bytes]:
    if len(cargo) > PACKETS * size:
        raise DoesNotFit
    each = [cargo[at : at + size] for at in range(0, len(cargo), size)]
    return [b"\xfc" + piece for piece in each]


def _longer(cargo: bytes) -> bytes:
    return encode_ogg(_packets(cargo, 1274))


def _instead(cargo: bytes) -> bytes:
    return encode_ogg([packet.ljust(160, b"\0") for packet in _packets(cargo, 159)])


def _film(behind: list[bytes]) -> bytes:
    frames = [(BETWEEN if number % 150 else KEY) + more for number, more in enumerate(behind)]
    return encode_webm(64, 48, [frame.ljust(20, b"\0") for frame in frames], [])


def _behind_frames(cargo: bytes) -> bytes:
    size = -(-len(cargo) // FRAMES)
    return _film([cargo[at * size : (at + 1) * size] for at in range(FRAMES)])
