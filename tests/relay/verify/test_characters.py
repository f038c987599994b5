"""Which characters may be released: what people write passes, what nobody sees does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.verify.characters import Characters
from wire.text import normalise_text

CHARACTERS = Characters(private_use=True)

LEGIT = [
    "",
    "Hello, world!",
    "関所は、江戸時代に置かれた。",
    "ｶﾀｶﾅ ㈱ ① ㍻ 〜 ～ ー — ‐",
    "葛\U000e0100飾区",
    "辻\U000e0100さん",
    "一行目\n二行目\t終わり",
    "👍🏽 👩‍👩‍👧‍👦 👨🏽‍⚕️ ❤️‍🔥 🏳️‍🌈 ☎️ 3️⃣ ㊗️ 🇯🇵",
    "か\u309a",  # has no composed form
    "tiếng Việt, Ελληνικά, русский, 한국어, ไทย, हिन्दी",
    "外字\ue000",
    "an emoji of next year \U0001f1ae",
    "　全角の空白",
]


@pytest.mark.parametrize("text", LEGIT)
def test_what_people_write_is_permitted(text: str) -> None:
    assert CHARACTERS.permit(text, breaks=True)


@pytest.mark.parametrize("line_break", "\n\t")
def test_a_line_holds_no_break(line_break: str) -> None:
    assert not CHARACTERS.permit(f"一{line_break}二", breaks=False)
    assert not CHARACTERS.permit(f"a{line_break}b", breaks=False)


def test_private_use_is_a_setting() -> None:
    assert not Characters(private_use=False).permit("外字\ue000", breaks=True)


@pytest.mark.parametrize(
    "text",
    [
        "葛\U000e01ef",  # not registered
        "葛\U000e0100\U000e0101",  # two of them
        "あ\U000e0100",
        "a\u200d",
        "\u200d👍",
        "👍\u200d",
        "かな\ufe0f",
        "1\ufe0f\ufe0f",
        "1\ufe0f",
        "☎\ufe0e",
        "添付\ufffc",
        "予\U0001fbff\U0001fc00\U000e01f0算",
        "か\u3099",  # has one
        "Å".replace("Å", "A\u030a"),
        "e" + "\u0330" * 31,
        "あ" + "\u0330" * 31,
        "\r\n",
    ],
)
def test_what_hides_something_is_not(text: str) -> None:
    assert not CHARACTERS.permit(text, breaks=True)


def test_what_was_seen_before_is_judged_the_same() -> None:
    characters = Characters(private_use=True)
    for _ in range(2):
        assert characters.permit("予算", breaks=True)
        assert not characters.permit("予\u200b算", breaks=True)
        assert not characters.permit("予\ue000\u202e", breaks=True)


@given(st.text())
def test_whatever_the_transform_stage_makes_clean_is_permitted(text: str) -> None:
    clean = normalise_text(text, gaiji="keep").text
    assert CHARACTERS.permit(clean, breaks=True)
