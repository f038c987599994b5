"""A corpus of texts with Individual Numbers and with other numbers, made by chance from a seed.

Made without the detector's code and the tests': the check digit goes by the letter of the ordinance
here, from the right, and the spellings are those of forms, tables, mails and chats.
"""

import random
from collections.abc import Callable
from typing import NamedTuple

Made = Callable[[random.Random], str]


class Sample(NamedTuple):
    """A text, what kind of thing stands in it, and whether that is an Individual Number."""

    text: str
    kind: str
    is_individual: bool


def individual(chance: random.Random) -> str:
    """Return twelve digits with the check digit of article 5 of the ordinance."""
    eleven = [chance.randrange(10) for _ in range(11)]
    # P_n times Q_n, n from the right.
    total = sum(eleven[11 - n] * (n + 1 if n <= 6 else n - 5) for n in range(1, 12))
    rest = total % 11
    return "".join(map(str, eleven)) + str(0 if rest <= 1 else 11 - rest)


def _figures(figures: str) -> Callable[[str], str]:
    return lambda number: "".join(figures[int(c)] for c in number)


def _grouped(gap: str, size: int) -> Callable[[str], str]:
    return lambda number: gap.join(number[at : at + size] for at in range(0, 12, size))


_SCRIPTS: list[Callable[[str], str]] = [
    str,
    _figures("０１２３４５６７８９"),
    _figures("〇一二三四五六七八九"),
    _figures("零壱弐参四五六七八九"),
    _figures("⓪①②③④⑤⑥⑦⑧⑨"),
    _figures("⓿❶❷❸❹❺❻❼❽❾"),
    _figures("𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"),
    _figures("Ol23456789"),
    _figures("OI23456789"),
    _figures("○一二三四五六七八九"),
    _figures("٠١٢٣٤٥٦٧٨٩"),
]
# Between the groups of four; one character each, and then those that are longer.
_IN_FOURS = [
    *"-/._·‐‑–—―−－ー〜～・･，、の:： \u3000\u00a0\u2009\t\n",
    *(" - ", " / ", "-\n", " ・ ", ") (", "  ", "—\n"),
]
_FORMS: list[Callable[[str], str]] = [
    str,
    *(_grouped(gap, 4) for gap in _IN_FOURS),
    *(_grouped(gap, 3) for gap in (" ", "-", "－", "\u3000", "・")),
    *(_grouped(gap, 6) for gap in (" ", "-", "\n", "\u3000")),
    *(_grouped(gap, 1) for gap in (" ", "\u3000", "-", "\n", "・", "|", "\u200b")),
    *(_grouped(gap, 2) for gap in (" ", "\u3000")),
]
# Around a number that is somebody's; the first ones say nothing of it.
_BARE = [
    "{}",
    "山田 太郎\n{}",
    "{}です",
    "よろしくお願いします。{}",
    "佐藤様：{}",
    "・{}",
    "「{}」",
]
_SAID = [
    "マイナンバー：{}",
    "個人番号（12桁）\n{}",
    "五十嵐さんの個人番号は{}",
    "My Number: {}",
    "個人番号{}",
    "ﾏｲﾅﾝﾊﾞｰ {}",
    "{}（マイナンバー）",
    "電話 03-1234-5678 個人番号 {}",
    "扶養親族の個人番号\n{}",
    "受付番号ではなく個人番号です。{}",
    "ＭＹ　ＮＵＭＢＥＲ {}",
    "個人番号:{} 生年月日:S50.1.2",
]


def _spelled(chance: random.Random) -> Sample:
    number = individual(chance)
    script = chance.choice(_SCRIPTS) if chance.random() < 0.5 else str
    form = chance.choice(_FORMS) if chance.random() < 0.8 else str
    written = "".join(script(c) if c.isdecimal() and c.isascii() else c for c in form(number))
    is_said = chance.random() < 0.5
    text = chance.choice(_SAID if is_said else _BARE).format(written)
    return Sample(text, "said to be one" if is_said else "bare", True)


def _pattern(pattern: str) -> Made:
    """Return what fills each 9 of `pattern` with a digit, and each 1 with one that is not 0."""

    def made(chance: random.Random) -> str:
        return "".join(
            str(chance.randrange(10))
            if c == "9"
            else str(chance.randrange(1, 10))
            if c == "1"
            else c
            for c in pattern
        )

    return made


