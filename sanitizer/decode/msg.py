"""An Outlook message (.msg): read as what it is, and handed on as the mail it would have been.

Its OLE2 file holds a stream for each property, and a storage for each recipient, attachment and
message within.  Whatever is no name, address, date, word or file is not looked at; OLE objects
stay behind.  Source: [MS-OXMSG], [MS-OXPROPS].
"""

import io
import struct
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage

import olefile

from sanitizer import charset, intermediate
from sanitizer.decode.mail import decode_mail
from sanitizer.outcome import FileReason, FileRefused, Removed
from sanitizer.report import Report
from sanitizer.rules import DEFAULT_RULES, ContentRules

SUBJECT, BODY, HTML, RTF = 0x0037, 0x1000, 0x1013, 0x1009
# Who really sent it, else for whom; the address for the net, else whatever address there is.
SENDER = ((0x0C1A, (0x5D01, 0x0C1F)), (0x0042, (0x5D02, 0x0065)))
RECIPIENT, RECIPIENT_ADDRESS, RECIPIENT_TYPE = 0x3001, (0x39FE, 0x3003), 0x0C15
SENT, DELIVERED = 0x0039, 0x0E06
CODE_PAGE = (0x3FDE, 0x3FFD)
LONG_NAME, SHORT_NAME, DATA = 0x3707, 0x3704, 0x3701
HEADERS = {1: "To", 2: "Cc"}  # a blind copy is nobody else's business

_FIXED = struct.Struct("<HHI8s")
# The head of the fixed properties: of the whole, of a message within, of a part of either.
HEAD_BYTES = (32, 24, 8)
FIRST_FILE_TIME = datetime(1601, 1, 1, tzinfo=UTC)
CODE_PAGES = {932: "cp932", 1252: "cp1252", 50220: charset.ISO_2022_JP, 51932: "euc_jis_2004"}
MAX_DEPTH = 4
NO_WORDS = "(この本文はリッチテキスト形式のため、読み取れませんでした。)\n"

_Path = tuple[str, ...]


def decode_msg(
    untrusted: bytes, report: Report, rules: ContentRules = DEFAULT_RULES
) -> Iterator[intermediate.Record]:
    """Yield what `sanitizer.decode.mail` does of the same message."""
    try:
        with olefile.OleFileIO(io.BytesIO(untrusted)) as file:
            mail = _Message(file, (), 0, report).composed()
    except OSError:  # what olefile calls its faults
        raise FileRefused(FileReason.BROKEN) from None
    return decode_mail(mail.as_bytes(), report, rules)


