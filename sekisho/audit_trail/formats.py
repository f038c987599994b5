"""Records for programs of others: CSV, JSON lines, syslog (RFC 5424) and CEF.

Whatever stands in a record was chosen by people or by a relay that lies: no value ends a field,
a line or a record early.  Every form has the log's name and the index, by which a collector
knows a record that it was given twice.
"""

import csv
import datetime
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sekisho.audit_trail import words
from sekisho.audit_trail.names import Names
from sekisho.audit_trail.queries import Record
from sekisho.audit_trail.sentences import sentence_of

# Facility 13 of RFC 5424 is "log audit".
_FACILITY: Final = 13
_CRITICAL, _WARNING, _NOTICE, _INFO = 2, 4, 5, 6
_SEVERITIES: Final[Mapping[str, int]] = {
    "lane.halted": _CRITICAL,
    "link.refused": _WARNING,
    "event.barred": _WARNING,
    "lane.resumed": _NOTICE,
    "consent.given": _NOTICE,
    "hold.viewed": _NOTICE,
    "stage.started": _NOTICE,
    "stage.stopped": _NOTICE,
    "policy.read": _NOTICE,
    "keys.changed": _NOTICE,
    "epoch.began": _NOTICE,
}
# CEF counts from 0 to 10, upwards.
_CEF_SEVERITIES: Final = {_CRITICAL: 10, _WARNING: 7, _NOTICE: 5, _INFO: 3}
# The number that RFC 5612 keeps for examples: we have none of our own.
_SD_ID: Final = "sekisho@32473"
# Who and where it happened, and to what.
_MEMBERS: Final = (
    *("log", "idx", "ev", "lane", "from", "epoch", "seq", "id", "notice", "about"),
    *("room", "kind", "node", "actor", "frontend", "approvers", "decision", "reason", "rule"),
    *("policy_sha256", "keyring_sha256", "in_sha256", "out_seq", "out_sha256"),
    *("attached", "changes"),
)
_SD_MEMBERS: Final = tuple(each for each in _MEMBERS if each != "ev")  # which is the message's id
_CSV_MEMBERS: Final = ("t", "host", "proc", *_MEMBERS, "files")
CSV_COLUMNS: Final = ("time", *_CSV_MEMBERS, "person", "room_name", "frontend_name", "file_names")
# A spreadsheet takes a cell that begins with one of these for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

# Characters that would break a line, or a terminal, shown as their pictures instead.
_PICTURES: Final = (
    {code: 0x2400 + code for code in range(32)}
    | {127: 0x2421}
    | dict.fromkeys((0x85, 0x2028, 0x2029), 0x2424)
)


@dataclass(frozen=True, slots=True)
class FormatContext:
    """What a form needs beside the record: the place whose clock it tells, and names."""

    zone: datetime.tzinfo = datetime.UTC
    names: Names = field(default_factory=Names)


LineFormat = Callable[[Record, FormatContext], str]


