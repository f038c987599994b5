"""Times as people of a place write them.  Unless they say otherwise the place is Japan."""

import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

JAPAN: Final = "Asia/Tokyo"
# Nine hours, without summer time since 1951: true also where the system has no list of places.
_JST: Final = datetime.timezone(datetime.timedelta(hours=9), "JST")


def zone_named(name: str) -> datetime.tzinfo:
    """Return the time zone of that name (IANA).  Raises `ValueError`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if name == JAPAN:
            return _JST
        raise ValueError(f"{name} is no time zone, such as {JAPAN} or UTC") from None


def ms_of(time: datetime.datetime, zone: datetime.tzinfo) -> int:
    """Return a time of the clock on the wall there, in milliseconds since 1970."""
    return int(time.replace(tzinfo=zone).timestamp() * 1000)


def day_of(day: datetime.date, zone: datetime.tzinfo) -> tuple[int, int]:
    """Return when a day begins there and when the next one does, in milliseconds since 1970."""
    start = datetime.datetime.combine(day, datetime.time())
    return ms_of(start, zone), ms_of(start + datetime.timedelta(days=1), zone)


def written_time(at: int, zone: datetime.tzinfo) -> str:
    """Return a time (milliseconds since 1970) as it is written there, to the millisecond."""
    try:
        time = datetime.datetime.fromtimestamp(at / 1000, zone)
    except (OverflowError, ValueError, OSError):
        return str(at)  # what no calendar can write, and only a log that lies says
    return time.isoformat(sep=" ", timespec="milliseconds")
