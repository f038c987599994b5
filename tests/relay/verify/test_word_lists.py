"""Words and patterns as the verify stage looks for them."""

import sys
import unicodedata

import pytest
import re2

from relay.verify.policy.patterns import Pattern, PatternFault
from relay.verify.policy.word_lists import Searched, as_seen, as_written, list_words

SIGNS = [
    sign
    for sign in map(chr, range(sys.maxunicode + 1))
    if not 0xD800 <= ord(sign) <= 0xDFFF
    and unicodedata.normalize("NFKC", sign) != sign
    and unicodedata.is_normalized("NFC", sign)
]


def occurs(word: str, text: str) -> bool:
    return list_words("w", "hold", [word], []).occur(Searched(text))


def test_an_entry_is_never_widened_for_each_sign_that_nfkc_changes() -> None:
    assert len(SIGNS) > 3_000
    for sign in SIGNS:
        plain = unicodedata.normalize("NFKC", sign)
        assert occurs(sign, f"甲{sign}乙"), hex(ord(sign))
        is_width = as_written(sign) == as_seen(sign)
        assert occurs(sign, f"甲{plain}乙") == is_width, hex(ord(sign))
        if plain.strip():
            assert occurs(plain, f"甲{sign}乙"), hex(ord(sign))


@pytest.mark.parametrize(
    ("word", "text"),
    [("㊙", "秘書課"), ("①次案", "1次案"), ("㈱", "(株)"), ("機密性3", "機密性2"), ("a.c", "abc")],
)
def test_an_entry_finds_nothing_that_is_written_otherwise(word: str, text: str) -> None:
    assert not occurs(word, text)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("機密性3", "機密性３"),
        ("極秘", "極㊙"),
        ("㊙", "極㊙"),
        ("ﾊﾟｽﾜｰﾄﾞ", "パスワード"),
        ("ABC", "ａｂｃ"),
        ("ß", "SS"),
    ],
)
def test_an_entry_finds_what_differs_in_case_and_width_or_looks_like_it(
    word: str, text: str
) -> None:
    assert occurs(word, text)


ALIKE = [
    r"機密性[23３]",
    r"\d{4}-\d{4}",
    r"\bab\b",
    r"\Bb",
    r"[^\d\s]{3}",
    r"(?:a|b)+c?",
    r"(?P<name>a)b",
    r"a.b",
    r"a*?b",
    r"\p{Han}{2}",
    r"\PL",
    r"[a\-z]",
    r"[]a]b",
    r"\.\$\^\\",
    r"[^]a]",
    r"x{2,}",
    r"#&~ -",
    r"[&~|#]",
    r"\w\W",
    r"(|a)b",
]
TEXTS = [
    "機密性3",
    "機密性３です",
    "1234-5678",
    "１２３４-５６７８",
    "ab",
    "xab",
    "漢ab字",
    "a\nb",
    "abc def",
    "a-z",
    "]b",
    ".$^\\",
    "xxx",
    "#&~ -",
    "\x1eb\x1e",
    "あa あ",
    "",
    "b",
]


@pytest.mark.parametrize("written", ALIKE)
def test_a_pattern_means_here_what_it_means_in_re2(written: str) -> None:
    theirs, ours = re2.compile(written.encode()), Pattern(written)
    for text in TEXTS:
        assert ours.occurs(text) == (theirs.search(text.encode()) is not None), text


@pytest.mark.parametrize(
    "written",
    [
        "^a",
        "a$",
        r"\Aa",
        r"a\z",
        "(?i)a",
        "(?=a)",
        r"(a)\1",
        "a{e}",
        "(?:a){i<=1}",
        "a++",
        "a**",
        "*a",
        "[[:alpha:]]",
        "[a",
        "a\\",
        r"\Qa\E",
        r"[\D]",
        "(a",
        "a)",
    ],
)
def test_a_pattern_that_may_mean_something_else_is_not_taken(written: str) -> None:
    with pytest.raises(PatternFault):
        Pattern(written)


def test_a_search_that_does_not_end_in_time_counts_as_a_find() -> None:
    assert Pattern("(a|aa)+b").occurs("a" * 8_000)
