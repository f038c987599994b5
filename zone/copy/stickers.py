"""The stickers (スタンプ) that ship with the product.  Only their names cross."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from msgspec import Struct

SET = "sekisho"
_DRAWINGS = Path(__file__).with_name("drawings")


class _Title(NamedTuple):
    ja: str
    en: str


class Sticker(Struct, frozen=True):
    """A drawing, by the name under which it is said, and what it says."""

    id: str
    ja: str
    en: str


_TITLES = {
    "ok": _Title("了解", "Understood"),
    "thanks": _Title("ありがとう", "Thank you"),
    "good-work": _Title("お疲れさま", "Good work"),
    "checking": _Title("確認中", "Looking into it"),
    "urgent": _Title("至急", "Urgent"),
    "safe": _Title("無事", "Safe"),
    "help": _Title("助けて", "Help"),
    "on-my-way": _Title("向かっています", "On my way"),
    "done": _Title("完了", "Done"),
    "wait": _Title("少し待って", "One moment"),
    "question": _Title("質問", "A question"),
    "rain": _Title("雨に注意", "Mind the rain"),
    "sorry": _Title("すみません", "Sorry"),
    "phone": _Title("電話します", "I will phone"),
    "morning": _Title("おはようございます", "Good morning"),
    "home": _Title("在宅勤務", "Working from home"),
}
STICKERS: Mapping[str, Sticker] = MappingProxyType(
    {f"{SET}/{name}": Sticker(f"{SET}/{name}", *title) for name, title in _TITLES.items()}
)


def sticker_drawing(sticker: str) -> bytes | None:
    """Return a sticker as SVG, or None if there is none of that name."""
    if sticker not in STICKERS:
        return None
    return (_DRAWINGS / f"{sticker.partition('/')[2]}.svg").read_bytes()
