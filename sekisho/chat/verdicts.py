"""What one did that the other side does not have: held or refused; taken back, or sent again."""

from collections.abc import Mapping, Sequence
from typing import Final

from sekisho.chat.orders import NotUnderstood, Order
from sekisho.chat.words import DELIVERY, mark_of, reason_words, rule_words
from sekisho_client import Client
from sekisho_client.changes import Act

# What people call what they did, by its kind.
KINDS: Final[Mapping[str, str]] = {
    "message.post": "発言",
    "message.edit": "発言の書き直し",
    "message.withdraw": "発言の取り消し",
    "message.pin": "ピン留め",
    "reaction.set": "スタンプ",
    "room.put": "ルーム",
    "room.purge": "ルームの削除",
    "member.set": "参加者",
    "profile.set": "プロフィール",
    "tenant.put": "自治体",
    "org.put": "所属",
    "item.put": "ノート・タスクなど",
    "item.remove": "ノート・タスクなどの削除",
    "answer.set": "回答",
}


class Verdicts:
    """What was listed last; people point at it by number, from 1."""

    def __init__(self, client: Client) -> None:
        """Ask for what `client`'s user did."""
        self._client = client
        self._acts: Sequence[Act] = ()

    async def do(self, order: Order) -> list[str]:
        """List what did not arrive, or take one of it back, or send it again."""
        if order.name == "verdicts":
            self._acts = await self._client.acts()
            lines = [f"{n}  {line_of(act)}" for n, act in enumerate(self._acts, 1)]
            return lines or ["届いていないものはありません"]
        act = self._numbered(order)
        if order.name == "takeback":
            await self._client.withdraw_act(act.id)
            return ["取り下げました"]
        text = order.text or None
        again = await self._client.resend_act(act.id, text=text)
        return [f"送り直しました: {line_of(again)}"]

    def _numbered(self, order: Order) -> Act:
        number = order.number()
        if not 0 < number <= len(self._acts):
            raise NotUnderstood("先に /verdicts で一覧を出し、その番号で選んでください")
        return self._acts[number - 1]


def line_of(act: Act) -> str:
    """Return an act in one line: what it was, how far it got, and who holds it or why not."""
    mark = mark_of(DELIVERY, act.delivery)
    line = f"{KINDS.get(act.kind or '', act.kind or '')}  {mark.sign} {mark.word}"
    if act.hold is not None:
        return f"{line}: {act.hold.ja}"
    if act.reason is None:
        return line
    rule = "" if act.rule is None else f"（{rule_words(act.rule)}）"
    return f"{line}: {reason_words(act.reason)}{rule}"
