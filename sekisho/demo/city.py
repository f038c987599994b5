"""The small city of the demo: who works there, on which networks, and which rooms they have.

Only data.  Staff come by a list as the personnel office keeps it, guests by an invitation.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sekisho_client.people import RoomKind, Zone

ZoneName = Zone

CITY: Final = "みなと市"
NEIGHBOUR: Final = "あおば市"

# Staff first: whoever opens the rooms must have seen the guests come.
ZONES: Final[tuple[ZoneName, ...]] = ("lgwan", "internet")


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One of the staff, as a line of the list says it; `section` is a path from the top."""

    key: str
    number: str
    name: str
    kana: str
    section: str
    title: str
    telephone: str
    zones: Literal["両方", "lgwan"] = "両方"
    duties: str = ""
    city: str = CITY


@dataclass(frozen=True, slots=True)
class RoomPlan:
    """A room, who opens it and who else is in it."""

    key: str
    name: str
    topic: str
    icon: str
    colour: str
    owner: str
    members: tuple[str, ...]
    scope: Literal["shared", "lgwan-only"] = "shared"
    kind: RoomKind = "talk"


PEOPLE: Final = (
    DemoPerson(
        "mayor", "0001", "藤原 誠一", "ふじわら せいいち", "市長室", "市長", "090-0000-0001"
    ),
    DemoPerson(
        "chief",
        "1001",
        "髙橋 健",
        "たかはし けん",
        "危機管理部／防災課",
        "課長",
        "090-0000-1001",
        duties="broadcast、sponsor、records",
    ),
    DemoPerson(
        "shelter", "1002", "伊藤 葵", "いとう あおい", "危機管理部／防災課", "主事", "090-0000-1002"
    ),
    DemoPerson(
        "welfare",
        "2001",
        "鈴木 恵子",
        "すずき けいこ",
        "福祉部／福祉課",
        "係長",
        "03-0000-2001",
        "lgwan",
    ),
    DemoPerson(
        "care", "2002", "渡邉 翔", "わたなべ しょう", "福祉部／福祉課", "主任", "090-0000-2002"
    ),
    DemoPerson(
        "general", "3001", "中村 由美", "なかむら ゆみ", "総務部／総務課", "課長", "03-0000-3001"
    ),
    DemoPerson(
        "clerk",
        "3002",
        "小林 大輔",
        "こばやし だいすけ",
        "総務部／総務課",
        "主事",
        "090-0000-3002",
        "lgwan",
    ),
    DemoPerson(
        "operator",
        "4001",
        "山田 玲",
        "やまだ れい",
        "総務部／情報政策課",
        "主査",
        "03-0000-4001",
        "lgwan",
    ),
    DemoPerson(
        "ally",
        "5001",
        "佐々木 望",
        "ささき のぞみ",
        "防災課",
        "課長",
        "090-0000-5001",
        city=NEIGHBOUR,
    ),
)

GUEST: Final = "supplier"
GUEST_NAME, GUEST_KANA, GUEST_FIRM = "北川 進", "きたがわ すすむ", "みなと備蓄(株)"
DESK: Final = "desk"  # the shared account, 代表アカウント
DESK_NAME, DESK_STAFF = "防災課（代表）", ("chief", "shelter")
BOT, BOT_NAME = "bot", "庶務の案内"

ROOMS: Final = (
    RoomPlan(
        "storm",
        "台風10号 対策",
        "避難所の開設と物資",
        "typhoon",
        "blue",
        "chief",
        ("mayor", "shelter", "welfare", "care", "general", GUEST, DESK),
    ),
    RoomPlan(
        "shelters",
        "避難所 現地報告",
        "写真と状況",
        "camera",
        "green",
        "shelter",
        ("chief", "welfare", "care"),
    ),
    RoomPlan(
        "inside",
        "総務課 庁内",
        "LGWANの中だけ",
        "lock",
        "gray",
        "general",
        ("clerk", "mayor"),
        scope="lgwan-only",
    ),
    RoomPlan(
        "board",
        "庁内掲示板",
        "お知らせ",
        "board",
        "orange",
        "general",
        ("shelter", "welfare", "care", "clerk"),
        kind="board",
    ),
    RoomPlan(
        "enquiries",
        "総務 なんでも相談",
        "案内が答えます",
        "question",
        "purple",
        "general",
        ("shelter", "welfare", BOT),
    ),
    RoomPlan(
        "cities",
        "二市合同 防災会議",
        f"{CITY}と{NEIGHBOUR}",
        "handshake",
        "teal",
        "chief",
        ("shelter", "welfare", "ally"),
        kind="group",
    ),
)


def is_guest(key: str) -> bool:
    """Return whether somebody is from outside."""
    return key == GUEST


def staff_list(people: Sequence[DemoPerson]) -> bytes:
    """Return the list of staff as Excel writes it here: CSV in Shift_JIS (CP932)."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(
        ["職員番号", "氏名", "フリガナ", "所属", "役職", "電話番号", "利用ネットワーク", "権限"]
    )
    for each in people:
        writer.writerow(
            [
                each.number,
                each.name,
                each.kana,
                each.section,
                each.title,
                each.telephone,
                each.zones,
                each.duties,
            ]
        )
    return file.getvalue().encode("cp932")
