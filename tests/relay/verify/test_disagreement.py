"""What a lying transform stage lets pass against the policy: the verify stage judges for itself.

Real processes' code behind real sockets: the stage under test is the one that serves, the other
end speaks the protocol and says what it likes.
"""

import hashlib
import json
from pathlib import Path

import pytest

from relay.normal_form import Decision, Transfer
from relay.rule_files import rules_folder
from relay.verify.service import resume_lane
from runtime.settings import SettingsFault
from tests.relay.verify.log import Leaf, demand_a_leaf_for_each_release, leaves, words
from tests.relay.verify.peers import FarZone, Transform
from tests.relay.verify.place import (
    KINDS_THERE,
    NOW,
    an_id,
    clock,
    decided,
    event,
    file_event,
    item,
    make_node,
    running,
    until,
    until_status,
)
from wire.bodies import KINDS, MessageEdit, MessagePost, RelayNotice, RoomPut
from wire.events import FileRef
from wire.reasons import Reason
from wire.receipts import Verdict

NUMBER = "123456789018"
DENIED, OTHER_ROOM = an_id("rm"), an_id("rm", 5)


def policy_of(*lines: str, kinds: list[str] = KINDS_THERE) -> bytes:
    return "\n".join([f"version = 1\nkinds = {json.dumps(kinds)}", *lines, ""]).encode()


STRICT = policy_of(
    "[text]\nmax_characters = 100",
    "[files]\nmax_bytes = 1000\nmax_count = 2",
    '[[words]]\nname = "held"\nwords = ["取扱注意"]\npatterns = ["第[0-9]{3}号議案"]',
    '[[words]]\nname = "never"\naction = "refuse"\nwords = ["機密性3"]',
    '[[words]]\nname = "tables"\naction = "pass"\nwords = ["名簿"]',
    '[[rules]]\nname = "lists"\naction = "refuse"\nfiles = ["xlsx"]\nwords = ["tables"]',
)


def lies(policy: bytes, transfer: Transfer, rule: str) -> tuple[bytes, Transfer, str]:
    return policy, transfer, rule


def says(text: str, decision: Decision = "pass", *files: FileRef) -> Transfer:
    said = item(about=event(1, MessagePost(text), files), decision=decision)
    return decided(said) if decision == "released" else said


def a_file(name: str = "a.txt", size: int = 1, number: int = 1) -> FileRef:
    return FileRef(an_id("fl", number), name, "text/plain", size, None)


MANY = [a_file(number=n) for n in range(3)]
LIES = {
    "a kind": lies(policy_of(kinds=["message.edit"]), says("一"), "kinds"),
    "a room that is denied": lies(policy_of(f'[rooms]\ndeny = ["{DENIED}"]'), says("一"), "rooms"),
    "a room that is not allowed": lies(
        policy_of(f'[rooms]\nallow = ["{OTHER_ROOM}"]'), says("一"), "rooms"
    ),
    "a number in a denied room, released by the chief of police": lies(
        policy_of(f'[rooms]\ndeny = ["{DENIED}"]'), says(f"個人番号 {NUMBER}", "released"), "rooms"
    ),
    "a long text": lies(STRICT, says("長" * 101), "text-length"),
    "many files": lies(STRICT, says("一", "pass", *MANY), "file-count"),
    "a large file": lies(STRICT, says("一", "pass", a_file(size=1001)), "file-size"),
    "a word": lies(STRICT, says("これは取扱注意です"), "words-held"),
    "a word that only looks different": lies(STRICT, says("取扱注意"), "words-held"),
    "a pattern": lies(STRICT, says("第１２３号議案"), "words-held"),
    "a word in an edit": lies(
        STRICT, item(about=event(1, MessageEdit(an_id("ms"), "取扱注意"))), "words-held"
    ),
    "a word in the name of a room": lies(
        STRICT, item(about=event(1, RoomPut(name="取扱注意"))), "words-held"
    ),
    "a word in the name of a file": lies(
        STRICT, says("一", "pass", a_file("取扱注意.txt")), "words-held"
    ),
    "a word in what is said of a file": lies(
        STRICT, item(about=file_event(1, b"x", name="取扱注意.txt")), "words-held"
    ),
    "a word that is called altered": lies(STRICT, says("取扱注意", "altered"), "words-held"),
    "a word that nobody may release": lies(STRICT, says("機密性3", "released"), "words-never"),
    "an Individual Number": lies(STRICT, says(f"{NUMBER}です"), "individual-number"),
    "an Individual Number in full width": lies(
        STRICT, says("１２３４ ５６７８ ９０１８"), "individual-number"
    ),
    "an Individual Number that is refused, released": lies(
        policy_of('[text]\nindividual_number = "refuse"'),
        says(NUMBER, "released"),
        "individual-number",
    ),
    "private-use characters": lies(STRICT, says("外\ue000字"), "gaiji"),
    "what a rule refuses": lies(STRICT, says("名簿", "pass", a_file("a.xlsx")), "rule-lists"),
    "a notice from a room that is denied": lies(
        policy_of(f'[rooms]\ndeny = ["{DENIED}"]'),
        item(
            about=event(1, RelayNotice(an_id("ms"), "held", 1, "message.post", "x", NOW + 1)),
            decision="held",
        ),
        "rooms",
    ),
}


def node_with(root: Path, policy: bytes) -> tuple[Path, Transform, FarZone]:
    """Make a verify stage under a policy, and its two peers."""
    folder = make_node(root)
    (rules_folder(folder) / "policy.toml").write_bytes(policy)
    sha256 = hashlib.sha256(policy).hexdigest()
    return folder, Transform(folder, policy_sha256=sha256), FarZone(folder)