def json_line(record: Record, context: FormatContext) -> str:  # noqa: ARG001 - all forms are called alike
    """Return the record as it is, on one line."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"


def csv_head() -> str:
    """Return the first line of a CSV file."""
    return _csv_line(CSV_COLUMNS)


def csv_line(record: Record, context: FormatContext) -> str:
    """Return the record as a line of CSV (RFC 4180), with names where they are known.

    A cell that a spreadsheet would run as a formula begins with an apostrophe.
    """
    names = context.names
    cells = [_time_of(record, context.zone), *(_cell(record.get(each)) for each in _CSV_MEMBERS)]
    actor = record.get("actor")
    named = (
        names.person(actor) if actor is not None else "",
        names.label(record.get("room")),
        names.label(record.get("frontend")),
        ", ".join(filter(None, (names.label(each.get("fid")) for each in _files(record)))),
    )
    return _csv_line([*cells, *named])


def syslog_line(record: Record, context: FormatContext) -> str:
    """Return the record as a syslog message (RFC 5424), on one line."""
    severity = _severity(record)
    head = (
        f"<{_FACILITY * 8 + severity}>1",
        _utc(record),
        _printable(record.get("host"), 255),
        "sekisho",
        _printable(record.get("proc"), 128),
        _printable(record.get("ev"), 32),
    )
    said = [
        f'{member}="{_escaped(value, _SD)}"'
        for member in _SD_MEMBERS
        for value in _values(record.get(member))
    ]
    said += [
        f'file="{_escaped(json.dumps(each, ensure_ascii=False), _SD)}"' for each in _files(record)
    ]
    if (person := context.names.key.people.get(str(record.get("actor")))) is not None:
        said.append(f'person="{_escaped(context.names.called(person), _SD)}"')
    return f"{' '.join(head)} [{' '.join([_SD_ID, *said])}] \ufeff{_message(record)}\n"


def cef_line(record: Record, context: FormatContext) -> str:
    """Return the record as an event of CEF, version 0, on one line."""
    event = str(record.get("ev"))
    severity = str(_CEF_SEVERITIES[_severity(record)])
    title = words.told(words.OCCURRENCES, event, "en")
    parts = ("Sekisho", "sekisho", record.get("ver", ""), event, title, severity)
    head = "|".join(_escaped(part, _CEF_HEAD) for part in parts)
    extension = " ".join(
        f"{name}={_escaped(value, _CEF_VALUE)}" for name, value in _cef_members(record, context)
    )
    return f"CEF:0|{head}|{extension}\n"


def _cef_members(record: Record, context: FormatContext) -> Iterator[tuple[str, object]]:
    files = _files(record)[:1]
    plain = {
        "rt": record.get("t"),
        "dvchost": record.get("host"),
        "deviceProcessName": record.get("proc"),
        "externalId": record.get("idx"),
        "act": record.get("decision"),
        "reason": record.get("reason"),
        "suid": record.get("actor"),
        "suser": context.names.key.people.get(str(record.get("actor"))),
        "requestClientApplication": record.get("frontend"),
        "fileId": next((each.get("fid") for each in files), None),
        "fileHash": next((each.get("sha256_out") for each in files), None),
        "oldFileHash": next((each.get("sha256_in") for each in files), None),
        "msg": _message(record),
    }
    yield from ((name, value) for name, value in plain.items() if value is not None)
    custom = ("id", "room", "rule", "policy_sha256", "kind", "log")
    for place, member in enumerate(custom, start=1):
        if (value := record.get(member)) is not None:
            yield f"cs{place}", value
            yield f"cs{place}Label", member


FORMATS: Final[Mapping[str, LineFormat]] = {
    "csv": csv_line,
    "jsonl": json_line,
    "syslog": syslog_line,
    "cef": cef_line,
}

# What each form wants to have before it, or instead.
_SD: Final = {ord(each): f"\\{each}" for each in '\\"]'} | _PICTURES
_CEF_HEAD: Final = _PICTURES | {ord("\\"): "\\\\", ord("|"): "\\|"}
_CEF_VALUE: Final = _PICTURES | {
    ord("\\"): "\\\\",
    ord("="): "\\=",
    ord("\n"): "\\n",
    ord("\r"): "\\r",
}


def _escaped(value: object, table: Mapping[int, int | str]) -> str:
    return str(value).translate(table)


def _message(record: Record) -> str:
    return sentence_of(record, "en").translate(_PICTURES)


def _severity(record: Record) -> int:
    if record.get("ev") == "event.released" and record.get("decision") in ("held", "refused"):
        return _NOTICE
    return _SEVERITIES.get(str(record.get("ev")), _INFO)


def _printable(value: object, length: int) -> str:
    """Return a field of a syslog header: visible ASCII, and a dash for nothing."""
    text = "".join(each if "!" <= each <= "~" else "-" for each in str(value or "-"))
    return text[:length]


def _utc(record: Record) -> str:
    text = _time_of(record, datetime.UTC)
    return text.replace("+00:00", "Z") if text else "-"


def _time_of(record: Record, zone: datetime.tzinfo) -> str:
    t = record.get("t")
    if not isinstance(t, int):
        return ""
    try:
        return datetime.datetime.fromtimestamp(t / 1000, zone).isoformat(timespec="milliseconds")
    except (OverflowError, ValueError, OSError):
        return ""


def _values(value: object) -> list[object]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _files(record: Record) -> list[dict[str, Any]]:
    return [each for each in _values(record.get("files")) if isinstance(each, dict)]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        has_parts = any(isinstance(each, dict | list) for each in value)
        return json.dumps(value, ensure_ascii=False) if has_parts else ", ".join(map(str, value))
    return str(value)


def _csv_line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    row = [f"'{each}" if each.startswith(_FORMULA) else each for each in cells]
    csv.writer(line).writerow(row)
    return line.getvalue()
