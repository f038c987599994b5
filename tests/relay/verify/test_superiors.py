"""A transform stage that was taken over lets a file go that no superior has agreed to: it stays."""

from pathlib import Path
from typing import Any

import pytest

from relay.normal_form import Transfer
from tests.operators import key_of, operator_id
from tests.relay.verify.place import AUTHOR, an_id, file_event, item
from tests.relay.verify.place import key_of as node_key
from tests.relay.verify.test_malicious_consents import (
    ASKED,
    CAME,
    OF_FILE,
    SAFE,
    ZONE,
    as_approver,
    ask_for,
    by,
    outcome,
    with_consents,
)
from wire.consents import SignedConsent
from wire.keys import KeyRole
from wire.receipts import Verdict


@pytest.mark.parametrize(
    ("person", "key", "verdict"),
    [
        (an_id("us", 7), ZONE, Verdict.DELIVERED),
        (AUTHOR.uid, ZONE, Verdict.REFUSED),
        (operator_id(), ZONE, Verdict.REFUSED),
        (an_id("us", 7), key_of(1), Verdict.REFUSED),
        (an_id("us", 7), node_key(KeyRole.WITNESS_INTERNET), Verdict.REFUSED),
    ],
    ids=["another person", "the author", "no person", "an operator's key", "another key"],
)
async def test_where_policy_has_superiors_agree_to_files_their_zone_signs(
    folder: Path, person: str, key: Any, verdict: Verdict
) -> None:
    ask_superiors(folder)
    consent = as_approver(person, key, what=OF_FILE)
    assert await outcome(folder, with_consents(OF_FILE, consent)) is verdict


def ask_superiors(folder: Path, holds: str = "") -> None:
    ask_for(folder, holds, 'action = "approve"')


OF_ANOTHER = item(about=file_event(4, SAFE), decision="released", file=CAME)
SUPERIOR = as_approver(an_id("us", 7), ZONE, what=OF_FILE)
SECOND = as_approver(an_id("us", 6), ZONE, what=OF_FILE)
# What no superior has agreed to, under a policy that asks them about each file.
UNAPPROVED: dict[str, Transfer] = {
    "a file passes as if nobody were asked": item(about=file_event(3, SAFE), file=CAME),
    "a file is altered, and passes": item(
        about=file_event(3, SAFE, state="altered"), decision="altered", file=CAME
    ),
    "nobody has agreed to it": OF_FILE,
    "a superior agreed to another file": with_consents(OF_ANOTHER, SUPERIOR),
    "a superior's yes to a text": with_consents(ASKED, as_approver(an_id("us", 7), ZONE)),
}


@pytest.mark.parametrize("lie", UNAPPROVED)
async def test_no_file_passes_that_no_superior_has_agreed_to(folder: Path, lie: str) -> None:
    ask_superiors(folder)
    assert await outcome(folder, UNAPPROVED[lie]) is Verdict.REFUSED


async def test_a_superior_counts_only_where_policy_asks_them(folder: Path) -> None:
    """What is held for its kind waits for an operator, who knows about kinds."""
    ask_for(folder, "approvers = 1")
    assert await outcome(folder, with_consents(OF_FILE, SUPERIOR)) is Verdict.REFUSED


@pytest.mark.parametrize(
    ("consents", "verdict"),
    [
        ((SUPERIOR,), Verdict.REFUSED),
        ((SUPERIOR, SUPERIOR), Verdict.REFUSED),
        ((SUPERIOR, SECOND), Verdict.DELIVERED),
        ((by(1, what=OF_FILE),), Verdict.DELIVERED),
    ],
    ids=["one", "one twice", "two", "an operator"],
)
async def test_a_second_pair_of_eyes_is_another_person(
    folder: Path, consents: tuple[SignedConsent, ...], verdict: Verdict
) -> None:
    ask_superiors(folder, "approvers = 2")
    assert await outcome(folder, with_consents(OF_FILE, *consents)) is verdict
