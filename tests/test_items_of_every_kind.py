"""What the rows of a kind promise, held against the code: for every kind that there is."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from typing import Any, get_args

import pytest

from lgwan_side.zone import SIDE as LGWAN
from relay.normal_form import Transfer, TransferSource
from relay.transform import normalise
from relay.transform.normalise import normal_form
from relay.verify import check as stage
from relay.verify.characters import Characters
from relay.verify.check import ReleaseRules, check_transfers
from relay.verify.consents import ConsentRules
from tests.item_samples import PARAGRAPH, is_running_text, leaves, sample
from tests.wire.reference_copy import Copy
from tests.wire.samples import AUTHOR, NOW, name
from tests.zone.halves import Half, Time
from wire.answers import Answer
from wire.bodies import KINDS, AnswerSet, Body, ItemPut
from wire.events import Event, is_well_formed
from wire.item_kinds import ITEMS, type_of
from wire.items import AgendaEntry, Approval, Broadcast, Content, Form, Note, Post, Survey, Task
from wire.keyring import Keyring
from wire.lane import Lane, Zone
from wire.reasons import Reason
from zone.copy.apply import apply_event
from zone.copy.views import AnswerView
from zone.items import due, items
from zone.items.exports import answers_table
from zone.items.kinds import ITEM_KINDS, takes_answers
from zone.search.documents import read_documents

EVERY_KIND: list[Any] = sorted(get_args(Content), key=str)
AGREED = ConsentRules("shinjo", Lane.IMPORT, Keyring(()))
RULES = ReleaseRules(KINDS, frozenset(), 1, Characters(private_use=False), AGREED)


def put(kind: Any, content: Any, number: int = 1, item: str | None = None) -> Event:
    row = ITEMS[kind]
    return Event(
        id=name(row.prefix if item is None else "ac", number),
        hlc=number,
        at=NOW,
        room=name("rm", 1) if row.has_room else None,
        author=AUTHOR,
        body=ItemPut(content, item),
    )


def verdict(event: Event) -> Reason | None:
    source = TransferSource(epoch=1, seq=1, sha256="0" * 64)
    (found,) = check_transfers(
        [Transfer(n=1, at=NOW, source=source, decision="pass", event=event)], RULES, now=NOW
    )
    return found


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_the_relay_keeps_the_lines_of_running_text_in_both_stages(kind: Any) -> None:
    event = put(kind, sample(kind))
    assert is_well_formed(event)
    (worded,) = normal_form([event], "hold")
    assert (worded.event, worded.fits, worded.hold) == (event, True, False)
    assert verdict(event) is None


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_everything_else_is_one_line_in_both_stages(kind: Any) -> None:
    broken = put(kind, sample(kind, lambda *_: PARAGRAPH))
    assert verdict(broken) is Reason.UNCLEAN_TEXT
    (worded,) = normal_form([broken], "hold")
    mended = sample(kind, lambda _, leaf: PARAGRAPH if is_running_text(leaf) else "一行目 二行目")
    assert worded.event == put(kind, mended)
    assert verdict(worded.event) is None


def test_both_stages_ask_the_row_what_is_running_text(monkeypatch: pytest.MonkeyPatch) -> None:
    title = {**ITEMS, Note: replace(ITEMS[Note], paragraphs=frozenset({"title"}))}
    event = put(Note, Note(title=PARAGRAPH, text=PARAGRAPH))
    monkeypatch.setattr(normalise, "ITEMS", title)
    (worded,) = normal_form([event], "hold")
    assert worded.event == put(Note, Note(title=PARAGRAPH, text="一行目 二行目"))
    assert verdict(worded.event) is Reason.UNCLEAN_TEXT  # the second asks a table of its own
    monkeypatch.setattr(stage, "ITEMS", title)
    assert verdict(worded.event) is None
    assert verdict(event) is Reason.UNCLEAN_TEXT


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_whatever_order_its_words_come_in_a_kind_comes_to_the_same(kind: Any) -> None:
    first = put(kind, sample(kind))
    title = put(kind, kind(title="二"), 2, first.id)
    text = put(kind, kind(text="三", title="四"), 3, first.id)
    copies = []
    for order in permutations((first, title, text)):
        copy = Copy()
        for event in order:
            copy.apply(event, Zone.LGWAN)
        copies.append((copy.items, copy.registers))
    assert all(copy == copies[0] for copy in copies)
    fields = {field for _, field in copies[0][1]}
    assert fields == set(kind.__struct_fields__)


@pytest.fixture
def copy() -> Iterator[sqlite3.Connection]:
    half = Half(LGWAN, Time())
    yield half.db
    half.db.close()


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_search_reads_what_the_row_says_and_nothing_else(
    kind: Any, copy: sqlite3.Connection
) -> None:
    event = put(kind, sample(kind, lambda member, _: f"語 {member}"))
    apply_event(copy, event, Zone.INTERNET)
    (document,) = read_documents(copy, [event.id])
    assert set(document.text.split("\n")) == {f"語 {each}" for each in ITEM_KINDS[kind].search}
    assert document.types == (type_of(kind), "item")


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_kind_is_shown_with_the_state_that_its_row_computes(
    kind: Any, copy: sqlite3.Connection
) -> None:
    event = put(kind, sample(kind))
    apply_event(copy, event, Zone.INTERNET)
    view = items.find_item(copy, LGWAN, event.id, now=NOW)
    assert view is not None
    assert view.content == sample(kind)
    has_state = ITEM_KINDS[kind].state is not None
    assert (view.state is not None) == has_state
    assert view.state is None or view.state.__struct_config__.tag == view.type


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_kind_is_told_once_more_when_its_end_has_come(
    kind: Any, copy: sqlite3.Connection
) -> None:
    event = put(kind, sample(kind))
    apply_event(copy, event, Zone.INTERNET)
    due.plan(copy, event)
    end = ITEMS[kind].end
    found = [] if end is None else [event.id]
    assert due.due_items(copy, now=0 if end is None else getattr(sample(kind), end)) == found


def test_these_kinds_have_an_end_and_no_others() -> None:
    ends = {kind: row.end for kind, row in ITEMS.items() if row.end is not None}
    assert ends == {
        Task: "due",
        Post: "until",
        Survey: "deadline",
        Form: "deadline",
        Approval: "deadline",
    }


# Whether somebody is heard who answers when its time is up.
LATE = {
    Task(due=1): True,
    AgendaEntry(ends=1): True,
    Post(until=1): True,
    Broadcast(deadline=1, closed=True): True,
    Survey(deadline=1): False,
    Survey(closed=True): False,
    Form(deadline=1): False,
    Form(closed=True): False,
    Approval(deadline=1): False,
}


@pytest.mark.parametrize("content", LATE, ids=repr)
def test_who_is_late_is_heard_where_the_row_says_so(content: Content) -> None:
    assert takes_answers(content, now=1) == LATE[content]
    assert takes_answers(content, now=0) == (LATE[content] or not getattr(content, "closed", False))


def test_each_kind_that_is_answered_says_what_comes_of_a_late_answer() -> None:
    assert {type(content) for content in LATE} == {kind for kind in ITEMS if ITEMS[kind].answers}


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_answer_to_a_kind_can_be_exported_in_both_languages(kind: Any) -> None:
    for answer in map(sample, ITEMS[kind].answers):
        given = [AnswerView("x", "us_a", "answer", answer, 0)]  # before any deadline
        ours, english = (answers_table(sample(kind), given, {}, each) for each in ("ja", "en"))
        assert len(ours) == len(english) > 1


def test_outside_items_running_text_is_called_text() -> None:
    """So both stages of the relay know it without a column: in messages and in answers too."""
    structs = {*get_args(Answer), *get_args(Body)} - {ItemPut, AnswerSet}
    found = {each for one in structs for each, leaf in leaves(one) if is_running_text(leaf)}
    assert found == {"text"}
