"""Hostile texts, tables, mails and archives: polyglots, programs, hidden bits, formulas, bombs."""

import io
import struct
import zipfile
from collections.abc import Iterator
from itertools import permutations

from tests.sanitizer.hostile import Case
from tests.sanitizer.hostile_ordinary import mail, plain
from tests.sanitizer.office_files import packed
from tests.sanitizer.samples import CANARY, encoded, gradient, zipped

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
_HEADERS = """
    Received Bcc Reply-To Message-ID In-Reply-To References X-Canary List-Unsubscribe X-Mailer
    Disposition-Notification-To Return-Receipt-To Content-Base Content-Location Thread-Index
    DKIM-Signature Comments Keywords Organization X-Originating-IP Sender Resent-From
"""
_PROGRAMS = """
    a.exe a.js a.hta a.lnk a.scr a.bat a.ps1 a.jar a.vbs a.iso a.xll a.one a.chm a.wsf a.url a.reg
    a.msi a.cmd a.com a.svg.exe
"""
_BODIES = {
    "program": b"MZ\x90\0" + CANARY + bytes(60),
    "script": b"#!/bin/sh\n" + CANARY,
    "HTML": b"<html><script>" + CANARY + b"</script></html>",
    "shortcut": b"L\0\0\0\x01\x14\x02\0" + CANARY,
}
_NAMES = """
    ../../a.txt /etc/a.txt C:\\a.txt a/../../b.txt con.txt a\0.txt a\u202etxt.exe
    \uff0e\uff0e/a.txt ./.bashrc.txt a:b.txt \\\\x\\y.txt
"""


def polyglots() -> Iterator[Case]:
    ordinary = plain()
    for (one, first), (other, second) in permutations(ordinary.items(), 2):
        for name in (one, other):
            yield Case("polyglots", f"{one} before {other} as {name}", name, first + second)
    for name, data in ordinary.items():
        for wrong in ordinary:
            if wrong != name:
                yield Case("polyglots", f"{name} called {wrong}", wrong, data)
        for what, body in _BODIES.items():
            yield Case(
                "polyglots",
                f"{what} before {name}",
                name,
                body + data,
                name[2:] not in ("txt", "csv", "eml"),
            )


def texts() -> Iterator[Case]:
    bits = "".join(f"{byte:08b}" for byte in CANARY)
    for zero, one in (
        ("\u200b", "\u200c"),
        ("\ufe00", "\ufe01"),
        ("\u2060", "\u2061"),
        ("\u202a", "\u202c"),
    ):
        hidden = "".join(one if bit == "1" else zero for bit in bits)
        for encoding in ("utf-8", "utf-16", "utf-8-sig"):
            yield Case(
                "texts",
                f"bits in {zero!r} {encoding}",
                "a.txt",
                f"お{hidden}知らせ".encode(encoding),
            )
    tags = "".join(chr(0xE0000 + byte) for byte in CANARY)
    yield Case("texts", "tag characters", "a.txt", f"お{tags}知らせ".encode(), True)
    for lead in ("=", "+", "-", "@", "＝", "\t=", "\r=", " =", "\u200b=", "\ufeff=", "'=", '"='):
        for rest in ("cmd|'/c x'!A0", "HYPERLINK(1)", "1+1", "A1"):
            for encoding in ("utf-8", "cp932", "utf-16", "euc_jp"):
                cell = f"{lead}{rest}"
                if lead in "\u200b=\ufeff=" and encoding in ("cp932", "euc_jp"):
                    continue
                data = f"課,額\r\n{cell},1\r\n".encode(encoding, "replace")
                yield Case("texts", f"{cell!r} in {encoding}", "a.csv", data)
    for name in ("a.txt", "a.csv", "a.eml", "a.zip", "a.docx", "a.pdf", "a.jpg", "eicar.com"):
        yield Case("EICAR", f"as {name}", name, EICAR)
    yield Case("EICAR", "in an archive", "a.zip", zipped({"eicar.com": EICAR}))
    yield Case("EICAR", "in a picture", "a.jpg", encoded(gradient(), "JPEG") + EICAR)
    yield Case("EICAR", "in a mail", "a.eml", mail(attachments={"eicar.com": EICAR}))


