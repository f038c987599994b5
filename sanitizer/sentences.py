"""The receipt in words, Japanese and English.

Only words live here.  A test compares the tables with the closed lists they translate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from sanitizer.kinds import KINDS, Kind
from sanitizer.media import EXTENSIONS
from sanitizer.needed import needed_for

if TYPE_CHECKING:  # `outcome` needs this module at run time
    from sanitizer.outcome import Receipt

Words = tuple[str, str]  # Japanese, English

REASONS: Mapping[str, Words] = {
    "": ("", ""),
    "empty": ("空のファイルです", "the file is empty"),
    "too-large": ("大きさの上限を超えています", "it is larger than is allowed"),
    "unknown-kind": ("種類を判別できません", "its kind cannot be told"),
    "kind-mismatch": (
        "拡張子({named})と中身({found})が一致しません",
        "its extension says {named} but its content says {found}",
    ),
    "not-supported": ("{kind}の無害化には対応していません", "{kind} cannot be made harmless"),
    "no-words": (
        "文字だけを通す規則ですが、文字がありません",
        "only its words may pass, and it has none",
    ),
    "program-missing": (
        "{kind}の無害化に要る{program}がありません(管理者の方へ: apt-get install {packages})",
        "{kind} needs {program}, which is not there (administrator: apt-get install {packages})",
    ),
    "program-unsafe": (
        "{kind}の無害化に要る{program}を、このサーバーでは隔離できません"
        "(管理者の方へ: 利用者の名前空間が要ります。足りないものは sekisho doctor が示します)",
        "{kind} needs {program}, which this host cannot isolate (administrator: it takes user "
        "namespaces; sekisho doctor names what is missing)",
    ),
    "against-policy": ("{kind}は規則により通せません", "policy does not let {kind} pass"),
    "needs-approval": ("{kind}の通過には承認が必要です", "{kind} needs approval to pass"),
    "encrypted": ("パスワードで保護されています", "it is protected by a password"),
    "broken": ("壊れているため読み取れません", "it is broken and cannot be read"),
    "too-many-pixels": ("画素数の上限を超えています", "it has more pixels than is allowed"),
    "too-many-parts": ("ページや要素の数の上限を超えています", "it has more parts than is allowed"),
    "too-deep": ("入れ子が深すぎます", "it is nested too deeply"),
    "out-of-memory": (
        "処理に要するメモリが上限を超えました",
        "it needs more memory than is allowed",
    ),
    "time-out": ("時間内に処理できませんでした", "it could not be handled in time"),
    "forbidden-call": (
        "処理中に不正な動作を検知しました",
        "it tried something forbidden when opened",
    ),
    "jail-failed": (
        "無害化装置の不調です。しばらくして再送してください",
        "the sanitizer is unwell; please send it again later",
    ),
    "check-failed": (
        "無害化後の検査に通りませんでした",
        "the result did not pass the second check",
    ),
}

REMOVED: Mapping[str, Words] = {
    "exif": ("撮影情報(Exif)", "camera data (Exif)"),
    "gps": ("位置情報", "location"),
    "xmp": ("編集情報(XMP)", "editing data (XMP)"),
    "iptc": ("見出し情報(IPTC)", "caption data (IPTC)"),
    "icc": ("色プロファイル", "colour profile"),
    "thumbnail": ("サムネイル", "thumbnail"),
    "comment": ("コメント", "comment"),
    "metadata": ("付随情報", "metadata"),
    "trailing-data": ("末尾の余分なデータ", "data after the end"),
    "animation-frames": ("動画コマ", "animation frame"),
    "byte-order-mark": ("BOM", "byte order mark"),
    "control-characters": ("制御文字", "control character"),
    "bidi-controls": ("文字方向の制御文字", "text direction control"),
    "invisible-characters": ("見えない文字", "invisible character"),
    "tag-characters": ("タグ文字", "tag character"),
    "script": ("スクリプト", "script"),
    "external-link": ("外部参照", "reference to elsewhere"),
    "formula": ("数式とみなされるセル", "cell that begins like a formula"),
    "member": ("通せなかった同梱ファイル", "enclosed file that did not pass"),
    "action": ("自動動作", "automatic action"),
    "link": ("リンク", "link"),
    "form-field": ("入力欄", "form field"),
    "hidden-text": ("見えない文字列", "character nobody could see"),
    "macro": ("マクロ", "macro"),
    "active-control": ("ActiveXコントロール", "ActiveX control"),
    "dde": ("DDEリンク", "DDE link"),
    "field": ("外部を参照するフィールド", "field that reaches outside"),
    "shape": ("旧形式の図形", "shape in an old format"),
    "picture": ("描き直せなかった画像", "picture that could not be re-rendered"),
    "html": ("HTML形式の装飾", "HTML formatting"),
    "embedded-file": ("埋め込みファイル", "embedded file"),
    "looks": ("体裁と画像", "layout and pictures"),
    "words": ("文字データ(見た目のみ)", "text as characters (looks only)"),
    "encryption": ("暗号化(パスワード)", "encryption (password)"),
    "tracked-change": ("変更履歴", "tracked change"),
    "hidden-sheet": ("非表示シート", "hidden sheet"),
    "hidden-slide": ("非表示スライド", "hidden slide"),
    "password-hash": ("編集保護のパスワード", "password of a protection against editing"),
    "protection": ("編集保護", "protection against editing"),
}

KEPT: Mapping[str, Words] = {
    "comment": ("コメント", "comment"),
    "tracked-change": ("変更履歴", "tracked change"),
    "hidden-sheet": ("非表示シート", "hidden sheet"),
    "hidden-slide": ("非表示スライド", "hidden slide"),
    "hidden-text": ("隠し文字", "hidden text"),
    "link": ("リンク", "link"),
}

# Less similar than this, and people are told to look.  Of 280 files of the corpus 14 are.
ALIKE = 0.85

# "encrypted" in other words, where a password was given and does not help.
WRONG_PASSWORD: Words = (
    "添えられたパスワードでは開けません",
    "the password given does not open it",
)


def sentence(receipt: Receipt, lang: Literal["ja", "en"]) -> str:
    """Return `receipt` as one sentence in `lang`."""
    column = 0 if lang == "ja" else 1
    if receipt.state == "refused":
        return _refusal(receipt, column)
    removed, kept = _items(receipt.removed, REMOVED, column), _items(receipt.kept, KEPT, column)
    became = _became(receipt, column)
    if column == 0:
        told = f"取り除いたもの: {removed}。" if removed else "取り除いたものはありません。"
        told += f"残したもの: {kept}。" if kept else ""
        return f"無害化しました。{became}{told}{_doubt(receipt, column)}"
    told = f"removed: {removed}" if removed else "nothing had to be removed"
    told += f"; kept: {kept}" if kept else ""
    return f"Made harmless; {became}{told}{_doubt(receipt, column)}."


def _became(receipt: Receipt, column: int) -> str:
    """Say so where what came out is of another kind than what came in."""
    kinds = receipt.kind_found, receipt.kind_named
    extension = EXTENSIONS[receipt.media_out]
    if any(extension in KINDS[kind].extensions for kind in kinds):
        return ""
    label = _label(receipt.kind_found, column)
    return (f"{label}を{extension}に変換しました。", f"{label} converted to {extension}; ")[column]


def _doubt(receipt: Receipt, column: int) -> str:
    """Return a warning where what came of a file looks other than the file."""
    if receipt.similarity is None or receipt.similarity >= ALIKE:
        return ""
    return (
        f"見た目が元のファイルと異なるおそれがあります(類似度{receipt.similarity:.2f})。",
        f"; it may look other than the original (similarity {receipt.similarity:.2f})",
    )[column]


def _items(counted: Sequence[tuple[str, int]], words: Mapping[str, Words], column: int) -> str:
    if column == 0:
        return "、".join(f"{words[what][0]}({count}件)" for what, count in counted)
    return ", ".join(f"{words[what][1]} ({count})" for what, count in counted)


def plain_reason(reason: str) -> str:
    """Return why, in Japanese, without naming a kind of file."""
    return REASONS[reason][0].format(
        kind="この種類", named="名前", found="内容", program="プログラム", packages="…"
    )


def _refusal(receipt: Receipt, column: int) -> str:
    found = receipt.kind_found if receipt.kind_found is not Kind.UNKNOWN else receipt.kind_named
    is_wrong = receipt.reason == "encrypted" and receipt.password_given
    words = WRONG_PASSWORD if is_wrong else REASONS[receipt.reason]
    why = words[column].format(
        named=_label(receipt.kind_named, column),
        found=_label(receipt.kind_found, column),
        kind=_label(found, column),
        program=needed_for(found).name,
        packages=needed_for(found).packages,
    )
    return (f"通せませんでした: {why}。", f"Refused: {why}.")[column]


def _label(kind: Kind, column: int) -> str:
    about = KINDS[kind]
    return (about.ja, about.en)[column]
