"""The lock on an Office file: an OLE2 file around the package, enciphered whole.

Only what becomes docx, xlsx and pptx is opened (ECMA-376, agile and standard encryption); doc, xls
and ppt are not rebuilt, locked or not.  Source: [MS-OFFCRYPTO] 2.3.4.
"""

import io
from xml.dom.minidom import parseString

from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError
from msoffcrypto.format.ooxml import OOXMLFile
from msoffcrypto.method.ecma376_standard import ECMA376Standard

from sanitizer.outcome import FileReason, FileRefused, Removed
from sanitizer.report import Report

# With this Excel locks a workbook that is only protected against changes, and opens it unasked.
# Source: [MS-OFFCRYPTO] 2.3.7.1 (write protection) and Excel itself.
DEFAULT_PASSWORD = "VelvetSweatshop"  # noqa: S105 - everybody's


def unlock_office(untrusted: bytes, password: str, max_bytes: int, report: Report) -> bytes:
    """Return the package within, as untrusted as before, or raise `Refused`.

    That it is a ZIP is what tells a right password: msoffcrypto 6.1 fails to verify SHA-1 hashes,
    which Office 2010 writes.
    """
    for candidate in filter(None, (password, DEFAULT_PASSWORD)):
        package = io.BytesIO()
        try:
            locked = OOXMLFile(io.BytesIO(untrusted))
            locked.load_key(candidate)
            locked.decrypt(package)
        # A wrong password; a lock of another make, by rights management, or without a password.
        except (InvalidKeyError, DecryptionError, FileFormatError, IndexError):
            continue
        if package.tell() > max_bytes:
            raise FileRefused(FileReason.TOO_LARGE)
        report.removed[Removed.ENCRYPTION] += 1
        return package.getvalue()
    raise FileRefused(FileReason.ENCRYPTED)


def rehearse() -> None:
    """Load what is loaded when the first lock is opened: in the jail it cannot be."""
    parseString("<encryption/>")  # noqa: S318 - these words are ours
    ECMA376Standard.decrypt(bytes(16), io.BytesIO(bytes(24)))
