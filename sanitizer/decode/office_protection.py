"""Protection against editing: kept without its password, or removed, as the profile says.

It is no lock: whoever opens the file may undo it.  But its password is often used elsewhere too,
and can be guessed from its hash at leisure, so that hash never crosses; nor may anything else hide
in its place.  Source: ECMA-376 part 1, 17.15.1.29, 18.3.1.85, 18.2.29; [MS-OFFCRYPTO] 2.3.7.
"""

from lxml import etree

from sanitizer.decode.office_parse import SHEET, SLIDE, WORD
from sanitizer.outcome import Removed
from sanitizer.report import Report
from sanitizer.rules import Keeping

PROTECTIONS = (
    *(f"{{{WORD}}}{name}" for name in ("documentProtection", "writeProtection")),
    *(f"{{{SHEET}}}{name}" for name in ("sheetProtection", "workbookProtection", "fileSharing")),
    f"{{{SHEET}}}protectedRange",
)
# Nothing but a hash.
ONLY_HASH = f"{{{SLIDE}}}modifyVerifier"
# Each attribute whose name ends so holds one; the vocabulary has none of them.
HASHES = ("hash", "hashvalue", "password")


def loosen(root: etree._Element, protection: Keeping, report: Report) -> None:
    """Count the hashes below `root`, and remove the protections if they are to go."""
    for element in list(root.iter(*PROTECTIONS, ONLY_HASH)):
        names = [str(key).lower() for key, value in element.items() if value]
        if element.tag == ONLY_HASH or any(name.endswith(HASHES) for name in names):
            report.removed[Removed.PASSWORD_HASH] += 1
        parent = element.getparent()
        if protection is Keeping.REMOVE and parent is not None and element.tag != ONLY_HASH:
            report.removed[Removed.PROTECTION] += 1
            parent.remove(element)
