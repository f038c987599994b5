"""The directory of a ZIP, read so strictly that two readers cannot see two different archives.

The record at the end is at the very end, the directory before it, the members before that: one
after the other from the first byte on, with no gap, no overlap and no second opinion in their own
headers.  Source: APPNOTE.TXT 6.3.10, 4.3 and 4.4.
"""

import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from sanitizer import charset
from sanitizer.decode import zip_lock
from sanitizer.decode.zip_lock import Lock, lock_of
from sanitizer.outcome import FileReason, FileRefused

END = struct.Struct("<4s4H2IH")
CENTRAL = struct.Struct("<4s6H3I5H2I")
LOCAL = struct.Struct("<4s5H3I2H")

STORED, DEFLATED = 0, 8
SIZES_LATER, UTF_8 = 1 << 3, 1 << 11
MAX_MEMBERS = 2000


@dataclass(frozen=True, slots=True)
class ZipMember:
    """A member as the directory describes it.  Sizes in bytes, `start` is where its data begins."""

    name: str
    method: int
    checksum: int
    packed: int
    unpacked: int
    start: int
    lock: Lock | None


def entries(untrusted: bytes) -> list[ZipMember]:
    """Return the members of an archive, or raise `Refused`."""
    try:
        return _entries(untrusted)
    except (struct.error, UnicodeDecodeError):
        raise FileRefused(FileReason.BROKEN) from None


def contents(untrusted: bytes, entry: ZipMember, limit: int, password: str = "") -> bytes:
    """Return what `entry` holds, never unpacking more than `limit` bytes.

    Of a locked one nobody can always tell a wrong password from broken data: it is `ENCRYPTED`.
    """
    packed = untrusted[entry.start : entry.start + entry.packed]
    if entry.unpacked > limit:
        raise FileRefused(FileReason.TOO_LARGE)
    if entry.lock is None:
        return _unpacked(packed, entry)
    for spelling in zip_lock.spellings(password):
        deciphered = zip_lock.decipher(packed, entry.lock, spelling)
        if deciphered is not None:
            with suppress(FileRefused):
                return _unpacked(deciphered, entry)
    raise FileRefused(FileReason.ENCRYPTED)


def _unpacked(packed: bytes, entry: ZipMember) -> bytes:
    data = packed if entry.method == STORED else _inflated(packed, entry.unpacked)
    is_proven = entry.lock is not None and entry.lock.is_aes  # and has no checksum (AE-2)
    if len(data) != entry.unpacked or not (is_proven or zlib.crc32(data) == entry.checksum):
        raise FileRefused(FileReason.BROKEN)
    return data


def _inflated(packed: bytes, size: int) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = inflater.decompress(packed, size + 1)
    except zlib.error:
        raise FileRefused(FileReason.BROKEN) from None
    if not inflater.eof or inflater.unused_data:
        raise FileRefused(FileReason.BROKEN)
    return data


def _entries(untrusted: bytes) -> list[ZipMember]:
    end_at = untrusted.rfind(b"PK\5\6")
    if end_at < 0:
        raise FileRefused(FileReason.BROKEN)
    _, disk, first, here, count, size, at, comment = END.unpack_from(untrusted, end_at)
    whole = end_at + END.size + comment == len(untrusted)
    if not whole or (disk, first) != (0, 0) or here != count or at + size != end_at:
        raise FileRefused(FileReason.BROKEN)
    if count > MAX_MEMBERS:
        raise FileRefused(FileReason.TOO_MANY_PARTS)
    found = list(_central(untrusted, at, end_at))
    if len(found) != count:
        raise FileRefused(FileReason.BROKEN)
    _check_contiguous(untrusted, found, at)
    return [entry for entry, _ in found]


def _central(untrusted: bytes, at: int, end: int) -> Iterator[tuple[ZipMember, int]]:
    """Yield each entry with the offset of its own header."""
    while at < end:
        (
            mark,
            _,
            _,
            flags,
            method,
            time,
            _,
            checksum,
            packed,
            unpacked,
            *lengths,
            disk,
            _,
            _,
            offset,
        ) = CENTRAL.unpack_from(untrusted, at)
        name_length, extra_length, comment_length = lengths
        if mark != b"PK\1\2" or disk != 0:
            raise FileRefused(FileReason.BROKEN)
        name_at = at + CENTRAL.size
        raw_name = untrusted[name_at : name_at + name_length]
        extra_at = name_at + name_length
        extra = untrusted[extra_at : extra_at + extra_length]
        start, own_extra = _local(untrusted, offset, raw_name, flags, method)
        check = time >> 8 if flags & SIZES_LATER else checksum >> 24
        lock, packing = lock_of(flags, method, check, extra)
        if packing not in (STORED, DEFLATED):
            raise FileRefused(FileReason.BROKEN)
        if (lock, packing) != lock_of(flags, method, check, own_extra):
            raise FileRefused(FileReason.BROKEN)
        name = _name(raw_name, flags)
        yield ZipMember(name, packing, checksum, packed, unpacked, start, lock), offset
        at = extra_at + extra_length + comment_length


def _local(untrusted: bytes, at: int, name: bytes, flags: int, method: int) -> tuple[int, bytes]:
    """Return where the data begins and the extra fields before it.

    The member's own header must say the same as the directory.
    """
    mark, _, own_flags, own_method, *_, name_length, extra_length = LOCAL.unpack_from(untrusted, at)
    name_at = at + LOCAL.size
    own_name = untrusted[name_at : name_at + name_length]
    if (mark, own_flags, own_method, own_name) != (b"PK\3\4", flags, method, name):
        raise FileRefused(FileReason.BROKEN)
    extra_at = name_at + name_length
    return extra_at + extra_length, untrusted[extra_at : extra_at + extra_length]


def _check_contiguous(
    untrusted: bytes, found: list[tuple[ZipMember, int]], directory_at: int
) -> None:
    """Demand that the members fill the archive from its first byte to its directory."""
    at = 0
    for entry, header_at in sorted(found, key=lambda pair: pair[1]):
        if header_at != at:
            raise FileRefused(FileReason.BROKEN)
        at = entry.start + entry.packed
        own_flags = LOCAL.unpack_from(untrusted, header_at)[2]
        if own_flags & SIZES_LATER:
            at += _descriptor_bytes(untrusted, at, entry)
    if at != directory_at:
        raise FileRefused(FileReason.BROKEN)


def _descriptor_bytes(untrusted: bytes, at: int, entry: ZipMember) -> int:
    """Return how long the sizes are that follow a member: with or without a mark of their own."""
    sizes = struct.pack("<3I", entry.checksum, entry.packed, entry.unpacked)
    for descriptor in (b"PK\7\x08" + sizes, sizes):
        if untrusted.startswith(descriptor, at):
            return len(descriptor)
    raise FileRefused(FileReason.BROKEN)


def _name(raw: bytes, flags: int) -> str:
    """Return a name in UTF-8 where the archive says so, else as a Japanese Windows wrote it."""
    if flags & UTF_8 or raw.isascii():
        return raw.decode("utf-8")
    return raw.decode(charset.detect(raw) or "cp932")
