"""Why something is held back, who decides and until when: the rule in the words of a person.

The names of rules are those of `relay.transform.rules`; the far zone and the near one are told
the same.  Pure.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Final

from zone.copy.change_views import HoldView

JST: Final = timezone(timedelta(hours=9))
# No calendar writes what is beyond the year 9999.
_LAST_MS: Final = 253_402_300_799_000
# Who decides (`wire.reasons.DESKS`), in Japanese and in English.
DESK_LABELS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "operator": ("中継の運用担当", "the operators of the relay"),
        "security": ("情報セキュリティ担当", "the information security desk"),
        "supervisor": ("所属長", "the head of the section"),
        "records": ("文書管理担当", "the records desk"),
    }
)
# What a rule has found, in Japanese and in English; of a list of words its name stands behind.
RULES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "gaiji": ("外字が含まれています", "it has characters that only one site can show"),
        "individual-number": (
            "マイナンバーのような番号が含まれています",
            "it has digits that could be somebody's Individual Number",
        ),
        "rate-events": ("一度に多くのものが送られました", "much was sent at once"),
        "rate-bytes": ("一日の送信量を超えました", "more was sent than a day's volume"),
        "no-record": (
            "中継の記録に、これを通したことがありません",
            "the relay's log has no record of letting this through",
        ),
        "file-approval": (
            "ファイルを送るには上長の承認が必要です",
            "a file leaves once a superior has agreed",
        ),
        "file-kinds": ("確認が必要な種類のファイルです", "files of this kind are looked at first"),
    }
)
# Rules that end in a name of their own: of a list of words, of a field.
_WORDS: Final = "words-"
_ANY: Final = ("中継の規則 {rule} に当たりました", "the relay's rule {rule} applies")
_LIST: Final = (
    "語句の一覧 {rule} にある語句が含まれています",
    "it has words of the list {rule}",
)


def rule_words(rule: str) -> tuple[str, str]:
    """Return what a rule has found, in Japanese and in English."""
    if rule.startswith(_WORDS):
        ja, en = _LIST
        return ja.format(rule=rule.removeprefix(_WORDS)), en.format(rule=rule.removeprefix(_WORDS))
    ja, en = RULES.get(rule, _ANY)
    return ja.format(rule=rule), en.format(rule=rule)


def found_words(rule: str, found: int) -> tuple[str, str]:
    """Return what a rule has found, and how many times if that is known, in both languages."""
    ja, en = rule_words(rule)
    return (f"{ja}({found}件)", f"{en} (found {found}×)") if found else (ja, en)


def hold_view(rule: str, until: int, desk: str, found: int = 0) -> HoldView:
    """Return who holds something, by which rule and until when, also as sentences."""
    what_ja, what_en = found_words(rule, found)
    who_ja, who_en = DESK_LABELS.get(desk, (desk, desk))
    end = datetime.fromtimestamp(min(until, _LAST_MS) / 1000, UTC)
    there = end.astimezone(JST)
    date_ja = f"{there.year}年{there.month}月{there.day}日 {there:%H:%M}"
    return HoldView(
        rule=rule,
        until=until,
        desk=desk,
        ja=f"{what_ja}。{who_ja}が確認しています。{date_ja} までに決まらなければ届きません。",
        en=f"{what_en[0].upper()}{what_en[1:]}. It waits for {who_en}; what is not decided by"
        f" {there:%Y-%m-%d %H:%M} (JST) is not delivered.",
    )


def hold_of(
    state: str | None, rule: str | None, until: int | None, desk: str | None, found: int = 0
) -> HoldView | None:
    """Return who holds an event or a file that stands so, or None if nobody does."""
    if state != "held" or rule is None or until is None:
        return None
    return hold_view(rule, until, desk or "", found)


_ENDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "denied": ("通過が認められませんでした", "it was not let through"),
        "expired": ("確認されないまま期限が切れました", "nobody decided upon it in time"),
        "unrecorded": (
            "記録が届くまで表示を取りやめています",
            "it is out of sight until there is one",
        ),
    }
)


def end_words(state: str, rule: str) -> tuple[str, str]:
    """Return why something never came, in Japanese and in English: `denied` or `expired`."""
    what_ja, what_en = rule_words(rule)
    end_ja, end_en = _ENDS.get(state, (state, state))
    return f"{what_ja}。{end_ja}。", f"{what_en[0].upper()}{what_en[1:]}: {end_en}."
