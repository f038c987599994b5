"""Yes and no at the transform stage: whoever may not decide hears so, and nothing goes on."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from runtime.operators import trusted_folder, write_operators
from tests.operators import LIFE_MS, TWO, key_of, operator, operator_id
from tests.relay.transform.site import (
    AUTHOR,
    NOW,
    OPERATOR,
    POLICY,
    admin,
    decide,
    deciders,
    eventually,
    new_id,
    now,
    post,
    signed,
)
from tests.relay.transform.test_held_files import HOLDING, held_file
from tests.relay.transform.world import World, world
from wire.consents import MAX_LIFE_MS, SignedConsent
from wire.reasons import Reason
from wire.receipts import Verdict

FOUR_EYES = POLICY + "[holds]\noperators = 2\n"

WRONG: dict[str, dict[str, Any]] = {
    "of another key": {"key": key_of(2)},
    "of nobody": {"number": 3},
    "of another lane": {"lane": "export"},
    "of another site": {"site": "elsewhere"},
    "of another author": {"author": new_id("us")},
    "of another content": {"content": "0" * 64},
    "without a reason": {"reason": ""},
    "that has expired": {"at": NOW - 2, "until": NOW},
    "of tomorrow": {"at": NOW + 86_400_000, "until": NOW + 86_400_001},
    "that counts for ever": {"until": NOW + MAX_LIFE_MS + 1},
    "that is a look": {"decision": "look"},
    "of an approver, with an operator's key": {"capacity": "approver", "by": new_id("us")},
}


async def held_message(w: World) -> str:
    said = post("取扱注意")
    await w.near.send(said)
    await w.near.verdict(1, Verdict.HELD)
    return said.id


async def say(w: World, signed: SignedConsent) -> tuple[int, dict[str, object]]:
    return await admin(w.node, "POST", "/v1/holds/consents", msgspec.to_builtins(signed))


async def refused(w: World) -> int:
    _, status = await admin(w.node, "GET", "/v1/status")
    return int(str(status["refused_consents"]))


@pytest.mark.parametrize("what", WRONG)
async def test_a_yes_is_refused_and_counted(folder: Path, what: str) -> None:
    async with world(folder) as w:
        held = await held_message(w)
        said = await signed(w.node, held, "release")
        wrong = await signed(w.node, held, "release", **WRONG[what])
        code, problem = await admin(
            w.node, "POST", "/v1/holds/consents", msgspec.to_builtins(wrong)
        )
        assert (code, problem["code"]) == (403, "no-authority")
        assert await refused(w) == 1
        assert all(item.decision != "released" for item in w.verify.items)
        # And the right one is taken all the same.
        code, done = await say(w, said)
        assert (code, done["decision"]) == (200, "released")


async def test_a_yes_that_was_changed_is_refused(folder: Path) -> None:
    async with world(folder) as w:
        said = await signed(w.node, await held_message(w), "release")
        changed = msgspec.structs.replace(said.consent, until=NOW + LIFE_MS + 1)
        forged = msgspec.structs.replace(said, consent=changed)
        code, _ = await say(w, forged)
        assert code == 403


@pytest.mark.parametrize("body", [None, {}, {"approver": "市長"}, {"consent": 1}, [], "x"])
async def test_what_is_no_consent_decides_nothing(folder: Path, body: object) -> None:
    async with world(folder) as w:
        await held_message(w)
        code, _ = await admin(w.node, "POST", "/v1/holds/consents", body)
        assert code == 422
        _, listed = await admin(w.node, "GET", "/v1/holds")
        assert len(listed["holds"]) == 1  # type: ignore[arg-type]


async def test_a_consent_to_what_is_not_held_is_not_found(folder: Path) -> None:
    async with world(folder) as w:
        said = await signed(w.node, await held_message(w), "release", subject=new_id("ms"))
        code, problem = await admin(w.node, "POST", "/v1/holds/consents", msgspec.to_builtins(said))
        assert (code, problem["code"]) == (404, "not-found")


async def test_the_author_does_not_decide_as_an_operator_either(folder: Path) -> None:
    async with world(folder) as w:
        held = await held_message(w)
        write_operators(w.node.folder, [operator(1, user=AUTHOR.uid), operator(2)])
        assert (await decide(w.node, held, "release"))[0] == 403
        assert (await decide(w.node, held, "release", number=2))[0] == 200


async def test_an_operator_who_was_ended_decides_nothing_from_then_on(folder: Path) -> None:
    async with world(folder) as w:
        held = await held_message(w)
        write_operators(w.node.folder, [operator(1, until=NOW), operator(2)])
        for decision in ("look", "release", "deny"):
            assert (await decide(w.node, held, decision))[0] == 403
        (trusted_folder(w.node.folder) / "operators.json").write_text("[")
        assert (await decide(w.node, held, "release", number=2))[0] == 403
        assert await refused(w) == 4


async def test_two_operators_have_to_agree_where_policy_says_so(folder: Path) -> None:
    async with world(folder, FOUR_EYES) as w:
        held = await held_message(w)
        for again in range(2):
            _, done = await decide(w.node, held, "release", at=NOW - again)
            assert done == {"id": held, "decision": "waiting", "said": 1, "needed": 2}
        _, listed = await admin(w.node, "GET", "/v1/holds")
        entries: Any = listed["holds"]
        (entry,) = entries
        assert entry["agreed"] == [OPERATOR]
        _, done = await decide(w.node, held, "release", number=2)
        assert done == {"id": held, "decision": "released", "said": 2, "needed": 2}
        assert (await w.near.verdict(1)).verdict is Verdict.DELIVERED
        assert sorted(deciders(w.verify.items[-1])) == [OPERATOR, operator_id(2)]


async def test_a_first_yes_counts_no_more_once_its_operator_is_none(folder: Path) -> None:
    async with world(folder, FOUR_EYES) as w:
        held = await held_message(w)
        await decide(w.node, held, "release")
        write_operators(w.node.folder, [operator(1, generation=1), operator(2)])
        _, done = await decide(w.node, held, "release", number=2)
        assert (done["decision"], done["said"]) == ("waiting", 1)
        _, done = await decide(w.node, held, "release", key=key_of(1, 1))
        assert (done["decision"], done["said"]) == ("released", 2)


async def test_a_single_operator_denies_what_two_have_to_release(folder: Path) -> None:
    async with world(folder, FOUR_EYES) as w:
        held = await held_message(w)
        await decide(w.node, held, "release")
        _, done = await decide(w.node, held, "deny", number=2)
        assert done["decision"] == "denied"
        assert (await w.near.verdict(1)).reason is Reason.DENIED
        assert deciders(w.verify.items[-1]) == [operator_id(2)]


async def test_a_file_waits_for_the_second_operator_too(folder: Path) -> None:
    async with world(folder, FOUR_EYES, profile=HOLDING) as w:
        fid = await held_file(w)
        assert (await decide(w.node, fid, "release"))[1]["decision"] == "waiting"
        assert (await decide(w.node, fid, "release", number=2))[1]["decision"] == "released"
        assert (await w.near.verdict(1, file=1)).verdict is Verdict.DELIVERED
        item = w.verify.items[-1]
        assert (item.decision, sorted(deciders(item))) == ("released", [OPERATOR, operator_id(2)])


async def test_operators_are_told_of_each_thing_that_begins_to_wait(folder: Path) -> None:
    with capture_logs() as logs:
        async with world(folder) as w:
            told: list[Any] = []

            def tells(number: int) -> bool:
                told[:] = [log["waiting"] for log in logs if log["event"] == "hold.waits"]
                return len(told) == number

            held = await held_message(w)
            await eventually(lambda: tells(1))
            await decide(w.node, held, "release")
            await w.near.verdict(1, Verdict.DELIVERED)
            await w.near.send(post("取扱注意", at=NOW), post("取扱注意", at=NOW))
            await eventually(lambda: tells(2))
            assert told == [1, 2]
            assert all(held not in str(log) for log in logs if log["event"] == "hold.waits")


async def test_a_yes_of_yesterday_is_forgotten_with_what_it_was_about(folder: Path) -> None:
    times = [now()]
    async with world(folder, FOUR_EYES, clock=lambda: times[0]) as w:
        held = await held_message(w)
        await decide(w.node, held, "release")
        times[0] += 168 * 3_600_000
        assert (await w.near.verdict(1)).reason is Reason.EXPIRED
        assert deciders(w.verify.items[-1]) == []
        write_operators(w.node.folder, TWO)
        assert (await admin(w.node, "GET", "/v1/holds"))[1] == {"holds": []}
