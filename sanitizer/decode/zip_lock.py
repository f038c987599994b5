"""The lock on a ZIP member: ZipCrypto, and AES as WinZip and 7-Zip write it.

Which bytes are a member's is settled by `sanitizer.decode.zip_directory`; here they are only
deciphered.  Nothing is ever locked here.
Source: APPNOTE.TXT 6.3.10, 6.1; WinZip, "AES Encryption Information" 1.04 (AE-1 and AE-2).
"""

import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import SimpleNamespace

from pyzipper.zipfile import BadZipFile, CRCZipDecrypter
from pyzipper.zipfile_aes import AESZipDecrypter

from sanitizer.outcome import FileReason, FileRefused

ENCRYPTED, STRONG, MASKED = 1 << 0, 1 << 6, 1 << 13

# The method of a member behind AES; what is behind it is packed by the one its field names.
AES = 99
_FIELD = struct.Struct("<HHH2sBH")  # 0x9901, length, version, vendor, strength, method
_FIELD_TAG = 0x9901

# Bytes before the data, by strength: 0 ZipCrypto; 1 to 3 AES of 128, 192 and 256 bits, whose salt
# is followed by two bytes that tell most wrong passwords.
_HEAD_BYTES = (12, 8 + 2, 12 + 2, 16 + 2)
_SEAL_BYTES = 10  # after the data, AES only: HMAC-SHA1, cut

# "rehearsal" opens it, and nothing is inside.
_REHEARSAL = bytes.fromhex("6505826d080ac2a879d4d74d5395aaacf6235706")


@dataclass(frozen=True, slots=True)
class Lock:
    """`strength` as in the AES field, 0 for ZipCrypto, whose header ends in `check`."""

    strength: int
    check: int

    @property
    def is_aes(self) -> bool:
        return self.strength > 0


def lock_of(flags: int, method: int, check: int, extra: bytes) -> tuple[Lock | None, int]:
    """Return a member's lock, None if it has none, and the method it is packed by behind it."""
    if flags & (STRONG | MASKED):  # PKWARE's own, which takes a licence
        raise FileRefused(FileReason.ENCRYPTED)
    if method == AES and flags & ENCRYPTED:
        strength, method = _aes_field(extra)
        return Lock(strength, 0), method
    return Lock(0, check) if flags & ENCRYPTED else None, method


def _aes_field(extra: bytes) -> tuple[int, int]:
    """Return strength and method from the one field in `extra` that says them."""
    fields, at = [], 0
    while at + 4 <= len(extra):
        tag, size = struct.unpack_from("<HH", extra, at)
        if tag == _FIELD_TAG:
            fields.append(extra[at : at + 4 + size])
        at += 4 + size
    if len(fields) != 1 or len(fields[0]) != _FIELD.size:
        raise FileRefused(FileReason.BROKEN)
    _, _, version, vendor, strength, method = _FIELD.unpack(fields[0])
    if version not in (1, 2) or vendor != b"AE" or strength not in (1, 2, 3):
        raise FileRefused(FileReason.BROKEN)
    return strength, method


def spellings(password: str) -> Iterator[bytes]:
    """Yield the bytes that `password` may have been for whoever locked the archive.

    No standard says.  Windows programs in Japan take CP932, others UTF-8.
    """
    for encoding in ("utf-8", "cp932") if not password.isascii() else ("ascii",):
        with suppress(UnicodeEncodeError):
            if password:
                yield password.encode(encoding)


def decipher(untrusted: bytes, lock: Lock, password: bytes) -> bytes | None:
    """Return the packed bytes behind `lock`, None if `password` is known not to open it.

    ZipCrypto takes 1 wrong password in 256 for right: the checksum has the last word.
    """
    head, seal = _HEAD_BYTES[lock.strength], _SEAL_BYTES if lock.is_aes else 0
    data_end = len(untrusted) - seal
    if data_end < head:
        raise FileRefused(FileReason.BROKEN)
    # As much as the decrypters read of the entry in pyzipper's own directory.
    entry = SimpleNamespace(
        filename="",
        wz_aes_strength=lock.strength,
        use_datadescripter=False,
        CRC=lock.check << 24,
    )
    try:
        if not lock.is_aes:
            old_cipher = CRCZipDecrypter(entry, password, untrusted[:head])
            return bytes(old_cipher.decrypt(untrusted[head:]))
        cipher = AESZipDecrypter(entry, password, untrusted[:head])
        data = bytes(cipher.decrypt(untrusted[head:data_end]))
        cipher.check_hmac(untrusted[data_end:])
    except (RuntimeError, BadZipFile):  # pyzipper's words for a wrong password, and a broken seal
        return None
    return data


def rehearse() -> None:
    """Load what is loaded when the first lock is opened: in the jail it cannot be."""
    decipher(_REHEARSAL, Lock(1, 0), b"rehearsal")
