"""Approvals (簡易な決裁): where one stands, and whose word counts at which step.  Pure.

    step 0 ──quorum──▶ step 1 ──quorum──▶ … ──▶ approved
       └── any no ──▶ denied        its time up ──▶ expired        its asker ──▶ cancelled

Each approver has a seat at their step.  A seat can be delegated, and delegated further; whoever
gave it away takes it back by deciding themselves.  People are counted, not seats: four eyes are
four eyes.  A function of the latest words alone, so both zones come to the same answer
whatever order those came in: a no counts also where it crossed the last yes.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from wire.answers import Decision, Delegate
from wire.items import Approval, ApprovalStep
from zone.copy.states import ApprovalState, ApprovalStatus, StepState
from zone.copy.views import AnswerView

# The latest word of each at one step.
StepWords = Mapping[str, Decision | Delegate]
NOTHING_SAID: Final[StepWords] = {}


def approval_state(
    approval: Approval, asker: str, given: Iterable[AnswerView], now: int
) -> ApprovalState:
    """Return where an approval that `asker` asked for stands at `now`."""
    words = said(approval, given)
    steps = [
        _step_state(step, asker, words.get(number, NOTHING_SAID))
        for number, step in enumerate(approval.steps or [])
    ]
    status, at = _status(steps)
    if approval.cancelled:
        status = "cancelled"
    elif status == "open" and approval.deadline and now >= approval.deadline:
        status = "expired"
    return ApprovalState(status=status, step=at if status == "open" else None, steps=steps)


def said(
    approval: Approval, given: Iterable[AnswerView]
) -> dict[int, dict[str, Decision | Delegate]]:
    """Return the latest word of each at each step; what was said too late is not among them."""
    words: dict[int, dict[str, Decision | Delegate]] = {}
    for one in given:
        if approval.deadline and one.at >= approval.deadline:
            continue
        if isinstance(one.answer, Decision | Delegate) and one.user is not None:
            words.setdefault(one.answer.step, {})[one.user] = one.answer
    return words


def entitled(step: ApprovalStep, asker: str, words: StepWords) -> set[str]:
    """Return whose word counts at a step: who has a seat, or was given one, however far on."""
    chains = (_chain(approver, words) for approver in step.approvers)
    return {user for chain in chains for user in chain} - {asker}


def _status(steps: list[StepState]) -> tuple[ApprovalStatus, int | None]:
    for number, step in enumerate(steps):
        if step.denied_by:
            return "denied", None
        if len(step.approved_by) < step.quorum:
            return "open", number
    return "approved", None


def _step_state(step: ApprovalStep, asker: str, words: StepWords) -> StepState:
    approved, denied, waiting = set[str](), set[str](), set[str]()
    for approver in step.approvers:
        if approver == asker:
            continue
        holder = _holder(step, approver, asker, words)
        word = words.get(holder)
        if not isinstance(word, Decision):
            waiting.add(holder)
        elif word.verdict == "deny":
            denied.add(holder)
        elif holder in approved:  # for another seat: this one is left to whose it was
            waiting.add(approver)
        else:
            approved.add(holder)
    return StepState(
        quorum=step.quorum,
        approved_by=sorted(approved),
        denied_by=sorted(denied),
        waiting=sorted(waiting),
    )


def _holder(step: ApprovalStep, approver: str, asker: str, words: StepWords) -> str:
    """Return whose word counts for a seat.

    Given to who has a seat already, or to who asked for it all, a seat stays where it was.
    """
    holder = _chain(approver, words)[-1]
    return approver if holder == asker or holder in step.approvers else holder


def _chain(approver: str, words: StepWords) -> list[str]:
    """Return through whose hands a seat went; its holder is the last.

    Two zones can make a cycle of delegations.  Then each approver in it decides for themselves.
    """
    chain = [approver]
    while isinstance(word := words.get(chain[-1]), Delegate):
        if word.to in chain:
            return [approver]
        chain.append(word.to)
    return chain
