"""Entries of the schedule as a calendar that other programs read (iCalendar, RFC 5545).  Pure.

Times are written in UTC.  An entry for whole days has the dates they have in Japan.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from wire.items import AgendaEntry
from zone.copy.states import EntryState

JST = timezone(timedelta(hours=9))

# A line of iCalendar has at most 75 octets (RFC 5545, 3.1); its continuation begins with a space.
MAX_OCTETS = 75
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_PARTSTAT = {"yes": "ACCEPTED", "no": "DECLINED", "maybe": "TENTATIVE", "waiting": "NEEDS-ACTION"}


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """An entry with what stands around it."""

    item: str
    content: AgendaEntry
    state: EntryState
    changed_at: int


def write_calendar(name: str, entries: Iterable[CalendarEntry], names: Mapping[str, str]) -> bytes:
    """Return a calendar; `names` are those of the people who are invited, by their ids."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Sekisho//Sekisho//JA",
        f"X-WR-CALNAME:{_text(name)}",
        *(line for entry in entries for line in _event(entry, names)),
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def _event(entry: CalendarEntry, names: Mapping[str, str]) -> Iterator[str]:
    content = entry.content
    yield "BEGIN:VEVENT"
    yield f"UID:{entry.item}"
    yield f"DTSTAMP:{_utc(entry.changed_at)}"
    yield from _span(content)
    yield f"SUMMARY:{_text(content.title or '')}"
    if content.place:
        yield f"LOCATION:{_text(content.place)}"
    if content.text:
        yield f"DESCRIPTION:{_text(content.text)}"
    for reply, status in _PARTSTAT.items():
        for user in getattr(entry.state, reply):
            who = names.get(user, user)
            yield f"ATTENDEE;CN={_parameter(who)};PARTSTAT={status}:urn:sekisho:{user}"
    yield "END:VEVENT"


def _span(content: AgendaEntry) -> Iterator[str]:
    starts, ends = content.starts or 0, content.ends or 0
    if content.all_day:
        # The end is the first day that is no longer part of it.
        last = _in_japan(ends - 1) + timedelta(days=1)
        yield f"DTSTART;VALUE=DATE:{_in_japan(starts):%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{last:%Y%m%d}"
    else:
        yield f"DTSTART:{_utc(starts)}"
        yield f"DTEND:{_utc(ends)}"


def _in_japan(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, JST)


def _utc(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    """Return a value of type TEXT (RFC 5545, 3.3.11)."""
    plain = _CONTROLS.sub("", text.replace("\r\n", "\n"))
    escaped = plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\n", "\\n")


def _parameter(text: str) -> str:
    """Return the value of a parameter, which has no way to write a quote (RFC 5545, 3.2)."""
    return '"' + _CONTROLS.sub("", text).replace('"', "'").replace("\n", " ") + '"'


def _folded(line: str) -> bytes:
    """Return a line folded between characters, never inside one."""
    pieces, piece = list[str](), ""
    room = MAX_OCTETS
    for character in line:
        size = len(character.encode())
        if size > room:
            pieces.append(piece)
            piece, room = " ", MAX_OCTETS - 1
        piece += character
        room -= size
    return "\r\n".join([*pieces, piece, ""]).encode()
