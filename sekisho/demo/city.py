"""The small city of the demo: who works there, on which networks, and which rooms they have.

Only data.  People are made by the zone that vouches for them: staff by LGWAN, guests by
the internet.
"""

from dataclasses import dataclass
from typing import Final, Literal

ZoneName = Literal["internet", "lgwan"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as the operator of his zone enters him."""

    key: str
    name: str
    kana: str
    section: str
    title: str = ""
    kind: Literal["staff", "guest"] = "staff"
    zones: tuple[ZoneName, ...] = ("lgwan",)


@dataclass(frozen=True, slots=True)
class RoomPlan:
    """A room, who opens it and who else is in it."""

    key: str
    name: str
    topic: str
    icon: str
    owner: str
    members: tuple[str, ...]
    scope: Literal["shared", "lgwan-only"] = "shared"


# Staff first: whoever opens the rooms must have seen the guests come.
ZONES: Final[tuple[ZoneName, ...]] = ("lgwan", "internet")
BOTH: Final = ZONES

PEOPLE: Final = (
    Person("mayor", "藤原 誠一", "ふじわら せいいち", "市長室", "市長", zones=BOTH),
    Person("chief", "髙橋 健", "たかはし けん", "防災課", "課長", zones=BOTH),
    Person("shelter", "伊藤 葵", "いとう あおい", "防災課", zones=BOTH),
    Person("welfare", "鈴木 恵子", "すずき けいこ", "福祉課", "係長"),
    Person("care", "渡邉 翔", "わたなべ しょう", "福祉課", zones=BOTH),
    Person("general", "中村 由美", "なかむら ゆみ", "総務課"),
    Person("clerk", "小林 大輔", "こばやし だいすけ", "総務課"),
    Person("operator", "山田 玲", "やまだ れい", "情報政策課"),
    Person("supplier", "北川 進", "きたがわ すすむ", "みなと備蓄(株)", kind="guest",
           zones=("internet",)),
)  # fmt: skip

ROOMS: Final = (
    RoomPlan(
        "storm", "台風10号 対策", "避難所の開設と物資", "typhoon", "chief",
        ("mayor", "shelter", "welfare", "care", "general", "supplier"),
    ),
    RoomPlan("shelters", "避難所 現地報告", "写真と状況", "camera", "shelter",
             ("chief", "welfare", "care")),
    RoomPlan("inside", "総務課 庁内", "LGWANの中だけ", "lock", "general",
             ("clerk", "mayor"), scope="lgwan-only"),
)  # fmt: skip


def is_guest(key: str) -> bool:
    """Return whether somebody is from outside."""
    return next(person for person in PEOPLE if person.key == key).kind == "guest"


def admitted_by(key: str) -> ZoneName:
    """Return the zone whose operator vouches for somebody."""
    return "internet" if is_guest(key) else "lgwan"
