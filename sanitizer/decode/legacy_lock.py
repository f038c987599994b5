"""The locks on doc and xls: streams enciphered one by one within the OLE2 file.

RC4 with 40 bits and with CryptoAPI, and Excel's exclusive-or.  That of a ppt is seen and stays
shut: LibreOffice does not load what msoffcrypto 6.1 makes of one.  Source: [MS-OFFCRYPTO] 2.3.5 to
2.3.7.
"""

import io
import struct
from types import SimpleNamespace

from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError
from msoffcrypto.format import doc97, ppt97, xls97

from sanitizer.kinds import Kind
from sanitizer.outcome import FileReason, FileRefused, Removed
from sanitizer.report import Report

FORMATS = {Kind.DOC: doc97.Doc97File, Kind.XLS: xls97.Xls97File, Kind.PPT: ppt97.Ppt97File}

# Under this Excel enciphers a workbook that is protected against editing: it opens for anyone.
NO_PASSWORD = "VelvetSweatshop"  # noqa: S105 - published in [MS-OFFCRYPTO] 2.4.2.3

# What msoffcrypto runs into where a file is not as it should be.
UNREADABLE = (
    AssertionError,
    AttributeError,
    FileFormatError,
    IndexError,
    KeyError,
    OSError,
    TypeError,
    ValueError,
    struct.error,
)


def unlock_legacy(kind: Kind, untrusted: bytes, password: str, report: Report) -> bytes:
    """Return the file without its lock, as untrusted as before; empty if it has none.

    Raises `Refused` with `ENCRYPTED` where `password` does not open it.  A file in which no lock
    can be found is for LibreOffice to judge, which is told no password.
    """
    try:
        locked = FORMATS[kind](io.BytesIO(untrusted))
        if not locked.is_encrypted():
            return b""
    except UNREADABLE:
        return b""
    if kind is Kind.PPT:
        raise FileRefused(FileReason.ENCRYPTED)
    plain = io.BytesIO()
    try:
        locked.load_key(password=password or NO_PASSWORD)
        locked.decrypt(plain)
    except (DecryptionError, InvalidKeyError, *UNREADABLE):
        raise FileRefused(FileReason.ENCRYPTED) from None
    report.removed[Removed.ENCRYPTION] += 1
    return plain.getvalue()


def keep_in_memory() -> None:
    """Have msoffcrypto put nothing on a disk, which in the jail it cannot."""
    for module in (doc97, ppt97, xls97):
        module.tempfile = SimpleNamespace(TemporaryFile=io.BytesIO)
