"""Approvals come to the same end in both zones, and never without as many people as are needed."""

import itertools
from random import Random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.reference_copy import Copy
from tests.wire.samples import event_of, name
from wire.answers import Answer, Decision, Delegate, part_of
from wire.bodies import AnswerSet
from wire.events import Author, Event
from wire.items import Approval, ApprovalStep
from wire.lane import Zone
from zone.copy.states import ApprovalState
from zone.copy.views import AnswerView
from zone.items import approvals
from zone.items.approvals import approval_state

ITEM, ASKER = name("ap", 1), name("us", 9)
A, B, C, D = PEOPLE = [name("us", n) for n in range(1, 5)]
NOW, LATER = 1_000, 5_000


def word(user: str, answer: Answer, at: int = NOW) -> AnswerView:
    return AnswerView(ITEM, user, part_of(answer), answer, at)


def yes(user: str, step: int = 0, at: int = NOW) -> AnswerView:
    return word(user, Decision(step, "approve"), at)


def no(user: str, step: int = 0) -> AnswerView:
    return word(user, Decision(step, "deny"))


def to(user: str, other: str, step: int = 0) -> AnswerView:
    return word(user, Delegate(step, other))


def stands(approval: Approval, *words: AnswerView, now: int = NOW) -> ApprovalState:
    return approval_state(approval, ASKER, words, now)


ONE_STEP = Approval(title="物品購入", steps=[ApprovalStep([A, B], 1)])
TWO_OF_THREE = Approval(title="契約", steps=[ApprovalStep([A, B, C], 2)])
TWO_STEPS = Approval(title="出張", steps=[ApprovalStep([A]), ApprovalStep([B])])


def test_steps_are_taken_in_order_and_the_last_yes_approves() -> None:
    assert stands(TWO_STEPS).step == 0
    assert stands(TWO_STEPS, yes(B, 1)).step == 0
    assert stands(TWO_STEPS, yes(A)).step == 1
    assert stands(TWO_STEPS, yes(A), yes(B, 1)).status == "approved"


def test_a_step_waits_until_enough_have_said_yes() -> None:
    state = stands(TWO_OF_THREE, yes(A))
    assert (state.status, state.steps[0].waiting) == ("open", [B, C])
    assert stands(TWO_OF_THREE, yes(A), yes(C)).status == "approved"


def test_a_no_ends_it_also_where_it_crossed_the_last_yes() -> None:
    assert stands(TWO_OF_THREE, no(B)).status == "denied"
    assert stands(ONE_STEP, yes(A), no(B)).status == "denied"
    assert stands(TWO_STEPS, no(A), yes(B, 1)).status == "denied"


def test_what_was_said_too_late_does_not_count_and_then_it_expires() -> None:
    approval = Approval(title="x", steps=[ApprovalStep([A])], deadline=LATER)
    assert stands(approval, now=LATER - 1).status == "open"
    assert stands(approval, now=LATER).status == "expired"
    assert stands(approval, yes(A, at=LATER), now=LATER + 1).status == "expired"
    assert stands(approval, yes(A), now=LATER + 1).status == "approved"


def test_who_asked_for_it_can_take_it_back() -> None:
    approval = Approval(title="x", steps=[ApprovalStep([A])], cancelled=True)
    assert stands(approval).status == "cancelled"
    assert stands(approval, yes(A)).status == "cancelled"


def test_a_delegate_decides_and_so_does_his_delegate() -> None:
    assert stands(TWO_STEPS, to(A, C)).steps[0].waiting == [C]
    assert stands(TWO_STEPS, to(A, C), yes(C)).step == 1
    assert stands(TWO_STEPS, to(A, C), to(C, D), yes(D)).step == 1
    assert stands(TWO_STEPS, yes(C)).step == 0, "they were not asked"


def test_who_gave_his_seat_away_takes_it_back_by_deciding() -> None:
    words = approvals.said(TWO_STEPS, [to(A, C), to(C, D)])[0]
    assert approvals.entitled(TWO_STEPS.steps[0], ASKER, words) == {A, C, D}  # type: ignore[index] # it has steps
    # The later word of A replaces the earlier: only one of them is there.
    assert stands(TWO_STEPS, yes(A), to(C, D)).step == 1


