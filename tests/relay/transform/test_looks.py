"""Looking at what is held: whoever looks says who they are, and it is on record."""

from pathlib import Path

from relay.normal_form import OperatorAct
from tests.relay.transform.site import admin, post
from tests.relay.transform.world import world
from wire.receipts import Verdict


async def test_who_looks_at_what_is_held_says_their_name_and_is_on_record(folder: Path) -> None:
    async with world(folder) as w:
        held = post("取扱注意")
        await w.near.send(held)
        await w.near.verdict(1, Verdict.HELD)
        for query in ("", "?by=", f"?by={'長' * 201}"):
            code, problem = await admin(w.node, "GET", f"/v1/holds/{held.id}{query}")
            assert (code, problem["code"]) == (422, "invalid")
        code, _ = await admin(w.node, "GET", "/v1/holds/ms_x?by=us_chief")
        assert code == 404
        await admin(w.node, "GET", f"/v1/holds/{held.id}?by=us_chief")
        item = await w.verify.item(lambda item: item.decision == "noted")
        assert item.note == OperatorAct("hold.viewed", "us_chief", held.id)
        assert (item.event, item.reason) == (None, None)
        assert [each.note for each in w.verify.items if each.note] == [item.note]