def mails() -> Iterator[Case]:
    for header in _HEADERS.split():
        yield Case("mails", f"header {header}", "a.eml", mail(header), True)
    for name in _PROGRAMS.split():
        for what, body in _BODIES.items():
            yield Case("mails", f"{what} as {name}", "a.eml", mail(attachments={name: body}), True)
            yield Case(
                "archives", f"{what} as {name}", "a.zip", zipped({"a.txt": b"a", name: body}), True
            )
    letter = mail()
    yield Case("mails", "an epilogue", "a.eml", mail(attachments={"a.txt": b"x"}) + CANARY, True)
    for name, data in plain().items():
        yield Case(
            "mails",
            f"{name} twice within",
            "a.eml",
            mail(attachments={"b.eml": mail(attachments={name: data})}),
        )
        yield Case(
            "archives", f"{name} twice within", "a.zip", zipped({"b.zip": zipped({name: data})})
        )
    for depth in (3, 5, 10):
        inner = letter
        for _ in range(depth):
            inner = mail(attachments={"m.eml": inner})
        yield Case("bombs", f"mails {depth} deep", "a.eml", inner)


def archives() -> Iterator[Case]:
    yield from _bombs()
    ordinary = zipped({"a.txt": b"a", "b.txt": b"b"})
    with_comment = ordinary[:-2] + struct.pack("<H", len(CANARY)) + CANARY
    yield Case("archives", "a comment", "a.zip", with_comment, True)
    for what, cargo in {
        "before": CANARY + ordinary,
        "between": ordinary.replace(b"PK\1\2", CANARY + b"PK\1\2", 1),
    }.items():
        yield Case("archives", f"a canary {what}", "a.zip", cargo, True)
    for field in ("comment", "extra"):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            entry = zipfile.ZipInfo("a.txt")
            setattr(
                entry,
                field,
                CANARY if field == "comment" else struct.pack("<HH", 0xCAFE, len(CANARY)) + CANARY,
            )
            archive.writestr(entry, b"a")
        yield Case("archives", f"a member's {field}", "a.zip", file.getvalue(), True)
    for name in [*_NAMES.split(), 250 * "a" + ".txt"]:
        yield Case("archives", f"named {name[:20]!r}", "a.zip", zipped({name: b"a"}))
    offsets = [ordinary.index(mark) for mark in (b"PK\3\4", b"PK\1\2", b"PK\5\6")]
    for start, size in zip(offsets, (30, 46, 22), strict=True):
        for offset in range(4, size):
            for value in (0, 1, 0x7F, 0xFF):
                at = start + offset
                yield Case(
                    "archives",
                    f"byte {at} is {value}",
                    "a.zip",
                    ordinary[:at] + bytes((value,)) + ordinary[at + 1 :],
                )


def _bombs() -> Iterator[Case]:
    nested = packed({f"{n}.txt": b" " * (1 << 20) for n in range(10)})
    yield Case("bombs", "ZIP: one large", "a.zip", packed({"a.txt": b" " * (200 << 20)}))
    yield Case(
        "bombs",
        "ZIP: many large",
        "a.zip",
        packed({f"{n}.txt": b" " * (6 << 20) for n in range(30)}),
    )
    yield Case("bombs", "ZIP: many small", "a.zip", packed({f"{n}.txt": b"" for n in range(5_000)}))
    for depth in range(1, 7):
        nested = packed({f"{n}.zip": nested for n in range(4)})
        yield Case("bombs", f"ZIP: {4**depth} within {depth}", "a.zip", nested)
    yield Case("bombs", "CSV: one row of a million cells", "a.csv", b"," * 1_000_000)
    yield Case("bombs", "CSV: one quoted cell", "a.csv", b'"' + b"a" * 4_000_000)


def cases() -> Iterator[Case]:
    for group in (polyglots, texts, mails, archives):
        yield from group()
