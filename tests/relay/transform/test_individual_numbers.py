"""Individual Numbers (My Number): in which spellings they are found, and what is none."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.transform.individual_numbers import (
    BETWEEN,
    count_individual_numbers,
    is_individual_number,
)


def check_digit(eleven: Sequence[int]) -> int:
    """As the ordinance says it: Q_n from the right, n = 1 to 11."""
    total = sum(p * (n + 1 if n <= 6 else n - 5) for n, p in enumerate(reversed(eleven), start=1))
    return 0 if total % 11 <= 1 else 11 - total % 11


@given(st.lists(st.integers(0, 9), min_size=11, max_size=11))
def test_the_check_digit_is_the_ordinances(eleven: list[int]) -> None:
    right = check_digit(eleven)
    number = "".join(map(str, eleven))
    assert [d for d in range(10) if is_individual_number(f"{number}{d}")] == [right]


def number(seed: int) -> str:
    eleven = random.Random(seed).choices(range(10), k=11)
    return "".join(map(str, [*eleven, check_digit(eleven)]))


OWN = "123456789018"


def drawn_as(figures: str) -> str:
    return OWN.translate({ord(str(digit)): sign for digit, sign in enumerate(figures)})


SPELLINGS = [
    OWN,
    *(gap.join(("1234", "5678", "9018")) for gap in " -－・\u2212ー/._,、の―〜\u3000\n\t"),
    *(gap.join(("1234", "5678", "9018")) for gap in (" - ", "-\n", "\u3000－\u3000", "\r\n")),
    *(gap.join(("123", "456", "789", "018")) for gap in " -・"),
    "123456 789018",
    "12 34 56 78 90 18",
    *(gap.join(OWN) for gap in (" ", "\u3000", "-", "\n", "\u200b")),
    "1234-5678-90\n18",
    "1234567\n89018",
    drawn_as("０１２３４５６７８９"),
    drawn_as("〇一二三四五六七八九"),
    drawn_as("零壱弐参四五六七八九"),
    drawn_as("⓪①②③④⑤⑥⑦⑧⑨"),
    drawn_as("⓿❶❷❸❹❺❻❼❽❾"),
    drawn_as("٠١٢٣٤٥٦٧٨٩"),
    "".join(f"{digit}\ufe0f\u20e3" for digit in OWN),
    "1234一5678一9018",
    "l23456789Ol8",
    "I234-5678-9Ol8",
    "No.123456789018",
    "no123456789018",
    "○ 1234 5678 9018",
    "マイナンバー 12345 6789018",
    "個人番号：1-2345-6789-018",
    "扶養親族の個人番号\n123456789018円",
    "電話 03-1234-5678 個人番号 1234 5678 9018",
    "受付番号ではなく個人番号です。1234.5678.9018",
    "1234.56789.018（マイナンバー）",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_number_is_found_however_it_is_written(spelling: str) -> None:
    assert count_individual_numbers(f"ご確認ください。\n{spelling}\nです") == 1
    assert count_individual_numbers(spelling) == 1


OTHERS = [
    "123456789019",  # its check digit is another
    "1234567890180",
    "0123456789018",
    "1234-5678-9018-1234",
    "1234 5678 9018 1234",
    "123456789018-1",
    "2024/123456789018",
    "0.123456789018",
    "AB123456789018",
    "a123456789018f",
    "+123456789018",
    "123,456,789,018",
    "123456789018円",
    "¥123456789018",
    "1,2,3,4,5,6,7,8,9,0,1,8",
    "123.456.789.018",
    "12/34/56 78:90:18",
    "12345 6789018",
    "受付番号 123456789018",
    "受付番号：1234-5678-9018",
    "お問い合わせ番号 1234-5678-9018",
    "TEL 123456789018",
    "口座番号\n123456789018",
    "法人番号 123456789018",
    "基礎年金番号 1234-5678-9018",
    "運転免許証 123456789018",
    "order id 123456789018",
    "個人番号 03-1234-5678 伝票番号 123456789018",
    "二千三百万一千二百三十四円五百六十七円",
    f"1234-5678{BETWEEN}9018",  # two texts
]


@pytest.mark.parametrize("text", OTHERS)
def test_another_number_is_let_be(text: str) -> None:
    assert count_individual_numbers(text) == 0


def test_a_time_in_the_name_of_a_file_is_no_number() -> None:
    times = [f"2024{month:02}{day:02}1530" for month in range(1, 13) for day in range(1, 29)]
    passing = [each for each in times if is_individual_number(each)]
    assert passing
    assert not any(count_individual_numbers(f"議事録_{each}.docx") for each in passing)


@pytest.mark.parametrize("between", ["\n", " ", "、", BETWEEN, ", "])
def test_each_number_of_a_list_counts(between: str) -> None:
    numbers = [number(seed) for seed in range(50)]
    grouped = [f"{each[:4]} {each[4:8]} {each[8:]}" for each in numbers]
    assert count_individual_numbers(between.join(numbers)) == 50
    assert count_individual_numbers(between.join(grouped)) == 50


def test_a_long_row_of_digits_holds_no_number() -> None:
    assert count_individual_numbers("1234 5678 9019 " * 2_000) == 0
    assert count_individual_numbers("1 " * 20_000) == 0
    assert count_individual_numbers("1" * 40_000) == 0
