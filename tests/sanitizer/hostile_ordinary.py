"""Small ordinary files of each kind, made in code: what is hostile begins as one of them."""

from collections.abc import Mapping
from email.message import EmailMessage
from types import MappingProxyType

from tests.sanitizer.hostile_pdf import document
from tests.sanitizer.office_files import office
from tests.sanitizer.samples import CANARY, encoded, gradient, zipped

NOTHING: Mapping[str, bytes] = MappingProxyType({})
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="99"'
    ' height="99">%s</svg>'
)
PICTURES = {
    "jpg": "JPEG",
    "png": "PNG",
    "gif": "GIF",
    "webp": "WEBP",
    "bmp": "BMP",
    "tif": "TIFF",
    "avif": "AVIF",
}


def plain() -> dict[str, bytes]:
    """Return a small ordinary file of each kind, by its name."""
    return {
        **{f"a.{ext}": encoded(gradient(), name) for ext, name in PICTURES.items()},
        "a.svg": (SVG % '<rect width="50" height="50" fill="red"/>').encode(),
        "a.pdf": document(),
        **{f"a.{ext}": office(ext) for ext in ("docx", "xlsx", "pptx")},
        "a.zip": zipped({"a.txt": b"a", "b.csv": b"1,2\r\n"}),
        "a.txt": "お知らせ".encode(),
        "a.csv": "課,額\r\n土木,1\r\n".encode("cp932"),
        "a.eml": mail(),
    }


def mail(*headers: str, body: str = "本文", attachments: Mapping[str, bytes] = NOTHING) -> bytes:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "a@example.jp", "b@example.jp", "件名"
    for header in headers:
        letter[header] = CANARY.decode()
    letter.set_content(body)
    for name, data in attachments.items():
        letter.add_attachment(data, "application", "octet-stream", filename=name)
    return b"MIME-Version: 1.0\r\n" + letter.as_bytes().replace(b"MIME-Version: 1.0\n", b"", 1)
