"""A transform stage that was taken over says yes in somebody's name: nothing is released by it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from relay.normal_form import FileOutcome, OperatorAct, Transfer
from relay.rule_files import rules_digest, rules_folder
from runtime.operators import trusted_folder, write_operators
from tests.operators import TWO, key_of, operator, operator_id
from tests.relay.verify.log import demand_a_leaf_for_each_release, leaves
from tests.relay.verify.peers import FarZone, Transform
from tests.relay.verify.place import (
    AUTHOR,
    NOW,
    POLICY,
    an_id,
    consent_to,
    decided,
    event,
    file_event,
    item,
    running,
    until,
    until_status,
)
from tests.relay.verify.place import key_of as node_key
from wire.bodies import FileReady, RelayNotice
from wire.consents import MAX_LIFE_MS, SignedConsent
from wire.events import Event
from wire.keys import KeyRole
from wire.lane import Lane
from wire.reasons import Reason
from wire.receipts import Verdict

SAFE = "安全な文".encode()
ASKED = item(decision="released")
CAME = FileOutcome(an_id("fl", 3), "text/plain", len(SAFE), "ab" * 32, "text", 1)
OF_FILE = item(about=file_event(3, SAFE), decision="released", file=CAME)
NOTICE = RelayNotice(an_id("ms", 5), "denied", 2, "message.post", "words")
DENIED = item(about=event(5, NOTICE), decision="denied", reason=Reason.DENIED)


def by(number: int = 1, what: Transfer = ASKED, **changes: Any) -> SignedConsent:
    return consent_to(what, number=number, **changes)


def as_approver(uid: str, key: Any, **changes: Any) -> SignedConsent:
    return by(by=uid, capacity="approver", key=key, reason="", **changes)


def with_consents(what: Transfer, *consents: SignedConsent) -> Transfer:
    return msgspec.structs.replace(what, consents=list(consents))


def forged(**changes: Any) -> SignedConsent:
    """Return a consent of which something was changed after it was signed."""
    signed = by()
    return msgspec.structs.replace(
        signed, consent=msgspec.structs.replace(signed.consent, **changes)
    )


def by_person(who: str) -> Event:
    return msgspec.structs.replace(event(1), author=msgspec.structs.replace(AUTHOR, person=who))


ZONE = node_key(KeyRole.INTERNET_CONSENT)
SHARED = item(about=by_person(an_id("us", 8)), decision="released")
OTHER = item(about=event(2), decision="released")

# What nobody, or not the right one, has agreed to.
BARRED: dict[str, Transfer] = {
    "nobody has agreed": ASKED,
    "somebody has agreed to another event": with_consents(ASKED, by(what=OTHER)),
    "the consent names this event and the content of another": with_consents(
        ASKED, by(content=by(what=OTHER).consent.content)
    ),
    "the consent names another event with this content": with_consents(
        ASKED, by(subject=an_id("ms", 2))
    ),
    "the consent was made for another lane": with_consents(ASKED, by(lane=Lane.EXPORT)),
    "the consent was made for another site": with_consents(ASKED, by(site="elsewhere")),
    "the consent names another author": with_consents(ASKED, by(author=an_id("us", 7))),
    "a no is passed on as a yes": with_consents(ASKED, by(decision="deny")),
    "a look is passed on as a yes": with_consents(ASKED, by(decision="look")),
    "the consent has expired": with_consents(ASKED, by(at=NOW - 10, until=NOW)),
    "the consent is of tomorrow": with_consents(
        ASKED, by(at=NOW + 86_400_000, until=NOW + 86_400_001)
    ),
    "the consent counts for ever": with_consents(ASKED, by(until=NOW + MAX_LIFE_MS + 1)),
    "the consent ends before it begins": with_consents(ASKED, by(at=NOW + 2, until=NOW + 1)),
    "a yes was changed after it was signed": with_consents(ASKED, forged(until=NOW + 9)),
    "somebody nobody knows has agreed": with_consents(ASKED, by(3)),
    "the key is of another operator": with_consents(ASKED, by(1, key=key_of(2))),
    "the key is the transform stage's own": with_consents(
        ASKED, by(1, key=node_key(KeyRole.IMPORT_RECEIPT))
    ),
    "no reason is given": with_consents(ASKED, by(reason=" ")),
    "one right and one wrong consent": with_consents(ASKED, by(1), by(2, key=key_of(3))),
    "an approver, where policy asks for an operator": with_consents(
        ASKED, as_approver(an_id("us", 7), ZONE)
    ),
    "somebody on a shared account agrees to their own words": with_consents(
        SHARED, as_approver(an_id("us", 8), ZONE, what=SHARED), by(what=SHARED)
    ),
    "a file with the consent to another": with_consents(OF_FILE, by(subject=an_id("fl", 3))),
    "a file of which the outcome is not told": msgspec.structs.replace(decided(OF_FILE), file=None),
    "a file whose outcome is that of another": msgspec.structs.replace(
        decided(OF_FILE),
        file=msgspec.structs.replace(CAME, fid=an_id("fl", 4)),
    ),
    "a file that came in as something else": msgspec.structs.replace(
        decided(OF_FILE),
        file=msgspec.structs.replace(CAME, sha256_in="cd" * 32),
    ),
    "what passes, with a consent that nobody asked for": with_consents(item(), by()),
    "nobody has denied it": DENIED,
    "a denial by whoever is nobody": decided(DENIED, key=key_of(3)),
    "a denial of something else": with_consents(
        DENIED, by(what=DENIED, decision="deny", subject=an_id("ms", 6))
    ),
}


@pytest.mark.parametrize("lie", BARRED)
async def test_it_is_barred_counted_and_the_lane_goes_on(folder: Path, lie: str) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(BARRED[lie], item(about=event(9)))
        await until(lambda: len(transform.verdicts()) == 2)
        status = await until_status(folder, lambda said: said.refused_consents > 0)
    assert transform.verdicts() == {1: Verdict.REFUSED, 2: Verdict.DELIVERED}
    assert transform.reason(1) is Reason.NO_AUTHORITY
    assert status.refused_consents == 1
    assert [each.id for each in far.events] == [event(9).id]
    demand_a_leaf_for_each_release(folder, far)


async def outcome(folder: Path, what: Transfer) -> Verdict:
    """Return what becomes of an item in the stage in `folder`."""
    transform, far = Transform(folder), FarZone(folder)
    transform.policy_sha256 = rules_digest(rules_folder(folder))
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(what)
        if what.event is not None and isinstance(what.event.body, FileReady):
            await transform.send_file(SAFE)
        await until(lambda: bool(transform.verdicts()))
    return transform.verdicts()[1]


def ask_for(folder: Path, holds: str, files: str = "") -> None:
    plain = POLICY.replace(b"[files]\n", f"[files]\n{files}\n".encode())
    policy = plain + f"[holds]\n{holds}\n".encode()
    (rules_folder(folder) / "policy.toml").write_bytes(policy)


@pytest.mark.parametrize("what", [ASKED, OF_FILE], ids=["event", "file"])
async def test_what_an_operator_has_agreed_to_is_released(folder: Path, what: Transfer) -> None:
    assert await outcome(folder, decided(what)) is Verdict.DELIVERED
    (leaf,) = leaves(folder)
    assert (leaf["decision"], len(leaf["approvers"]), len(leaf["consents"])) == ("released", 1, 1)


async def test_what_an_operator_has_denied_is_told_to_be(folder: Path) -> None:
    assert await outcome(folder, decided(DENIED)) is Verdict.REFUSED
    (leaf,) = leaves(folder)
    assert (leaf["ev"], leaf["id"], len(leaf["consents"])) == ("event.released", NOTICE.subject, 1)


async def test_what_its_author_took_back_nobody_has_to_deny(folder: Path) -> None:
    taken_back = msgspec.structs.replace(DENIED, reason=Reason.WITHDRAWN)
    assert await outcome(folder, taken_back) is Verdict.REFUSED
    assert leaves(folder)[0]["ev"] == "event.released"


@pytest.mark.parametrize(
    ("consents", "verdict"),
    [
        ((by(1),), Verdict.REFUSED),
        ((by(1), by(1)), Verdict.REFUSED),
        ((by(1), by(1, at=NOW - 1)), Verdict.REFUSED),
        ((by(1), as_approver(an_id("us", 7), ZONE)), Verdict.REFUSED),
        ((by(1), by(2)), Verdict.DELIVERED),
    ],
    ids=["one", "one twice", "one with two words", "one and an approver", "two"],
)
async def test_where_policy_asks_for_two_operators_they_are_two_people(
    folder: Path, consents: tuple[SignedConsent, ...], verdict: Verdict
) -> None:
    ask_for(folder, "operators = 2")
    assert await outcome(folder, with_consents(ASKED, *consents)) is verdict


async def test_two_operators_who_are_one_person_are_one(folder: Path) -> None:
    ask_for(folder, "operators = 2")
    write_operators(folder, [operator(n, user=an_id("us", 7)) for n in (1, 2)])
    assert await outcome(folder, with_consents(ASKED, by(1), by(2))) is Verdict.REFUSED


def spoil(folder: Path) -> None:
    (trusted_folder(folder) / "operators.json").write_text("{")


CHANGED: dict[str, Callable[[Path], None]] = {
    "ended": lambda folder: write_operators(folder, [operator(1, until=NOW), operator(2)]),
    "not yet one": lambda folder: write_operators(folder, [operator(1, since=NOW + 1)]),
    "changed keys": lambda folder: write_operators(folder, [operator(1, generation=1)]),
    "taken off the list": lambda folder: write_operators(folder, TWO[1:]),
    "the author": lambda folder: write_operators(folder, [operator(1, user=AUTHOR.uid)]),
    "on a list nobody can read": spoil,
}


@pytest.mark.parametrize("what_happened", CHANGED)
async def test_whoever_is_no_operator_any_more_decides_nothing_from_then_on(
    folder: Path, what_happened: str
) -> None:
    first, second = decided(ASKED), decided(OTHER)
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(first)
        await until(lambda: len(transform.verdicts()) == 1)
        CHANGED[what_happened](folder)
        await transform.hand_over(second)
        await until(lambda: len(transform.verdicts()) == 2)
    assert transform.verdicts() == {1: Verdict.DELIVERED, 2: Verdict.REFUSED}


@pytest.mark.parametrize(
    "note",
    [
        OperatorAct("hold.viewed", operator_id(), event(1).id),
        OperatorAct("hold.viewed", operator_id(2), event(1).id, by(decision="look")),
        OperatorAct("hold.viewed", operator_id(), event(2).id, by(decision="look")),
        OperatorAct("hold.viewed", operator_id(), event(1).id, by(decision="release")),
        OperatorAct("hold.viewed", operator_id(3), event(1).id, by(3, decision="look")),
    ],
    ids=["unsigned", "by another", "at another", "a yes", "by nobody"],
)
async def test_nobody_is_said_to_have_looked_who_has_not(folder: Path, note: OperatorAct) -> None:
    looked = item(decision="noted", event=None, note=note)
    assert await outcome(folder, looked) is Verdict.REFUSED
    assert [leaf["ev"] for leaf in leaves(folder)] == ["event.barred"]
