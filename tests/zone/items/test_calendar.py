"""Calendars that a program of others reads, and times in which people are free."""

from datetime import UTC, date, datetime

import icalendar
from hypothesis import given
from hypothesis import strategies as st

from wire.items import AgendaEntry
from zone.copy.states import EntryState
from zone.items import freebusy
from zone.items.calendar import CalendarEntry, write_calendar
from zone.items.freebusy import BusyView

NINE = int(datetime(2026, 11, 22, 9, tzinfo=UTC).timestamp() * 1000)
HOUR = 3_600_000
NOBODY = EntryState(yes=[], no=[], maybe=[], waiting=[], bookings=[])


def written(content: AgendaEntry, state: EntryState = NOBODY) -> icalendar.Event:
    entry = CalendarEntry("ev_1", content, state, NINE)
    raw = write_calendar("防災課", [entry], {"us_1": '山田 "花子"'})
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    read = icalendar.Calendar.from_ical(raw)
    assert read.errors == []
    (event,) = read.walk("VEVENT")
    assert isinstance(event, icalendar.Event)
    assert event.errors == []
    return event


def test_an_entry_is_read_as_it_was_meant() -> None:
    text = "持ち物: 筆記用具; 上履き, 名札\n" + "集合は正面玄関です。" * 30 + "\\"
    entry = AgendaEntry(
        title="訓練, 第2回; 本番", text=text, starts=NINE, ends=NINE + HOUR, place="大会議室"
    )
    event = written(entry)
    assert event["SUMMARY"] == "訓練, 第2回; 本番"
    assert event["DESCRIPTION"] == text
    assert event["LOCATION"] == "大会議室"
    assert event["UID"] == "ev_1"
    assert event.start == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert event.end == datetime(2026, 11, 22, 10, tzinfo=UTC)


def test_whole_days_are_days_in_japan() -> None:
    midnight = int(datetime(2026, 11, 21, 15, tzinfo=UTC).timestamp() * 1000)
    event = written(
        AgendaEntry(title="休庁日", starts=midnight, ends=midnight + 48 * HOUR, all_day=True)
    )
    assert (event.start, event.end) == (date(2026, 11, 22), date(2026, 11, 24))


def test_who_comes_is_told() -> None:
    state = EntryState(yes=["us_1"], no=[], maybe=[], waiting=["us_2"], bookings=[])
    event = written(AgendaEntry(title="x", starts=NINE, ends=NINE + 1000), state)
    first, second = event.attendees
    assert (first.params["CN"], first.params["PARTSTAT"]) == ("山田 '花子'", "ACCEPTED")
    assert second.params["PARTSTAT"] == "NEEDS-ACTION"


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=200))
def test_any_title_comes_back(title: str) -> None:
    plain = "".join(title.splitlines())
    assert written(AgendaEntry(title=plain, starts=NINE, ends=NINE + HOUR))["SUMMARY"] == plain


def test_who_said_no_is_free_and_who_has_not_said_perhaps_busy() -> None:
    state = EntryState(yes=["y"], no=["n"], maybe=["m"], waiting=["w"], bookings=[])
    assert freebusy.attendance("author", state) == {
        "y": "busy",
        "m": "tentative",
        "w": "tentative",
        "author": "busy",
    }


_spans = st.builds(
    lambda start, size, kind: BusyView(start, start + size, kind),
    st.integers(0, 40),
    st.integers(1, 10),
    st.sampled_from(["busy", "tentative"]),
)


@given(st.lists(_spans, max_size=8))
def test_each_moment_is_as_busy_as_the_busiest_of_what_takes_place(spans: list[BusyView]) -> None:
    found = freebusy.merged(spans, 5, 45)
    for moment in range(60):
        kinds = {s.kind for s in spans if s.starts <= moment < s.ends and 5 <= moment < 45}
        here = [s.kind for s in found if s.starts <= moment < s.ends]
        wanted = "busy" if "busy" in kinds else "tentative" if kinds else None
        assert here == ([wanted] if wanted else [])