def _one_of(*patterns: str) -> Made:
    made = [_pattern(pattern) for pattern in patterns]
    return lambda chance: chance.choice(made)(chance)


def _day(chance: random.Random) -> str:
    parts = [chance.randrange(1990, 2035), *map(chance.randrange, (1, 1, 0, 0), (13, 29, 24, 60))]
    return "{:04}{:02}{:02}{:02}{:02}".format(*parts)


# Kind, weight, how it is made: telephone, account, invoice and reference numbers, as they stand in
# letters and tables of offices.  Those of twelve digits are many more here than anywhere else.
_OTHERS: list[tuple[str, int, Made]] = [
    (
        "telephone",
        20,
        _one_of(
            "電話 099-999-9999",
            "TEL:09-9999-9999",
            "090-9999-9999",
            "08099999999",
            "0120-999-999",
            "+81-90-9999-9999",
            "+819099999999",
            "電話番号 +81 90 9999 9999",
            "0570-999-999 内線 999",
            "TEL 09-9999-9999 FAX 09-9999-9999",
            "携帯０９０－９９９９－９９９９",
            "(099)999-9999",
            "03-9999-9999 090-9999-9999",
            "050-9999-9999(代)",
            "0800 999 9999\n0800 999 9998",
        ),
    ),
    (
        "account",
        20,
        _one_of(
            "普通 9999999",
            "口座番号 999-9999999",
            "19990-19999991",
            "記号 19990 番号 99999991",
            "支店 999 口座 9999999",
            "0999-999-9999999",
            "口座番号：999999999999",
            "4999-9999-9999-9999",
            "4999 9999 9999 9999",
            "3799-999999-99999",
            "振込先 みずほ 999 普通 9999999",
            "口座番号 9999 9999 9999",
        ),
    ),
    (
        "invoice",
        15,
        _one_of(
            "T1999999999999",
            "登録番号 T1999999999999",
            "請求書番号 INV-999999999999",
            "請求書番号：999999999999",
            "Invoice No. 999999999999",
            "請求金額 999,999,999円",
            "¥999,999,999,999",
            "法人番号 1999999999999",
            "法人番号：1 9999 9999 9999",
            "納付番号 9999-9999-9999-9999",
            "請求番号 2024-9999-9999",
        ),
    ),
    (
        "reference",
        25,
        _one_of(
            "受付番号 999999999999",
            "受付番号：9999-9999-9999",
            "伝票番号 9999-9999-9999",
            "お問い合わせ番号 9999-9999-9999",
            "送り状 999999999999",
            "運転免許証番号 999999999999",
            "基礎年金番号 9999-999999",
            "管理番号 99999999-9999",
            "文書番号 6総第999号",
            "order id 999999999999",
            "整理番号 999999",
            "注文番号 999-9999999-9999999",
            "ISBN 978-4-99-999999-9",
            "4999999999999",
            "tracking #999999999999",
            "予約番号: 9999 9999",
            "被保険者番号 9999-999999-9",
            "住民票コード 99999999999",
            "証券番号 9999999999",
            "AB999999999999",
            "a9f999999999c9",
            "192.168.199.199",
            "0.999999999999",
        ),
    ),
    ("time", 8, lambda chance: f"議事録_{_day(chance)}.docx"),
    (
        "table",
        10,
        _one_of(
            "9,99,9,9,99,9,9,99,9,9,9,9",
            "19,999 19,999 19,999",
            "1999/19/19 19:19:19",
            "35.999999, 139.999999",
            "999-9999 東京都千代田区9-9-9",
            "199 199 199 199 199",
        ),
    ),
    ("bare, twelve digits", 2, _one_of("999999999999", "No.999999999999", "9999-9999-9999")),
]


def corpus(seed: int, individuals: int, others: int) -> list[Sample]:
    """Return that many texts with an Individual Number, and that many with another number."""
    chance = random.Random(seed)
    samples = [_spelled(chance) for _ in range(individuals)]
    weights = [weight for _, weight, _ in _OTHERS]
    for kind, _, made in chance.choices(_OTHERS, weights, k=others):
        samples.append(Sample(made(chance), kind, False))
    return samples