class _Properties:
    """The properties in one storage."""

    def __init__(self, file: olefile.OleFileIO, path: _Path, head_bytes: int) -> None:
        self._file = file
        self._path = path
        self._fixed = dict(self._read_fixed(head_bytes))
        pages = (self._fixed.get(tag) for tag in CODE_PAGE)
        page = next((struct.unpack("<I", value[:4])[0] for value in pages if value), 0)
        self._codec = CODE_PAGES.get(page)

    def _read_fixed(self, head_bytes: int) -> Iterator[tuple[int, bytes]]:
        data = self._stream("__properties_version1.0")[head_bytes:]
        whole = len(data) // _FIXED.size * _FIXED.size
        for _, tag, _, value in _FIXED.iter_unpack(data[:whole]):
            yield tag, value

    def _stream(self, name: str) -> bytes:
        path = [*self._path, name]
        return self._file.openstream(path).read() if self._file.exists("/".join(path)) else b""

    def number(self, tag: int) -> int:
        return int.from_bytes(self._fixed.get(tag, b"")[:4], "little")

    def date(self, tag: int) -> datetime | None:
        ticks = int.from_bytes(self._fixed.get(tag, b""), "little")  # of 100 nanoseconds
        try:
            return FIRST_FILE_TIME + timedelta(microseconds=ticks // 10) if ticks else None
        except OverflowError:
            return None

    def data(self, tag: int) -> bytes:
        return self._stream(f"__substg1.0_{tag:04X}0102")

    def text(self, tag: int) -> str:
        wide = self._stream(f"__substg1.0_{tag:04X}001F")
        text = wide.decode("utf-16-le", "replace") if wide else self._narrow(tag)
        return text.rstrip("\0").encode("utf-8", "replace").decode()

    def _narrow(self, tag: int) -> str:
        data = self._stream(f"__substg1.0_{tag:04X}001E").rstrip(b"\0")
        if self._codec is not None:
            return data.decode(self._codec, "replace")
        return charset.decode(data) or data.decode("ascii", "replace")

    def line(self, tag: int) -> str:
        return " ".join(self.text(tag).split())

    def address(self, name: int, addresses: tuple[int, ...]) -> Address | None:
        """Return the first of `addresses` that is one, with its `name`."""
        for tag in addresses:
            try:
                return Address(self.line(name), addr_spec=self.line(tag))
            except (
                ValueError,
                IndexError,
            ):  # what `email` calls none; inside Exchange it is a path
                continue
        return None


class _Message:
    """A message, which may be within another."""

    def __init__(self, file: olefile.OleFileIO, path: _Path, depth: int, report: Report) -> None:
        if depth > MAX_DEPTH:
            raise FileRefused(FileReason.TOO_DEEP)
        self._file = file
        self._path = path
        self._depth = depth
        self._report = report
        self._of = _Properties(file, path, HEAD_BYTES[1 if depth else 0])

    def composed(self) -> EmailMessage:
        mail = EmailMessage()
        of = self._of
        mail["Subject"] = of.line(SUBJECT)
        for header, addresses in self._addresses().items():
            if addresses:
                mail[header] = addresses
        if (date := of.date(SENT) or of.date(DELIVERED)) is not None:
            mail["Date"] = date
        self._write(mail)
        for storage in self._storages("__attach_version1.0_#"):
            self._attach(mail, storage)
        return mail

    def _addresses(self) -> Mapping[str, list[Address]]:
        senders = (self._of.address(*sender) for sender in SENDER)
        found: dict[str, list[Address]] = {"From": [], "To": [], "Cc": []}
        found["From"] += [sender for sender in senders if sender is not None][:1]
        for storage in self._storages("__recip_version1.0_#"):
            recipient = _Properties(self._file, storage, HEAD_BYTES[2])
            address = recipient.address(RECIPIENT, RECIPIENT_ADDRESS)
            header = HEADERS.get(recipient.number(RECIPIENT_TYPE))
            if address is not None and header is not None:
                found[header].append(address)
        return found

    def _write(self, mail: EmailMessage) -> None:
        words = self._of.text(BODY)
        page = self._of.text(HTML) or charset.decode(self._of.data(HTML)) or ""
        if words or not page:
            is_rich = not words and bool(self._of.data(RTF))
            mail.set_content(NO_WORDS if is_rich else words or "\n")
        else:
            mail.set_content(page, subtype="html")

    def _attach(self, mail: EmailMessage, storage: _Path) -> None:
        of = _Properties(self._file, storage, HEAD_BYTES[2])
        within = (*storage, f"__substg1.0_{DATA:04X}000D")
        name = of.line(LONG_NAME) or of.line(SHORT_NAME) or "attachment"
        if self._file.exists("/".join((*within, "__properties_version1.0"))):
            inner = _Message(self._file, within, self._depth + 1, self._report)
            mail.add_attachment(inner.composed())
        elif data := of.data(DATA):
            mail.add_attachment(data, "application", "octet-stream", filename=name)
        else:  # an OLE object, or the address of a file elsewhere
            self._report.removed[Removed.EMBEDDED_FILE] += 1

    def _storages(self, prefix: str) -> list[_Path]:
        depth = len(self._path)
        found = {
            tuple(path[: depth + 1])
            for path in self._file.listdir(streams=False, storages=True)
            if tuple(path[:depth]) == self._path
            and path[depth : depth + 1] != []
            and path[depth].startswith(prefix)
        }
        return sorted(found)
