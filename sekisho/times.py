"""Times as people at a terminal read them."""

import datetime


def shown_time(at: int) -> str:
    """Return a time in milliseconds since 1970 in the local time of this host, ISO 8601."""
    utc = datetime.datetime.fromtimestamp(at / 1000, datetime.UTC)
    return utc.astimezone().isoformat(timespec="seconds")
