"""What can be typed: words that are said, and orders, which begin with a slash.  Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple


class OrderUsage(NamedTuple):
    """How an order is typed, how many words stand before its text, and what it does."""

    arguments: str
    words: int
    help: str


ORDERS: Final[Mapping[str, OrderUsage]] = {
    "rooms": OrderUsage("", 0, "ルームの一覧"),
    "join": OrderUsage("ルーム", 0, "ルームを開く（名前の一部か番号）"),
    "who": OrderUsage("[番号]", 1, "メンバー一覧／その発言を読んだ人・まだの人"),
    "reply": OrderUsage("番号 本文", 1, "返信"),
    "edit": OrderUsage("番号 本文", 1, "自分の発言を直す"),
    "withdraw": OrderUsage("番号 [理由]", 1, "発言を取り消す"),
    "react": OrderUsage("番号 スタンプ", 2, "スタンプを付ける。もう一度で外す"),
    "sticker": OrderUsage("[名前]", 0, "絵のスタンプを送る（名前なしで一覧）"),
    "thread": OrderUsage("番号 [本文]", 1, "スレッドに書く（本文なしで読む）"),
    "forward": OrderUsage("番号 ルーム [はい]", 2, "転送。見る人が増えるなら確かめます"),
    "pin": OrderUsage("番号", 1, "ピン留め。もう一度で外す"),
    "later": OrderUsage("[時刻 本文]", 1, "予約して送る 例 /later 8:30 朝礼です（なしで一覧）"),
    "status": OrderUsage("[在宅勤務]", 0, "今日の状態を出す（なしで消す）"),
    "direct": OrderUsage("名前", 0, "二人だけのルームを開く"),
    "file": OrderUsage("パス [本文]", 1, "ファイルを送る"),
    "locked": OrderUsage("パス パスワード [本文]", 2, "パスワード付きのファイルを送る"),
    "save": OrderUsage("番号 [フォルダ]", 1, "その発言のファイルを保存する"),
    "items": OrderUsage("", 0, "ノート・タスク・アンケート・決裁などの一覧"),
    "tasks": OrderUsage("", 0, "全ルームの自分のタスク"),
    "done": OrderUsage("番号 [一言]", 1, "タスクを終えた"),
    "survey": OrderUsage("質問 / 選択肢 / 選択肢 …", 0, "アンケートを取る"),
    "vote": OrderUsage("番号 選択肢の番号…", 1, "アンケートに答える"),
    "approve": OrderUsage("番号 [一言]", 1, "決裁を承認する"),
    "deny": OrderUsage("番号 [理由]", 1, "決裁を否認する"),
    "search": OrderUsage("語…", 0, "全ルームを探す（-語 で除く）"),
    "verdicts": OrderUsage("", 0, "届いていない自分の操作（保留・拒否）の一覧"),
    "takeback": OrderUsage("番号", 1, "拒否された操作を取り下げ、元に戻す"),
    "resend": OrderUsage("番号 [本文]", 1, "拒否された操作を送り直す（本文があれば直して）"),
    "overruled": OrderUsage("", 0, "上書きされた自分の文と、取れなかった予約"),
    "unread": OrderUsage("", 0, "未読のあるルーム"),
    "help": OrderUsage("", 0, "この一覧"),
    "quit": OrderUsage("", 0, "終わる"),
}


class NotUnderstood(Exception):
    """Something that was typed and is no order; what it says is for the person who typed it."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order: its name, the words it needs, and the text behind them."""

    name: str
    words: tuple[str, ...]
    text: str

    def number(self) -> int:
        """Return the first word as the number of a message."""
        if not self.words or not self.words[0].lstrip("#").isdecimal():
            raise NotUnderstood(usage_of(self.name))
        return int(self.words[0].lstrip("#"))

    def optional_number(self) -> int | None:
        """Return the first word as the number of a message, if there is one."""
        return self.number() if self.words else None

    def demand_text(self) -> str:
        """Return the text; there must be one."""
        if not self.text:
            raise NotUnderstood(usage_of(self.name))
        return self.text


def read_line(line: str) -> Order | str:
    """Return the order in `line`, or the words to be said; two slashes say one.

    Raises `NotUnderstood`.
    """
    if line.startswith("//"):
        return line[1:]
    if not line.startswith("/"):
        return line
    name, _, rest = line[1:].partition(" ")
    usage = ORDERS.get(name)
    if usage is None:
        raise NotUnderstood(f"/{name} はありません。/help で一覧を出します")
    words: list[str] = []
    for _ in range(usage.words):
        word, _, rest = rest.strip().partition(" ")
        words += [word] if word else []
    return Order(name, tuple(words), rest.strip())


def usage_of(name: str) -> str:
    """Return how an order is typed."""
    return f"使い方: /{name} {ORDERS[name].arguments}".rstrip()
