"""A transform stage between a near zone and a verify stage, end to end."""

from pathlib import Path

from tests.relay.transform.site import Verdict, post, world


async def test_what_is_harmless_is_delivered(folder: Path) -> None:
    async with world(folder) as w:
        await w.near.send(post("おはようございます"), post("二つ目"))
        told = await w.near.verdict(2)
        assert (told.verdict, told.first, told.last) == (Verdict.DELIVERED, 1, 2)
        assert [item.decision for item in w.verify.items] == ["pass", "pass"]
