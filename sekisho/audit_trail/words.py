"""The closed words of a record, told to people: in Japanese and in English."""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

Language = Literal["ja", "en"]


class Phrase(NamedTuple):
    """One thing in both languages."""

    ja: str
    en: str


LANES: Final[Mapping[str, Phrase]] = {
    "import": Phrase("取込レーン(インターネット→LGWAN)", "import lane (internet to LGWAN)"),
    "export": Phrase("持出レーン(LGWAN→インターネット)", "export lane (LGWAN to internet)"),
}

KINDS: Final[Mapping[str, Phrase]] = {
    "message.post": Phrase("メッセージ", "the message"),
    "message.edit": Phrase("メッセージの書き直し", "an edit of the message"),
    "message.withdraw": Phrase("メッセージの取り消し", "the withdrawal of the message"),
    "message.pin": Phrase("ピン留め", "a pin on the message"),
    "reaction.set": Phrase("リアクション", "a reaction to the message"),
    "file.ready": Phrase("添付ファイル", "the file"),
    "item.put": Phrase("項目", "an item"),
    "item.remove": Phrase("項目の削除", "the removal of an item"),
    "answer.set": Phrase("回答", "an answer"),
}

DECISIONS: Final[Mapping[str, Phrase]] = {
    "pass": Phrase("通しました", "let through"),
    "altered": Phrase("一部を取り除いて通しました", "let through with something taken out"),
    "held": Phrase("保留しました", "held"),
    "released": Phrase("判断により通しました", "let through by a decision"),
    "refused": Phrase("通しませんでした", "not let through"),
}

# Where the reason says what happened better than the decision.
REASONS: Final[Mapping[str, Phrase]] = {
    "denied": Phrase("判断により通しませんでした(否認)", "denied by a decision"),
    "expired": Phrase("期限までに判断がなく、通しませんでした", "not decided upon in time"),
    "withdrawn": Phrase("書いた人が取り消したので、通しませんでした", "taken back by its author"),
}

OCCURRENCES: Final[Mapping[str, Phrase]] = {
    "event.released": Phrase("通過", "released"),
    "event.barred": Phrase("通過せず", "barred"),
    "consent.given": Phrase("上長が決定しました", "a superior decided"),
    "hold.viewed": Phrase("保留中の中身が見られました", "what is held was looked at"),
    "link.refused": Phrase("接続相手のデータを拒否しました", "what a peer sent was refused"),
    "lane.halted": Phrase("レーンを停止しました", "the lane was halted"),
    "lane.resumed": Phrase("レーンを再開しました", "the lane was resumed"),
    "stage.started": Phrase("段が起動しました", "a stage was started"),
    "stage.stopped": Phrase("段が停止しました", "a stage was stopped"),
    "policy.read": Phrase("方針が変わりました", "the policy was changed"),
    "keys.changed": Phrase("鍵束が変わりました", "the keyring was changed"),
    "epoch.began": Phrase("新しい世代が始まりました", "a new epoch was begun"),
}

FILE_STATES: Final[Mapping[str, Phrase]] = {
    "clean": Phrase("作り直しました(取り除いたものなし)", "rebuilt, with nothing taken out"),
    "altered": Phrase("作り直し、一部を取り除きました", "rebuilt, with something taken out"),
    "held": Phrase("保留しました", "held"),
    "refused": Phrase("通しませんでした", "not let through"),
}

# What stands beside a sentence, in the order in which it is told.
MEMBERS: Final[Mapping[str, Phrase]] = {
    "room": Phrase("ルーム", "room"),
    "actor": Phrase("行為者", "by"),
    "frontend": Phrase("プログラム", "through"),
    "approvers": Phrase("判断者", "decided by"),
    "node": Phrase("段", "stage"),
    "rule": Phrase("規則", "rule"),
    "reason": Phrase("理由", "reason"),
    "changes": Phrase("取り除いたもの", "taken out"),
    "epoch": Phrase("世代", "epoch"),
    "policy_sha256": Phrase("方針", "policy"),
    "keyring_sha256": Phrase("鍵束", "keyring"),
    "in_sha256": Phrase("元の封筒", "source envelope"),
    "out_sha256": Phrase("通した封筒", "released envelope"),
}

VERDICTS: Final[Mapping[str, Phrase]] = {
    "delivered": Phrase("届きました", "delivered"),
    "altered": Phrase("一部を取り除いて届きました", "delivered, altered"),
    "held": Phrase("保留中です", "held"),
    "refused": Phrase("届きませんでした", "refused"),
}


def told(table: Mapping[str, Phrase], word: object, language: Language) -> str:
    """Return what `word` of a closed list is called; what is not in it stays as it is."""
    phrase = table.get(str(word))
    if phrase is None:
        return str(word)
    return phrase.ja if language == "ja" else phrase.en
