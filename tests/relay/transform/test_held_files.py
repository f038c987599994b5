"""Files that wait for a person, or whose message does."""

from pathlib import Path
from typing import Any

from tests.relay.transform.site import (
    OPERATOR,
    POLICY,
    admin,
    decide,
    deciders,
    file_ref,
    now,
    post,
)
from tests.relay.transform.verify import body_of, is_ready
from tests.relay.transform.world import World, arriving, world
from wire.reasons import Reason
from wire.receipts import Verdict


async def test_a_file_of_a_held_message_is_cleaned_only_when_it_is_released(folder: Path) -> None:
    data = b"a text"
    async with world(folder) as w:
        said = post("取扱注意", file_ref(data, "a.txt", "text/plain"))
        await w.near.send(said)
        await w.near.taken(1)
        await w.near.send_file(data)
        await w.near.verdict(1, Verdict.ARRIVED, file=1)
        await w.near.send(post("つぎ"))
        await w.near.verdict(2)
        assert not any(map(is_ready, w.verify.items))
        await decide(w.node, said.id, "release")
        assert (await w.near.verdict(1, file=1)).verdict is Verdict.DELIVERED


async def test_denying_a_message_drops_its_files(folder: Path) -> None:
    data = b"a text"
    async with world(folder) as w:
        said = post("取扱注意", file_ref(data, "a.txt", "text/plain"))
        await w.near.send(said)
        await w.near.taken(1)
        await w.near.send_file(data)
        await w.near.verdict(1, Verdict.ARRIVED, file=1)
        await decide(w.node, said.id, "deny")
        told = await w.near.verdict(1, file=1)
        assert (told.verdict, told.reason) == (Verdict.REFUSED, Reason.DENIED)
        assert arriving(w) == []


HOLDING = '[kinds]\ntext = "hold"\n'


async def held_file(w: World) -> str:
    """Send a text file where texts are held, and return its id."""
    data = b"a text"
    ref = file_ref(data, "a.log", "text/plain")
    await w.near.send(post("添付", ref))
    await w.near.taken(1)
    await w.near.send_file(data)
    told = await w.near.verdict(1, Verdict.HELD, file=1)
    assert told.reason is Reason.HELD_BY_RULE
    return ref.fid


async def test_a_file_that_is_held_for_its_kind_is_rebuilt_once_approved(folder: Path) -> None:
    async with world(folder, profile=HOLDING) as w:
        fid = await held_file(w)
        held = await w.verify.item(is_ready)
        assert (held.decision, body_of(held).state) == ("held", "held")
        told = await w.near.verdict(1, Verdict.HELD, file=1)
        said = (body_of(held).rule, body_of(held).until, body_of(held).desk)
        assert said == (told.rule, told.until, told.desk) == ("file-kinds", told.until, "operator")
        _, listed = await admin(w.node, "GET", "/v1/holds")
        entries: Any = listed["holds"]
        (entry,) = entries
        assert (entry["id"], entry["rule"], entry["until"]) == (fid, "file-kinds", told.until)
        assert told.until - entry["at"] == 168 * 3_600_000
        code, _ = await decide(w.node, fid, "release")
        assert code == 200
        assert (await w.near.verdict(1, file=1)).verdict is Verdict.DELIVERED
        item = w.verify.items[-1]
        assert (item.decision, deciders(item)) == ("released", [OPERATOR])
        assert (body_of(item).state, body_of(item).revision) == ("clean", 2)
        assert body_of(item).name == "a.txt"  # what was rebuilt is named as what it is
        assert (body_of(item).rule, body_of(item).until) == (None, 0)
        assert arriving(w) == []


async def test_a_file_that_is_held_can_be_denied(folder: Path) -> None:
    async with world(folder, profile=HOLDING) as w:
        fid = await held_file(w)
        _, listed = await admin(w.node, "GET", "/v1/holds")
        assert fid in str(listed)
        await decide(w.node, fid, "deny")
        told = await w.near.verdict(1, file=1)
        assert (told.verdict, told.reason) == (Verdict.REFUSED, Reason.DENIED)
        denied = body_of(w.verify.items[-1])
        assert told.rule == denied.rule == "file-kinds"
        assert (denied.name, denied.state, denied.until) == ("a.log", "refused", 0)
        assert arriving(w) == []


async def test_more_files_than_can_be_held_are_refused(folder: Path) -> None:
    async with world(folder, POLICY + "[holds]\nmax_count = 1\n", profile=HOLDING) as w:
        await held_file(w)
        data = b"another text"
        await w.near.send(post("添付", file_ref(data, "b.txt", "text/plain")))
        await w.near.taken(2)
        await w.near.send_file(data)
        told = await w.near.verdict(2, file=1)
        assert (told.verdict, told.reason) == (Verdict.REFUSED, Reason.RATE_EXCEEDED)


async def test_a_held_file_expires_when_it_was_said_to(folder: Path) -> None:
    times = [now()]
    async with world(folder, profile=HOLDING, clock=lambda: times[0]) as w:
        await held_file(w)
        told = await w.near.verdict(1, Verdict.HELD, file=1)
        times[0] = told.until
        told = await w.near.verdict(1, file=1)
        assert (told.verdict, told.reason) == (Verdict.REFUSED, Reason.EXPIRED)
        assert body_of(w.verify.items[-1]).reason == "expired"
