"""Words beside a number that say what kind of number it is.  Pure."""

import re
from enum import Enum


class NumberLabel(Enum):
    """What a number is said to be."""

    INDIVIDUAL = "individual"
    OTHER = "other"


# As far as a word stands from its number in forms: 個人番号（12桁・半角）:
_BEFORE, _BEHIND = 24, 14
_INDIVIDUAL = re.compile(
    r"マイ\s?ナンバー?|個人番号|my\s?-?(?:number|no(?![a-z]))|individual\s?number|特定個人情報"
)
# Any 〜番号 or No. of something else, and what people call such numbers for short.
_OTHER = (
    r"[一-鿿々ァ-ヺーa-z]{1,12}(?:番号|コード|ナンバー)|(?:お?問い?合わ?せ|お?届け|申し?込み?|送り状)(?:番号|no)"
    r"|電話|tel(?![a-z])|fax(?![a-z])|ファック?ス|携帯|内線|phone|口座|通帳|振込先|免許証?|伝票|送り状|追跡|整理no|受付no"
    r"|(?:invoice|order|tracking|ticket|account|reference|serial|receipt|request|customer|case)"
    r"(?:\s?(?:number|no|id|code|#))?|シリアル|jan\b|isbn|s/n|acct|ref\b"
)
_LABEL = re.compile(rf"(?:{_INDIVIDUAL.pattern})(?:番号)?|{_OTHER}")
# A word counts to the end of its sentence and of the line after it.
_ENDS = re.compile("[。!?\x1e]|\n\\s*\n")


def label_before(text: str, begins: int, number: int) -> NumberLabel | None:
    """Return what is said close before offset `number` of folded `text`, not before `begins`."""
    near = text[max(begins, number - _BEFORE) : number]
    *_, last = ("", *_ENDS.split(near))
    labels = [*_LABEL.finditer(last)]
    if labels:
        return _label(labels[-1])
    return NumberLabel.INDIVIDUAL if _INDIVIDUAL.search(near.rpartition("\x1e")[2]) else None


def label_behind(text: str, end: int) -> NumberLabel | None:
    """Return what stands behind a number in brackets, or after は: 1234…（個人番号）."""
    near = re.match(rf"\s?[(（\[【は].{{0,{_BEHIND}}}", text[end : end + _BEHIND + 2])
    if near is None or (found := _LABEL.search(near[0])) is None:
        return None
    return _label(found)


def _label(found: re.Match[str]) -> NumberLabel:
    return NumberLabel.INDIVIDUAL if _INDIVIDUAL.search(found[0]) else NumberLabel.OTHER
