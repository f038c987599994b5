"""Mutations of ZIP archives and of Office packages: headers, members, bindings, elements."""

import re
import struct
import zlib
from itertools import pairwise

from sanitizer.encode.archive import encode_archive
from sanitizer.intermediate import Member
from tests.sanitizer.mutation import CARGO, EMPTY_BLOCKS, Mutations, around, replaced
from tests.sanitizer.samples import CANARY

LOCAL, CENTRAL, END = b"PK\3\4", b"PK\1\2", b"PK\5\6"
EXTRA = struct.pack("<HH", 0xCAFE, len(CANARY)) + CANARY
NAMES = (
    "../a.txt",
    "/a.txt",
    "a/../b.txt",
    "./a.txt",
    "a//b.txt",
    "C:a.txt",
    "a\\b.txt",
    "a\0.txt",
    "a\u202etxt.exe",
    "a\u3164.txt",
    "con.txt",
    "AUX",
    "lpt1.txt",
    "folder/",
    "a.txt ",
    "a.txt.",
    " a.txt",
    ".a.txt",
    "-a.txt",
    "a:b.txt",
    "a?.txt",
    "a|.txt",
    'a".txt',
    "a<.txt",
    "か\u3099.txt",
    "a\ue000.txt",
    "a\U000e0041.txt",
    "a\n.txt",
    "a\u2028.txt",
    "a.exe",
    "a.lnk",
    "a",
    "a.TXT",
    "a" * 300 + ".txt",
    "/".join("a" * 20) + ".txt",
    "~$a.docm",
    "desktop.ini",
    "a.txt::$DATA",
)


def archive(data: bytes) -> Mutations:
    """`data`: an archive of text files."""
    yield from around(data)
    yield from _headers(data)
    members = members_of(data)
    letter = members[0].data
    for name in NAMES:
        yield f"a member named {name!r}", encode_archive([*members, Member(name, letter)])
    for member in members:
        for other in (member.name, member.name.upper(), member.name.replace("a", "ａ", 1)):
            yield f"{member.name} and {other}", encode_archive([*members, Member(other, letter)])
    for what, cargo in CARGO.items():
        if cargo.isascii() and not cargo.strip(b" \n\0"):
            cargo += b"\x1b"
        bad = Member("zz.jpg", cargo)
        yield f"{what} as a picture", encode_archive([*members, bad])


def members_of(data: bytes) -> list[Member]:
    members, at = [], 0
    while data.startswith(LOCAL, at):
        packed, _, name_length = struct.unpack_from("<IIH", data, at + 18)
        start = at + 30 + name_length
        body = zlib.decompress(data[start : start + packed], -15)
        members.append(Member(data[at + 30 : start].decode(), body))
        at = start + packed
    return members


def _headers(data: bytes) -> Mutations:
    """Change each byte of each header and not its twin; put extra fields, comments and gaps."""
    directory = data.index(CENTRAL)
    starts = _starts(data)
    central = [m.start() for m in re.finditer(re.escape(CENTRAL), data)]
    headers = [(at, 30) for at in starts] + [(at, 46) for at in central]
    for at, size in [*headers, (data.rindex(END), 22)]:
        for offset in range(size):
            for bit in (0x01, 0x10, 0x80):
                mutated = replaced(data, at + offset, bytes((data[at + offset] ^ bit,)))
                yield f"byte {offset} of the header at {at} ^ {bit:#x}", mutated
    for place, at in enumerate([*starts, directory]):
        for what, cargo in CARGO.items():
            yield f"{what} in the gap before member {place}", moved(data, at, cargo)
        packed, _, length = (
            struct.unpack_from("<IIH", data, at + 18) if at < directory else (0, 0, 0)
        )
        if packed:
            longer = struct.pack("<I", packed + len(EMPTY_BLOCKS))
            swollen = replaced(replaced(data, at + 18, longer), central[place] + 20, longer)
            yield f"empty blocks in member {place}", moved(swollen, at + 30 + length, EMPTY_BLOCKS)
    for place, (local, entry) in enumerate(zip(starts, central, strict=True)):
        (length,) = struct.unpack_from("<H", data, local + 26)
        behind = local + 30 + length
        with_extra = replaced(data, local + 28, struct.pack("<H", len(EXTRA)))
        yield f"an extra field in member {place}", moved(with_extra, behind, EXTRA)
        with_extra = replaced(data, entry + 30, struct.pack("<H", len(EXTRA)))
        yield f"an extra field in entry {place}", moved(with_extra, entry + 46 + length, EXTRA)
        with_comment = replaced(data, entry + 32, struct.pack("<H", len(CANARY)))
        yield f"a comment in entry {place}", moved(with_comment, entry + 46 + length, CANARY)
    comment = struct.pack("<H", len(CANARY)) + CANARY
    yield "a comment at the end", data[:-2] + comment
    yield "a signature", moved(data, data.rindex(END), b"PK\5\5" + comment)
    yield "a record of 64 bits", moved(data, data.rindex(END), b"PK\6\7" + bytes(16))
    for one, other in pairwise(starts):
        swapped = data[:one] + data[other:directory] + data[one:other] + data[directory:]
        yield f"members at {one} and {other} swapped", swapped


def _starts(data: bytes) -> list[int]:
    at, starts = 0, []
    while data.startswith(LOCAL, at):
        starts.append(at)
        packed, _, name_length = struct.unpack_from("<IIH", data, at + 18)
        at += 30 + name_length + packed
    return starts


def moved(data: bytes, at: int, new: bytes) -> bytes:
    """Put `new` in at `at` and make every offset and size right again."""
    mutated = bytearray(data[:at] + new + data[at:])
    end = bytes(mutated).rindex(END)
    (size, directory) = struct.unpack_from("<II", mutated, end + 12)
    if at < directory or (at == directory and new[:4] != CENTRAL):
        directory += len(new)
    else:
        size += len(new)
    struct.pack_into("<II", mutated, end + 12, size, directory)
    position = directory
    while mutated[position : position + 4] == CENTRAL:
        name, extra, note = struct.unpack_from("<3H", mutated, position + 28)
        (offset,) = struct.unpack_from("<I", mutated, position + 42)
        if offset >= at:
            struct.pack_into("<I", mutated, position + 42, offset + len(new))
        position += 46 + name + extra + note
    return bytes(mutated)
