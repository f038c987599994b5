"""What a terminal says of deliveries and files, in Japanese.  Nothing is decided here."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from sanitizer.sentences import REMOVED
from wire.reasons import Reason


class Mark(NamedTuple):
    """A sign, what it stands for, and the colour it has on a terminal."""

    sign: str
    word: str
    style: str


DELIVERY: Final[Mapping[str, Mark]] = {
    "local": Mark("", "", "dim"),
    "queued": Mark("…", "送信待ち", "dim"),
    "crossing": Mark("→", "通過中", "cyan"),
    "delivered": Mark("✓", "届きました", "green"),
    "altered": Mark("✎", "一部を変えて届きました", "green"),
    "held": Mark("⏸", "保留", "yellow"),
    "refused": Mark("✗", "拒否", "red"),
}

FILE: Final[Mapping[str, Mark]] = {
    "stored": Mark("", "", "dim"),
    "crossing": Mark("→", "無害化へ", "cyan"),
    "arrived": Mark("→", "無害化中", "cyan"),  # whole at the relay
    "cleaning": Mark("…", "無害化中", "cyan"),
    "arriving": Mark("…", "受取中", "cyan"),
    "clean": Mark("✓", "無害化済み", "green"),
    "altered": Mark("✓", "無害化済み", "green"),
    "held": Mark("⏸", "保留", "yellow"),
    "refused": Mark("✗", "拒否", "red"),
    "withdrawn": Mark("·", "取消", "dim"),
}

NOTICE: Final[Mapping[str, Mark]] = {
    "held": Mark("⏸", "確認待ち", "yellow"),
    "denied": Mark("✗", "通過が認められませんでした", "red"),
    "expired": Mark("✗", "確認されないまま期限が切れました", "red"),
}

# A call itself never crosses: only that there was one.
CALL: Final[Mapping[str, str]] = {
    "started": "通話を始めました",
    "ended": "通話が終わりました",
    "missed": "不在着信",
}

# Rules that come with the product; a site's own word lists are shown by their names.
RULES: Final[Mapping[str, str]] = {
    "individual-number": "個人番号の疑い",
    "file-kinds": "確認が必要な種類のファイル",
    "gaiji": "外字",
    "rate-bytes": "送信量",
    "rate-events": "送信回数",
}

# Reasons a sender can meet.  What is not here is shown as the word of the closed list.
REASONS: Final[Mapping[str, str]] = {
    Reason.KIND_NOT_ALLOWED: "この操作は通せません",
    Reason.ROOM_NOT_ALLOWED: "このルームからは通せません",
    Reason.NO_AUTHORITY: "権限がありません",
    Reason.TOO_LARGE: "大きすぎます",
    Reason.RATE_EXCEEDED: "送信量の上限を超えました",
    Reason.HELD_BY_RULE: "確認が必要な内容です",
    Reason.DENIED: "通過が認められませんでした",
    Reason.EXPIRED: "期限が切れました",
    Reason.UNCLEAN_TEXT: "通せない文字や語があります",
    Reason.FILE_KIND: "通せない種類のファイルです",
    Reason.FILE_MISMATCH: "拡張子と中身が一致しません",
    Reason.FILE_BROKEN: "壊れていて読めません",
    Reason.FILE_ENCRYPTED: "パスワードで保護されています",
    Reason.FILE_TOO_LARGE: "大きすぎます",
    Reason.FILE_TIME_OUT: "時間内に無害化できませんでした",
    Reason.FILE_NOT_CLEANED: "無害化できませんでした",
    Reason.FILE_CHECK: "無害化後の検査に通りませんでした",
    Reason.WITHDRAWN: "取り消されました",
    Reason.OUT_OF_BOUNDS: "値が範囲外です",
    Reason.CLOCK_AHEAD: "送信側の時計が進みすぎています",
    Reason.STAGES_DISAGREE: "中継の二段階の判定が食い違い、通しませんでした",
}


# What can be taken out of what was typed; what can be taken out of a file the sanitizer names.
CHARACTERS: Final[Mapping[str, str]] = {
    "bidi": "文字方向の制御文字",
    "invisible": "見えない文字",
    "tag": "タグ文字",
    "control": "制御文字",
    "noncharacter": "文字でない符号",
    "unassigned": "未割当ての文字",
    "surrogate": "壊れた文字",
    "annotation": "注釈の制御文字",
    "variation": "登録のない異体字",
    "joiner": "余分な結合子",
    "marks": "重なりすぎた記号",
    "private-use": "外字（〓に置換）",
    "compatibility-ideograph": "互換漢字（統一漢字に置換）",
    "other": "その他",
}
REWRITTEN: Final = "text"  # nothing was taken out by that alone: composed characters, line ends


def mark_of(marks: Mapping[str, Mark], state: str) -> Mark:
    """Return the mark of `state`; one that is news to this program is shown by its word."""
    return marks.get(state, Mark("?", state, "dim"))


def removed_words(removed: Iterable[str]) -> str:
    """Return what was taken out as people call it; without the technical term."""
    words = (
        REMOVED[what][0] if what in REMOVED else CHARACTERS.get(what, what)
        for what in removed
        if what != REWRITTEN
    )
    return "・".join(word.partition("(")[0] for word in words)


def reason_words(reason: str | None) -> str:
    """Return why, in a few words."""
    return "" if reason is None else REASONS.get(reason, reason)


def rule_words(rule: str) -> str:
    """Return what a rule looks for, in a few words."""
    return RULES.get(rule, rule)


def size_words(size: int) -> str:
    """Return a file's size as people read it."""
    if size < 1024:
        return f"{size}B"
    if size < 1024 * 1024:
        return f"{size / 1024:.0f}KB"
    return f"{size / 1024 / 1024:.1f}MB"
