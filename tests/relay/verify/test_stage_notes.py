"""Starts, stops, keys, policy and epochs are on record, and what operators did."""

import asyncio
import hashlib
from pathlib import Path

import msgspec
import pytest

from relay.normal_form import OperatorAct, Transfer
from relay.rule_files import rules_folder
from runtime.node import read_keyring, write_keyring
from tests.operators import operator_id
from tests.relay.verify.log import Leaf, all_leaves, halted, published
from tests.relay.verify.peers import FarZone, Transform
from tests.relay.verify.place import (
    AUTHOR,
    LANE,
    NOW,
    POLICY,
    POLICY_SHA256,
    an_id,
    consent_to,
    decided,
    event,
    item,
    running,
    until,
    until_status,
)
from wire.bodies import FileReady, MessageEdit, RelayNotice
from wire.events import FileRef
from wire.frames import FrameType
from wire.reasons import Reason
from wire.receipts import Verdict
from wire.records import Hello

NODE = "import-transform"
KEYS = "ab" * 32


async def test_a_start_says_which_keys_and_policy_and_a_stop_ends_it(folder: Path) -> None:
    async with running(folder):
        pass
    started, stopped = all_leaves(folder)
    assert (started["ev"], started["node"]) == ("stage.started", "import-verify")
    assert started["policy_sha256"] == POLICY_SHA256
    assert started["keyring_sha256"] == read_keyring(folder).digest().hex()
    assert (stopped["ev"], stopped["node"]) == ("stage.stopped", "import-verify")
    assert published(folder) == 0


async def test_keys_and_policy_that_changed_meanwhile_are_on_record_once(folder: Path) -> None:
    async with running(folder):
        pass
    entries = list(read_keyring(folder).entries)
    write_keyring(folder, entries[:-1])
    (rules_folder(folder) / "policy.toml").write_bytes(POLICY + b"# edited\n")
    for _ in range(2):
        async with running(folder):
            pass
    evs = [leaf["ev"] for leaf in all_leaves(folder)]
    run = ["stage.started", "stage.stopped"]
    assert evs == [*run, "stage.started", "keys.changed", "policy.read", "stage.stopped", *run]


async def test_a_policy_that_is_edited_while_it_runs_is_on_record(folder: Path) -> None:
    edited = POLICY + b"# edited\n"
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item())
        (rules_folder(folder) / "policy.toml").write_bytes(edited)
        transform.policy_sha256 = hashlib.sha256(edited).hexdigest()
        await transform.hand_over(item())
        await until(lambda: len(transform.verdicts()) == 2)
    read = [leaf for leaf in all_leaves(folder) if leaf["ev"] == "policy.read"]
    assert [leaf["policy_sha256"] for leaf in read] == [transform.policy_sha256]


async def greet(transform: Transform, *, run: int, epoch: int = 1, keys: str = KEYS) -> None:
    hello = Hello(LANE, epoch, transform.settled, keys, run, 0)
    await transform.send(FrameType.HELLO, hello.encode())


async def test_the_other_stages_start_and_stop_are_on_record_as_it_says_them(
    folder: Path,
) -> None:
    transform = Transform(folder)
    async with running(folder), transform.connected():
        for _ in range(3):
            await greet(transform, run=NOW)
        await greet(transform, run=0)
        await until_status(folder, lambda status: status.tree_size == 3)
        await greet(transform, run=0)
        await transform.hand_over(item(decision="refused", event=None))
        await until(lambda: bool(transform.verdicts()))
    of_transform = [leaf for leaf in all_leaves(folder) if leaf.get("node") == NODE]
    assert [leaf["ev"] for leaf in of_transform] == ["stage.started", "stage.stopped"]
    assert (of_transform[0]["epoch"], of_transform[0]["keyring_sha256"]) == (1, KEYS)


async def test_another_epoch_and_other_keys_of_the_other_stage_are_on_record(
    folder: Path,
) -> None:
    transform = Transform(folder)
    async with running(folder), transform.connected():
        await greet(transform, run=NOW)
        await greet(transform, run=NOW, epoch=2, keys="cd" * 32)
        await until_status(folder, lambda status: status.tree_size == 4)
    leaves = {leaf["ev"]: leaf for leaf in all_leaves(folder)}
    assert leaves["epoch.began"]["epoch"] == 2
    assert leaves["keys.changed"]["keyring_sha256"] == "cd" * 32


async def test_a_stage_that_says_another_start_each_time_leaves_one_record_a_second(
    folder: Path,
) -> None:
    transform = Transform(folder)
    async with running(folder), transform.connected():
        for n in range(50):
            await greet(transform, run=NOW + n, epoch=n + 1, keys=f"{n:064x}")
        await transform.hand_over(item(decision="refused", event=None))
        await until(lambda: bool(transform.verdicts()))
    of_transform = [leaf["ev"] for leaf in all_leaves(folder) if leaf.get("node") == NODE]
    assert of_transform.count("stage.started") == 1
    assert len(all_leaves(folder)) <= 6  # the clock of this test stands still


