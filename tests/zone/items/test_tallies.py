"""Surveys, forms and tasks, counted."""

from wire.answers import Answer, Done, Filled, FormAnswer, Vote, part_of
from wire.items import Field, Form, Survey, Task
from zone.copy.states import DoneView
from zone.copy.views import AnswerView
from zone.items.tallies import form_tally, survey_state, survey_tally
from zone.items.tasks import task_state

DEADLINE = 1_000


def word(user: str, answer: Answer, at: int = 1) -> AnswerView:
    return AnswerView("sv", user, part_of(answer), answer, at)


def test_votes_are_counted_and_impossible_or_late_ones_are_not() -> None:
    survey = Survey(title="昼食", choices=["和", "洋"], deadline=DEADLINE)
    given = [
        word("a", Vote([0])),
        word("b", Vote([1])),
        word("c", Vote([1])),
        word("d", Vote([0, 1])),  # only one may be taken
        word("e", Vote([7])),
        word("f", Vote([])),  # taken back
        word("g", Vote([0]), at=DEADLINE),
    ]
    state = survey_state(survey, given, now=DEADLINE - 1)
    assert (state.counts, state.answered, state.is_over) == ([1, 2], 3, False)
    assert survey_state(survey, given, now=DEADLINE).is_over


def test_of_several_choices_each_is_counted_once_for_each_who_took_it() -> None:
    survey = Survey(title="日程", choices=["月", "火", "水"], several=True)
    tally = survey_tally("sv", survey, [word("a", Vote([0, 2, 2])), word("b", Vote([2]))], 1)
    (question,) = tally.questions
    assert [(c.choice, c.count) for c in question.choices] == [("月", 1), ("火", 0), ("水", 2)]
    assert (tally.answered, tally.is_over) == (2, False)


def test_the_questions_of_a_form_that_have_choices_are_counted() -> None:
    fields = [
        Field(key="name", label="氏名", kind="line"),
        Field(key="days", label="日", kind="choices", choices=["月", "火"]),
        Field(key="car", label="車", kind="yes-no"),
    ]
    given = [
        word("a", FormAnswer([Filled("days", "月\n火\n火"), Filled("car", "yes")])),
        word("b", FormAnswer([Filled("name", "山"), Filled("days", "火")])),
    ]
    tally = form_tally("fm", Form(title="x", fields=fields, closed=True), given, 1)
    assert [
        (q.key, q.answered, [(c.choice, c.count) for c in q.choices]) for q in tally.questions
    ] == [("days", 2, [("月", 1), ("火", 2)]), ("car", 1, [("yes", 1), ("no", 0)])]
    assert tally.is_over


def test_a_task_for_all_is_done_when_all_have_done_it_and_one_for_any_when_one_has() -> None:
    given = [word("a", Done(), at=5)]
    for_all = task_state(Task(title="x", assignees=["a", "b"]), given)
    assert (for_all.done, for_all.waiting) == (False, ["b"])
    for_any = task_state(Task(title="x", assignees=["a", "b"], need="one"), given)
    assert (for_any.done, for_any.waiting, for_any.done_by) == (True, [], [DoneView("a", 5)])


def test_a_task_of_nobody_is_anybodys_and_one_not_done_after_all_is_open_again() -> None:
    assert task_state(Task(title="x"), [word("z", Done())]).done
    assert not task_state(Task(title="x"), []).done
    assert not task_state(Task(title="x", assignees=["a"]), [word("a", Done(done=False))]).done
    for need in ("one", "all"):
        others = Task(title="x", assignees=["a"], need=need)
        assert not task_state(others, [word("z", Done())]).done
