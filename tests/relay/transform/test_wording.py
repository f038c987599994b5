"""Events in normal form."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import to_builtins

from relay.transform.normalise import Wording, normal_form, texts_of
from tests.relay.transform.site import act, file_ref, post
from wire.answers import Filled, FormAnswer
from wire.bodies import (
    AnswerSet,
    Body,
    ItemPut,
    MessageEdit,
    MessagePost,
    MessageWithdraw,
    ProfileSet,
    ReactionSet,
    RoomPut,
)
from wire.fields import MAX_TEXT
from wire.items import Field, Form, Survey
from wire.message_parts import Location
from wire.text import normalise_text

SAID = post("一")
USER = SAID.author.uid


def test_what_is_in_normal_form_is_let_be() -> None:
    said = [post("おはよう\nございます"), post("二"), act(SAID, MessageEdit(SAID.id, "三"))]
    assert normal_form(said, "replace") == [Wording(event) for event in said]


def test_one_that_is_not_does_not_touch_the_others() -> None:
    said = [post("よい"), post("\u202eわるい"), post("よい")]
    first, second, third = normal_form(said, "replace")
    assert (first, third) == (Wording(said[0]), Wording(said[2]))
    assert second.changes == ("bidi", "text")


def test_every_field_that_people_type_into_is_put_in_normal_form() -> None:
    dirty = "a\u202eb"
    bodies: list[Body] = [
        MessagePost(dirty),
        MessagePost("", location=Location(1, 2, dirty)),
        MessageEdit(SAID.id, dirty),
        MessageWithdraw(SAID.id, dirty),
        ReactionSet(SAID.id, dirty, True),
        RoomPut(dirty, dirty, dirty, dirty),
        ProfileSet(USER, dirty, dirty, dirty, dirty, dirty),
        ItemPut(Survey(title=dirty, choices=["よい", dirty])),
        ItemPut(Form(title="表", fields=[Field(key="a", label=dirty, kind="line")])),
        AnswerSet(SAID.id, FormAnswer([Filled("a", dirty)])),
    ]
    for body in bodies:
        (wording,) = normal_form([act(SAID, body)], "replace")
        assert "\u202e" not in str(to_builtins(wording.event.body))
        assert "bidi" in wording.changes


def test_a_name_is_one_line() -> None:
    (wording,) = normal_form([act(SAID, RoomPut(name="一\n二\t三"))], "replace")
    assert wording.event.body == RoomPut(name="一 二 三")


def test_what_would_no_longer_fit_is_not_changed_and_says_so() -> None:
    # NFC makes three characters of each of these.
    said = post("\U0001d160" * MAX_TEXT)
    (wording,) = normal_form([said], "replace")
    assert wording == Wording(said, fits=False)
    (empty,) = normal_form([act(SAID, RoomPut(name="\u200b"))], "replace")
    assert not empty.fits


def test_private_use_characters_are_held_where_the_policy_says_so() -> None:
    said = post("\ue000田")
    assert [w.hold for w in normal_form([said], "hold")] == [True]
    (replaced,) = normal_form([said], "replace")
    assert replaced.event.body == MessagePost("〓田")
    (kept,) = normal_form([said], "keep")
    assert kept.event == said


def test_names_of_files_are_made_harmless() -> None:
    said = post("", file_ref(b"x", "..\\\u202egpj.exe", "image/jpeg"))
    (wording,) = normal_form([said], "replace")
    (file,) = wording.event.files
    assert file.name.endswith(".jpg")
    assert "\\" not in file.name
    assert "bidi" in wording.changes
    assert texts_of(wording.event) == ["", file.name]


def test_a_media_type_that_is_none_says_nothing() -> None:
    said = post("", file_ref(b"x", "a.txt", "text/plain\nof somebody's own"))
    (wording,) = normal_form([said], "replace")
    assert wording.event.files[0].media == "application/octet-stream"


@given(st.lists(st.text(max_size=20), max_size=5))
def test_looking_at_all_together_finds_what_looking_at_each_finds(texts: list[str]) -> None:
    wordings = normal_form([post(text) for text in texts], "replace")
    found = [w.event.body.text for w in wordings if isinstance(w.event.body, MessagePost)]
    assert found == [normalise_text(text).text for text in texts]