def noted(act: OperatorAct) -> Transfer:
    return item(decision="noted", event=None, note=act)


LOOKED = consent_to(item(about=event(7)), "look")
VIEWED = OperatorAct("hold.viewed", operator_id(), event(7).id, LOOKED)


async def of_items(folder: Path, *items: Transfer) -> list[Leaf]:
    """Return the records of what the transform stage hands over."""
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(*items)
        await until(lambda: len(transform.verdicts()) == len(items))
    return [leaf for leaf in all_leaves(folder) if not leaf["ev"].startswith("stage.")]


async def test_what_an_operator_did_is_on_record_and_their_name_is_not(folder: Path) -> None:
    viewed, resumed = await of_items(
        folder, noted(VIEWED), noted(OperatorAct("lane.resumed", operator_id()))
    )
    assert (viewed["ev"], viewed["id"], viewed["node"]) == ("hold.viewed", event(7).id, NODE)
    assert (resumed["ev"], resumed["actor"]) == ("lane.resumed", viewed["actor"])
    assert "decision" not in viewed
    assert operator_id() not in str(viewed)


@pytest.mark.parametrize(
    "untrusted",
    [
        item(decision="noted", event=None),
        item(decision="noted"),
        item(note=VIEWED),
        item(decision="noted", note=VIEWED),
        item(decision="refused", event=None, note=VIEWED),
    ],
    ids=["no act", "an event", "a release with an act", "an event with an act", "a refusal"],
)
async def test_an_act_releases_nothing_and_nothing_else_is_one(
    folder: Path, untrusted: Transfer
) -> None:
    (leaf,) = await of_items(folder, untrusted)
    assert (leaf["ev"], leaf["reason"]) == ("event.barred", Reason.NO_AUTHORITY)
    assert halted(folder) is None


@pytest.mark.parametrize(
    ("decision", "state"), [("held", "held"), ("denied", "denied"), ("expired", "expired")]
)
async def test_what_is_kept_back_has_its_record_under_its_own_id(
    folder: Path, decision: str, state: str
) -> None:
    """R10: a denied message had no record under its own id."""
    until_ms = NOW + 1 if state == "held" else 0
    body = RelayNotice(an_id("ms", 7), state, 1, "message.post", "words", until_ms)  # type: ignore[arg-type]
    notice = msgspec.structs.replace(event(1, body), id=an_id("ac", 1))
    kept_back = item(about=notice, decision=decision, rule="words")
    if decision == "denied":
        kept_back = decided(kept_back)
    (leaf,) = await of_items(folder, kept_back)
    assert (leaf["ev"], leaf["id"]) == ("event.released", an_id("ms", 7))
    assert (leaf["notice"], leaf["kind"]) == (an_id("ac", 1), "message.post")
    assert leaf["decision"] == ("held" if state == "held" else "refused")
    assert leaf["rule"] == "words"


async def test_a_record_names_what_an_event_changes_and_its_files(folder: Path) -> None:
    edit = event(1, MessageEdit(an_id("ms", 7), "直し"))
    ref = FileRef(an_id("fl", 3), "資料.txt", "text/plain", 5, "ab" * 32)
    posted = event(2, files=[msgspec.structs.replace(ref, sha256="ab" * 32)])
    refused = FileReady(an_id("ms", 2), ref.fid, "refused", 1, "資料.txt", reason="file-kind")
    ready = event(3, refused)
    of_edit, of_post, of_file = await of_items(
        folder,
        item(about=edit),
        item(2, about=posted),
        item(3, about=ready, decision="refused", reason=Reason.FILE_KIND),
    )
    assert (of_edit["id"], of_edit["about"]) == (edit.id, an_id("ms", 7))
    assert (of_post["attached"], "about" in of_post) == ([ref.fid], False)
    assert (of_file["about"], of_file["files"][0]["fid"]) == (an_id("ms", 2), ref.fid)
    assert AUTHOR.uid not in str([of_edit, of_post, of_file])


async def test_the_key_for_names_is_handed_out_at_its_own_socket(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder)
    path = folder / "run" / "names.sock"
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item())
        await until(lambda: transform.verdicts() == {1: Verdict.DELIVERED})
        reader, writer = await asyncio.open_unix_connection(path)
        said = await reader.read()
        writer.close()
        assert path.stat().st_mode & 0o777 == 0o600
    uid, salt = msgspec.json.decode(said)
    (leaf,) = [leaf for leaf in all_leaves(folder) if "actor" in leaf]
    assert uid == AUTHOR.uid
    assert leaf["actor"] == hashlib.sha256(bytes.fromhex(salt) + uid.encode()).hexdigest()
