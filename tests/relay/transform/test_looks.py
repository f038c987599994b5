"""Looking at what is held: whoever looks signs that they do, and it is on record."""

from pathlib import Path
from typing import Any

from relay.normal_form import OperatorAct
from tests.operators import key_of
from tests.relay.transform.site import OPERATOR, admin, decide, post, signed
from tests.relay.transform.test_held_files import HOLDING, held_file
from tests.relay.transform.world import world
from wire.receipts import Verdict


async def test_who_looks_at_what_is_held_has_signed_it_and_is_on_record(folder: Path) -> None:
    async with world(folder) as w:
        held = post("取扱注意")
        await w.near.send(held)
        await w.near.verdict(1, Verdict.HELD)
        said = await signed(w.node, held.id, "look")
        code, shown = await decide(w.node, held.id, "look")
        assert code == 200
        assert "取扱注意" in str(shown["event"])
        item = await w.verify.item(lambda item: item.decision == "noted")
        assert item.note == OperatorAct("hold.viewed", OPERATOR, held.id, said)
        assert (item.event, item.reason) == (None, None)
        assert [each.note for each in w.verify.items if each.note] == [item.note]


async def test_nobody_looks_who_is_no_operator(folder: Path) -> None:
    async with world(folder) as w:
        held = post("取扱注意")
        await w.near.send(held)
        await w.near.verdict(1, Verdict.HELD)
        code, problem = await decide(w.node, held.id, "look", key=key_of(9))
        assert (code, problem["code"]) == (403, "no-authority")
        assert "取扱注意" not in str(problem)
        code, _ = await admin(w.node, "POST", "/v1/holds/looks", {"by": "市長"})
        assert code == 422
        assert [each.note for each in w.verify.items if each.note] == []


async def test_of_a_file_whoever_looks_sees_what_it_is(folder: Path) -> None:
    async with world(folder, profile=HOLDING) as w:
        fid = await held_file(w)
        _, shown = await decide(w.node, fid, "look")
        file: Any = shown["file"]
        assert (file["name"], file["media"], shown["size"]) == ("a.log", "text/plain", 6)
        assert (shown["rule"], shown["what"]) == ("file-kinds", "file")
        assert file["message"].startswith("ms_")
