"""What kinds of items, their fields and their words are called in Japanese and in English.

Programs show these to people; nothing is decided by them.  Each constant is the column
`labels` of one row in `wire.item_kinds.ITEMS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple


class Label(NamedTuple):
    """What something is called."""

    ja: str
    en: str

    def of(self, language: str) -> str:
        """Return it in `language`: `ja`, or English for any other."""
        return self.ja if language == "ja" else self.en


@dataclass(frozen=True, slots=True)
class KindLabels:
    """What a kind of item is called, and everything that it says.

    `fields` has every member of its struct.  `words` has, by member, every word of a closed
    list in its content, in what is answered to it and in what it comes to (its state); under
    `answer` stand the names of the answers themselves.
    """

    kind: Label
    fields: Mapping[str, Label]
    words: Mapping[str, Mapping[str, Label]]


Words = Mapping[str, Mapping[str, Label]]

NO_WORDS: Final[Words] = MappingProxyType({})

_CHOICES: Final = Label("選択肢", "Choices")
_ANONYMOUS: Final = Label("無記名", "Anonymous")
_DEADLINE: Final = Label("締切", "Deadline")
_CLOSED: Final = Label("締め切り済み", "Closed")
_STARTS: Final = Label("開始", "Starts")
_ENDS: Final = Label("終了", "Ends")
_SEEN: Final = Label("既読", "Read")


def _labels(ja: str, en: str, fields: Mapping[str, Label], words: Words = NO_WORDS) -> KindLabels:
    """Return the labels of a kind: every kind has a title and a text."""
    shared = {"title": Label("件名", "Title"), "text": Label("本文", "Text")}
    return KindLabels(Label(ja, en), MappingProxyType(shared | dict(fields)), words)


NOTE: Final = _labels("ノート", "Note", {"pinned": Label("ピン留め", "Pinned")})

TASK: Final = _labels(
    "タスク",
    "Task",
    {
        "assignees": Label("担当者", "Assigned to"),
        "due": Label("期限", "Due"),
        "need": Label("完了の条件", "Done when"),
    },
    {
        "need": {"one": Label("誰か一人", "Anyone has"), "all": Label("全員", "Everyone has")},
        "done": {"true": Label("完了", "Done"), "false": Label("未完了", "Not done")},
        "answer": {"done": Label("完了", "Done")},
    },
)

SURVEY: Final = _labels(
    "アンケート",
    "Survey",
    {
        "choices": _CHOICES,
        "several": Label("複数回答", "Several choices"),
        "anonymous": _ANONYMOUS,
        "deadline": _DEADLINE,
        "closed": _CLOSED,
    },
    {"answer": {"vote": Label("投票", "Vote")}},
)

ENTRY: Final = _labels(
    "予定",
    "Schedule entry",
    {
        "starts": _STARTS,
        "ends": _ENDS,
        "all_day": Label("終日", "All day"),
        "place": Label("場所", "Place"),
        "invited": Label("参加者", "Invited"),
    },
    {
        "reply": {
            "yes": Label("出席", "Attending"),
            "no": Label("欠席", "Not attending"),
            "maybe": Label("未定", "Undecided"),
        },
        "answer": {"rsvp": Label("出欠", "Attendance")},
    },
)

RESOURCE: Final = _labels(
    "施設・車",
    "Room or car",
    {"resource_kind": Label("種類", "Kind"), "capacity": Label("定員", "Capacity")},
    {
        "resource_kind": {
            "room": Label("会議室", "Meeting room"),
            "car": Label("車", "Car"),
            "other": Label("備品", "Equipment"),
        }
    },
)

BOOKING: Final = _labels(
    "予約",
    "Booking",
    {
        "resource": Label("施設・車", "Room or car"),
        "entry": Label("予定", "Schedule entry"),
        "starts": _STARTS,
        "ends": _ENDS,
    },
)

POST: Final = _labels(
    "掲示",
    "Board post",
    {
        "category": Label("カテゴリー", "Category"),
        "must_read": Label("必読", "Must be read"),
        "until": Label("掲示期限", "Posted until"),
    },
    {"answer": {"seen": _SEEN}},
)

STORED_FILE: Final = _labels("保管", "Stored file", {"folder": Label("フォルダー", "Folder")})

FORM: Final = _labels(
    "フォーム",
    "Form",
    {
        "fields": Label("質問", "Questions"),
        "anonymous": _ANONYMOUS,
        "deadline": _DEADLINE,
        "closed": _CLOSED,
        "payment": Label("支払い", "Payment"),
    },
    {
        "kind": {
            "line": Label("一行", "One line"),
            "text": Label("文章", "Text"),
            "number": Label("数", "Number"),
            "date": Label("日付", "Date"),
            "choice": Label("一つ選ぶ", "One choice"),
            "choices": Label("いくつか選ぶ", "Several choices"),
            "yes-no": Label("はい・いいえ", "Yes or no"),
        },
        "answer": {"form": Label("回答", "Answers")},
    },
)

APPROVAL: Final = _labels(
    "決裁",
    "Approval",
    {
        "steps": Label("段階", "Steps"),
        "subject": Label("対象", "Subject"),
        "deadline": _DEADLINE,
        "cancelled": Label("取下げ", "Cancelled"),
    },
    {
        "verdict": {"approve": Label("承認", "Approve"), "deny": Label("否認", "Deny")},
        "status": {
            "open": Label("承認待ち", "Awaiting approval"),
            "approved": Label("承認済み", "Approved"),
            "denied": Label("否認", "Denied"),
            "expired": Label("期限切れ", "Expired"),
            "cancelled": Label("取下げ", "Cancelled"),
        },
        "answer": {"decision": Label("決定", "Decision"), "delegate": Label("委任", "Delegated")},
    },
)

BROADCAST: Final = _labels(
    "呼出し",
    "All-staff call",
    {
        "audience": Label("対象者", "Audience"),
        "require": Label("求める応答", "What is asked for"),
        "choices": _CHOICES,
        "deadline": _DEADLINE,
        "escalate_after_s": Label("再通知までの秒数", "Seconds until told again"),
        "training": Label("訓練", "Exercise"),
        "closed": _CLOSED,
    },
    {
        "require": {
            "read": Label("既読", "To read it"),
            "ack": Label("確認", "To acknowledge it"),
            "answer": Label("回答", "To answer it"),
        },
        "kinds": {"staff": Label("職員", "Staff"), "guest": Label("ゲスト", "Guests")},
        "answer": {"seen": _SEEN, "reply": Label("応答", "Reply")},
    },
)
