"""Files as people have them, and folders of them."""

import hashlib
from pathlib import Path

from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher

from tests.sanitizer.samples import encoded, exif_with_gps, gradient, zipped

EXE = b"MZ" + bytes(300)
PHOTO = encoded(gradient(), "JPEG", exif=exif_with_gps())


def put(folder: Path, **files: bytes) -> Path:
    """Put files, whose names have `__` for a slash and `_` for a dot, into `folder`."""
    for name, data in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def within(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if not p.is_dir())


def docm(words: str) -> bytes:
    """A document of one line, with a macro."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    vba = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"

    def relationship(kind: str, target: str) -> bytes:
        return (
            f'<Relationships xmlns="{package}/relationships">'
            f'<Relationship Id="rId1" Type="{kind}" Target="{target}"/></Relationships>'
        ).encode()

    text = f"<w:body><w:p><w:r><w:t>{words}</w:t></w:r></w:p></w:body>"
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>'.encode(),
            "_rels/.rels": relationship(f"{office}/officeDocument", "word/document.xml"),
            "word/document.xml": f'<w:document xmlns:w="{word}">{text}</w:document>'.encode(),
            "word/_rels/document.xml.rels": relationship(vba, "vbaProject.bin"),
            "word/vbaProject.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        }
    )


def locked_pdf(password: bytes) -> bytes:
    """An empty page behind `password`, with 40-bit RC4: ISO 32000-1, 7.6.3, algorithms 2 to 4."""
    padding = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
    padded = (password + padding)[:32]
    identifier, permissions = bytes(16), -4
    owner = _rc4(_md5(padded)[:5], padded)
    seed = padded + owner + permissions.to_bytes(4, "little", signed=True) + identifier
    user = _rc4(_md5(seed)[:5], padding)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>",
        b"<</Filter/Standard/V 1/R 2/P %d/O<%s>/U<%s>>>"
        % (permissions, owner.hex().encode(), user.hex().encode()),
    ]
    data, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj%s endobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return data + (
        b"xref\n0 5\n0000000000 65535 f \n%s"
        b"trailer<</Size 5/Root 1 0 R/Encrypt 4 0 R/ID[<%s><%s>]>>"
        b"\nstartxref\n%d\n%%%%EOF\n"
    ) % (table, identifier.hex().encode(), identifier.hex().encode(), len(data))


def _rc4(key: bytes, data: bytes) -> bytes:
    return Cipher(ARC4(key), mode=None).encryptor().update(data)


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()
