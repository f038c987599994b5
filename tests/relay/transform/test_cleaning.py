"""What the sanitizer is asked to do, and what is made of its answers."""

from relay.transform.cleaning import REASONS, profile_of
from relay.transform.policy import Files
from sanitizer import outcome
from sanitizer.kinds import Kind
from sanitizer.profile import Action
from wire.reasons import Reason
from wire.receipts import REASONS as ON_THE_WIRE
from wire.receipts import REMOVED


def test_every_word_of_the_sanitizers_has_one_that_a_receipt_can_say() -> None:
    assert set(REASONS) == set(outcome.Reason)
    assert set(REASONS.values()) <= set(ON_THE_WIRE)


def test_whatever_the_sanitizer_removes_has_a_word_in_receipts() -> None:
    assert set(outcome.Removed) <= set(REMOVED)


def test_only_what_is_no_refusal_goes_without_a_reason() -> None:
    assert [word for word, reason in REASONS.items() if reason is None] == [outcome.Reason.NONE]


def test_a_kind_that_is_not_named_is_refused() -> None:
    profile = profile_of(Files(kinds=(Kind.JPEG,), hold=(Kind.PNG,)), is_approved=True)
    assert profile.action(Kind.JPEG) is Action.REBUILD
    assert profile.action(Kind.PNG) is Action.REFUSE
    assert profile.action(Kind.PDF) is Action.REFUSE


def test_nobody_can_approve_a_kind_that_is_not_taken() -> None:
    policy = Files(kinds=(Kind.JPEG,), hold=(Kind.PNG,))
    for is_approved in (False, True):
        assert profile_of(policy, is_approved=is_approved).action(Kind.PNG) is Action.REFUSE


def test_what_is_held_is_drawn_anew_once_approved() -> None:
    policy = Files(hold=(Kind.PDF,), picture=(Kind.PDF,))
    assert profile_of(policy, is_approved=False).action(Kind.PDF) is Action.HOLD
    assert profile_of(policy, is_approved=True).action(Kind.PDF) is Action.PICTURE


def test_a_file_costs_no_more_than_the_policy_allows() -> None:
    assert profile_of(Files(max_bytes=1_000), is_approved=False).limits.max_bytes == 1_000


def test_a_file_that_could_not_be_cleaned_for_no_fault_of_its_own_says_so() -> None:
    assert REASONS[outcome.Reason.JAIL_FAILED] is Reason.FILE_NOT_CLEANED
