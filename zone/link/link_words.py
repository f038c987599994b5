"""What people are told of the links, in Japanese and in English.  Pure.

    相手側との接続が切れています。12:03 から。3 件が待っています
    The other side is not connected. Since 12:03. 3 are waiting

The time is that of Japan; a day that is not today's stands before it.
"""

from datetime import datetime

from zone.copy.link_views import LinkWords
from zone.items.calendar import JST


def link_words(since: int | None, waiting: int, *, now: int) -> LinkWords:
    """Return the words for links that are down since a time, in milliseconds, or (None) up."""
    if since is None:
        return LinkWords("相手側とつながっています", "The other side is connected")
    at, today = (datetime.fromtimestamp(ms / 1_000, JST) for ms in (since, now))
    is_today = at.date() == today.date()
    when_ja = f"{at:%H:%M}" if is_today else f"{at.month}月{at.day}日 {at:%H:%M}"
    when_en = f"{at:%H:%M}" if is_today else f"{at:%Y-%m-%d %H:%M}"
    ja = f"相手側との接続が切れています。{when_ja} から"
    en = f"The other side is not connected. Since {when_en}"
    if waiting:
        ja = f"{ja}。{waiting} 件が待っています"
        en = f"{en}. {waiting} {'is' if waiting == 1 else 'are'} waiting"
    return LinkWords(ja, en)
