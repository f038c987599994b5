"""What is the same to a search, what is typed into it, and what it shows of a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.reasons import Refused
from zone.search.excerpts import EXCERPT, excerpt_of
from zone.search.folding import fold_text, place_in
from zone.search.query_words import SearchWords, read_words
from zone.search.terms import pairs_of, terms_of


@pytest.mark.parametrize(
    ("said", "same"),
    [
        ("ワクチン", "わくちん"),
        ("ﾜｸﾁﾝ", "ワクチン"),
        ("ﾊﾞｽ", "バス"),
        ("ＡＢＣ１", "abc1"),
        ("㈱", "(株)"),
        ("①", "1"),
        ("葛\U000e0100飾", "葛飾"),
        ("☎\ufe0f", "☎"),
        ("10〜12時", "10～12時"),
        ("−1", "－1"),
        ("か\u3099", "が"),
        ("Straße", "STRASSE"),
        ("a\u3000 \nb", "a b"),
    ],
)
def test_these_are_the_same(said: str, same: str) -> None:
    assert fold_text(said) == fold_text(same)


@pytest.mark.parametrize(
    ("said", "other"), [("ビル", "ビール"), ("人々", "人"), ("病院", "美容院"), ("か", "が")]
)
def test_these_are_not(said: str, other: str) -> None:
    assert fold_text(said) != fold_text(other)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("避難 訓練", SearchWords(("避難", "訓練"))),
        ("避難　－訓練", SearchWords(("避難",), ("訓練",))),
        ('"b a"  c', SearchWords(("b a", "c"))),
        ("“b a” -“c d”", SearchWords(("b a",), ("c d",))),
        ('"not closed', SearchWords(("not closed",))),
        ("a-b -- -", SearchWords(("a-b", "-"), ("-",))),
        ('"" -""', SearchWords()),
        (" \U000e0100", SearchWords()),
    ],
)
def test_words_are_read_as_people_type_them(typed: str, words: SearchWords) -> None:
    assert read_words(typed) == words


def test_too_many_words_are_refused() -> None:
    with pytest.raises(Refused):
        read_words(" ".join("abcdefghijk"))


@given(st.text(max_size=30), st.data())
def test_a_text_has_every_term_of_every_word_in_it(text: str, data: st.DataObject) -> None:
    folded = fold_text(text)
    if not folded:
        return
    start = data.draw(st.integers(0, len(folded) - 1))
    word = folded[start : data.draw(st.integers(start + 1, len(folded)))]
    terms = terms_of(folded)
    assert set(pairs_of(word)) <= terms
    assert all(
        term.isascii() and term.isalnum() and term.islower() | term.isdigit() for term in terms
    )


@pytest.mark.parametrize(
    ("text", "word", "part"),
    [
        ("今日はﾊﾞｽで", "バス", "ﾊﾞｽ"),
        ("㈱関所", "株", "㈱"),
        ("葛\U000e0100飾区", "葛飾", "葛\U000e0100飾"),
        ("ここに ある", "に あ", "に あ"),
    ],
)
def test_what_was_found_is_pointed_at_in_what_was_written(text: str, word: str, part: str) -> None:
    at = fold_text(text).index(fold_text(word))
    start, end = place_in(text, at, at + len(fold_text(word)))
    assert text[start:end] == part


def test_an_excerpt_is_the_part_around_what_was_found() -> None:
    text = "前" * 300 + "避難所は\nここ" + "後" * 300
    shown = excerpt_of(text, ("避難所", "ここ"))
    assert len(shown.text) <= EXCERPT + 2
    assert [shown.text[start:end] for start, end in shown.marks] == ["避難所", "ここ"]
    assert shown.text[0] == shown.text[-1] == "…"
    assert excerpt_of("短い", ("い",)) == ("短い", [(1, 2)])
    assert excerpt_of("名前だけ", ()).text == "名前だけ"