def test_in_a_ring_everybody_has_his_own_seat_again() -> None:
    ring = [to(A, B), to(B, A)]
    two = Approval(title="x", steps=[ApprovalStep([A, B], 2)])
    assert stands(two, *ring).steps[0].waiting == [A, B]
    assert stands(two, yes(A), to(B, A)).steps[0].approved_by == [A], "one person, counted once"
    assert stands(two, yes(A), to(B, A)).status == "open"
    assert stands(two, yes(A), yes(B)).status == "approved"


def test_seats_do_not_gather_in_one_hand() -> None:
    two = Approval(title="x", steps=[ApprovalStep([A, B], 2)])
    assert stands(two, to(A, B), yes(B)).steps[0].waiting == [A], "who has a seat gets no other"
    both = stands(two, to(A, C), to(B, C), yes(C))
    assert (both.status, both.steps[0].approved_by, both.steps[0].waiting) == ("open", [C], [B])
    assert stands(two, to(A, C), yes(B), yes(C)).status == "approved"


def test_nobody_approves_his_own_request_not_even_for_somebody_else() -> None:
    assert stands(TWO_STEPS, to(A, ASKER), yes(ASKER)).step == 0
    forged = Approval(title="x", steps=[ApprovalStep([ASKER])])
    assert stands(forged, yes(ASKER)).status == "open"
    assert ASKER not in approvals.entitled(ApprovalStep([A]), ASKER, {A: Delegate(0, ASKER)})


_people = st.sampled_from([*PEOPLE, ASKER])
_steps = st.integers(0, 1)
_answers: st.SearchStrategy[Answer] = st.one_of(
    st.builds(Decision, _steps, st.sampled_from(["approve", "approve", "deny"])),
    st.builds(Delegate, _steps, _people),
)


@st.composite
def _approvals(draw: st.DrawFn) -> Approval:
    steps = []
    for _ in range(draw(st.integers(1, 2))):
        approvers = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True))
        steps.append(ApprovalStep(approvers, draw(st.integers(1, len(approvers)))))
    return Approval(title="x", steps=steps)


@st.composite
def _told(draw: st.DrawFn) -> list[tuple[Event, Zone]]:
    """Draw what was said in both zones: each counts its own events."""
    told = []
    for zone in Zone:
        for count in draw(st.lists(st.integers(1, 9), unique=True, max_size=5)):
            author = Author(draw(_people), name("tn", 1), name("fe", 1))
            body = AnswerSet(ITEM, draw(_answers))
            number = 2 * count + (zone is Zone.LGWAN)
            told.append((event_of(body, number, hlc=count, author=author), zone))
    return told


def _in_order(approval: Approval, told: list[tuple[Event, Zone]]) -> ApprovalState:
    copy = Copy()
    for event, zone in told:
        copy.apply(event, zone)
    words = []
    for (_, field), register in copy.registers.items():
        value: object = register.value
        assert isinstance(value, list)
        answer = _decoded(value[0])
        words.append(AnswerView(ITEM, field.partition(":")[2], part_of(answer), answer, value[1]))
    return stands(approval, *words)


def _decoded(raw: dict[str, object]) -> Answer:

    found: Answer = msgspec.convert(raw, Decision | Delegate)
    return found


@given(_approvals(), _told(), st.randoms(use_true_random=False))
def test_both_zones_come_to_the_same_whatever_the_order(
    approval: Approval, told: list[tuple[Event, Zone]], random: Random
) -> None:
    there = list(told)
    random.shuffle(there)
    assert _in_order(approval, told) == _in_order(approval, there)


@given(_approvals(), st.lists(st.tuples(_people, _answers), max_size=8))
def test_no_step_passes_without_its_quorum_of_people_who_were_asked(
    approval: Approval, given_words: list[tuple[str, Answer]]
) -> None:
    latest = {(user, part_of(answer)): word(user, answer) for user, answer in given_words}
    state = stands(approval, *latest.values())
    passed = len(state.steps) if state.status == "approved" else state.step or 0
    for number, step in itertools.islice(enumerate(approval.steps or []), passed):
        words = approvals.said(approval, latest.values()).get(number, {})
        agreed = {
            user
            for user, answer in words.items()
            if isinstance(answer, Decision) and answer.verdict == "approve"
        }
        assert len(agreed & approvals.entitled(step, ASKER, words)) >= step.quorum