@pytest.mark.parametrize("lie", LIES)
async def test_what_the_policy_does_not_let_pass_is_refused_and_alarmed(
    root: Path, lie: str, capsys: pytest.CaptureFixture[str]
) -> None:
    policy, bad, rule = LIES[lie]
    folder, transform, far = node_with(root, policy)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(bad)
        await until(lambda: len(transform.verdicts()) == 1)
        status = await until_status(folder, lambda found: found.disagreements == 1)
    assert status.disagreed_at > 0
    assert transform.verdicts() == {1: Verdict.REFUSED}
    assert transform.reason(1) is Reason.STAGES_DISAGREE
    assert far.events == []
    (leaf,) = leaves(folder)
    assert (leaf["ev"], leaf["reason"], leaf["rule"]) == ("event.barred", "stages-disagree", rule)
    assert "stages.disagree" in capsys.readouterr().out


async def test_somebody_has_looked_and_that_is_on_record(root: Path) -> None:
    folder, transform, _ = node_with(root, STRICT)
    async with running(folder), transform.connected():
        await transform.hand_over(says("取扱注意"))
        await until(lambda: len(transform.verdicts()) == 1)
    await resume_lane(folder, "op_x", clock=clock)
    async with running(folder):
        status = await until_status(folder, lambda found: found.disagreements == 1)
    assert status.disagreed_at == 0
    assert words(leaves(folder))[-1] == ("lane.resumed", "stages-disagree")


async def test_a_person_can_release_what_a_rule_holds_and_the_files_with_it(root: Path) -> None:
    folder, transform, far = node_with(root, STRICT)
    name, data = "取扱注意.txt", b"\xe5\xae\x89\xe5\x85\xa8\r\n"
    message = says(f"取扱注意 {NUMBER}", "released", a_file(name, len(data)))
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(message, item(about=file_event(1, data, name=name)))
        await transform.send_file(data)
        await until(lambda: len(far.events) == 2)
        again = item(about=file_event(2, data, name=name))  # which nobody has released
        await transform.hand_over(again)
        await until(lambda: len(transform.verdicts()) == 3)
        status = await until_status(folder, lambda found: found.disagreements == 1)
    assert status.disagreements == 1
    assert transform.reason(3) is Reason.STAGES_DISAGREE
    demand_a_leaf_for_each_release(folder, far)


async def test_the_policy_in_the_folder_is_in_force_whatever_the_other_stage_says(
    root: Path,
) -> None:
    folder, transform, far = node_with(root, policy_of())
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(says("取扱注意"))
        await until(lambda: len(far.events) == 1)
        (rules_folder(folder) / "policy.toml").write_bytes(STRICT)
        await transform.hand_over(says("取扱注意"))  # under the one from before
        await until(lambda: len(transform.verdicts()) == 2)
    assert transform.reason(2) is Reason.HELD_BY_RULE  # it may have been on its way
    assert words(leaves(folder)) == [
        ("event.released", None),
        ("policy.read", None),
        ("event.barred", "held-by-rule"),
    ]


async def test_a_new_policy_is_on_record_without_anything_that_crosses(root: Path) -> None:
    folder, _, _ = node_with(root, policy_of())
    async with running(folder):
        (rules_folder(folder) / "policy.toml").write_bytes(STRICT)
        sha256 = hashlib.sha256(STRICT).hexdigest()
        await until_status(folder, lambda found: found.tree_size == 2)
    (read,) = leaves(folder)
    assert read["policy_sha256"] == sha256


async def test_a_policy_that_cannot_be_read_changes_nothing(root: Path) -> None:
    folder, transform, far = node_with(root, STRICT)
    async with running(folder), transform.connected(), far.connected():
        (rules_folder(folder) / "policy.toml").write_bytes(STRICT + b"[unheard_of]\n")
        await transform.hand_over(says("取扱注意"), says("一"))
        await until(lambda: len(transform.verdicts()) == 2)
    assert transform.verdicts() == {1: Verdict.REFUSED, 2: Verdict.DELIVERED}
    barred: Leaf = leaves(folder)[0]
    assert barred["rule"] == "words-held"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"version = 2\nkinds = []\n",
        b"version = 1\n",
        b'version = 1\nkinds = ["relay.notice"]\n',
        b"version = 1\nkinds = []\n[unheard_of]\n",
        b"version = 1\nkinds = []\n[text]\nunheard_of = 1\n",
        b"version = 1\nkinds = []\n[text]\nmax_characters = true\n",
        b"version = 1\nkinds = []\n[files]\nmax_count = 11\n",
        b'version = 1\nkinds = []\n[[words]]\nname = "w"\naction = "approve"\n',
        b'version = 1\nkinds = []\n[[words]]\nname = "w"\npatterns = ["a{e<=1}"]\n',
        b'version = 1\nkinds = []\n[[rules]]\nname = "r"\naction = "hold"\n',
        b'version = 1\nkinds = []\n[[rules]]\nname = "r"\naction = "hold"\nwords = ["w"]\n',
        b"version = 1\nkinds = []\n\xff",
    ],
)
async def test_it_does_not_start_on_a_policy_that_it_cannot_read(root: Path, text: bytes) -> None:
    folder, _, _ = node_with(root, text)
    with pytest.raises(SettingsFault, match=r"policy\.toml"):
        async with running(folder):
            pass


def test_every_kind_that_people_can_send_may_stand_in_a_policy() -> None:
    assert set(KINDS_THERE) == KINDS - {"relay.notice", "file.ready"}
