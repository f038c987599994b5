"""The documents of the demo, as town halls send them: made here, byte by byte, without an office.

What must not cross is in them: a macro, who wrote it, a password.
"""

import io
import zipfile
from collections.abc import Mapping
from typing import Final

import pyzipper

AUTHOR: Final = "minato-hq-0417"  # in the properties: a trace to look for
MACRO: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"Sub AutoOpen() Shell calc " * 40
PASSWORD: Final = "bousai-2026"  # noqa: S105 - of a file that the demo makes

_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_VBA: Final = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
_WORD: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def document(*paragraphs: str) -> bytes:
    """Return a Word document (docx), with properties that name its author."""
    text = "".join(f"<w:p><w:r><w:t>{each}</w:t></w:r></w:p>" for each in paragraphs)
    body = f"<w:body>{text}</w:body>"
    properties = f"{_PACKAGE}/metadata/core-properties"
    creator = "http://purl.org/dc/elements/1.1/"
    return _package(
        {
            "_rels/.rels": _relations(
                (f"{_OFFICE}/officeDocument", "word/document.xml"),
                (f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
            ),
            "word/document.xml": f'<w:document xmlns:w="{_WORD}">{body}</w:document>',
            "docProps/core.xml": f'<c:coreProperties xmlns:c="{properties}" xmlns:d="{creator}">'
            f"<d:creator>{AUTHOR}</d:creator></c:coreProperties>",
        }
    )


def workbook(rows: list[list[str]]) -> bytes:
    """Return an Excel workbook with a macro (xlsm), such as staff improve together."""
    cells = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    sheet = f"<sheetData>{cells}</sheetData>"
    return _package(
        {
            "_rels/.rels": _relations((f"{_OFFICE}/officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>'
            '<sheet name="物資" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": _relations(
                (f"{_OFFICE}/worksheet", "worksheets/sheet1.xml"), (_VBA, "vbaProject.bin")
            ),
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_SHEET}">{sheet}</worksheet>',
            "xl/vbaProject.bin": MACRO,
        }
    )


def rich_text(text: str) -> bytes:
    """Return what old word processors write (RTF): only LibreOffice reads it."""
    escaped = "".join(f"\\u{ord(c) - (65536 if ord(c) > 32767 else 0)}?" for c in text)
    return f"{{\\rtf1\\ansi\\uc1 {escaped}\\par}}".encode("ascii")


def locked(name: str, content: bytes) -> bytes:
    """Return a ZIP that opens with `PASSWORD` (AES, as people send lists of names)."""
    file = io.BytesIO()
    with pyzipper.AESZipFile(file, "w", pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as made:
        made.setpassword(PASSWORD.encode())
        made.writestr(name, content)
    return file.getvalue()


def _cell(text: str) -> str:
    if text.isdecimal():
        return f"<c><v>{text}</v></c>"
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


def _relations(*relations: tuple[str, str]) -> str:
    rows = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(relations, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{rows}</Relationships>'


def _package(parts: Mapping[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", f'<Types xmlns="{_PACKAGE}/content-types"/>')
        for name, part in parts.items():
            made.writestr(name, part)
    return file.getvalue()
