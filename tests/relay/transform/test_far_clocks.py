"""A number that nobody means is refused at the first stage already, and the lane goes on."""

from pathlib import Path

from msgspec.structs import replace

from tests.relay.transform.site import post
from tests.relay.transform.world import world
from wire.order import MAX_COUNT
from wire.reasons import Reason
from wire.receipts import Verdict

POLICY = """
version = 1
kinds = ["message.post"]
"""


async def test_the_largest_stamp_there_is_ends_nothing(tmp_path: Path) -> None:
    async with world(tmp_path, POLICY) as w:
        await w.near.send(replace(post("一"), hlc=MAX_COUNT), post("二"))
        first, second = await w.near.verdict(1), await w.near.verdict(2)
        assert (first.verdict, first.reason) == (Verdict.REFUSED, Reason.CLOCK_AHEAD)
        assert second.verdict is Verdict.DELIVERED
