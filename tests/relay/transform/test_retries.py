"""A near zone that errs again and again, over connections and restarts: few records of it."""

from pathlib import Path

from relay.normal_form import Transfer
from runtime.tallies import PERIOD_MS
from tests.relay.transform.near import Near
from tests.relay.transform.site import make_node, now, post, running
from tests.relay.transform.verify import Verify
from wire.chain import Chain
from wire.frames import FrameType
from wire.payload import GENESIS
from wire.reasons import Reason

TIMES = 50


async def test_retries_leave_one_record_a_period_with_their_number(folder: Path) -> None:
    node = make_node(folder)
    near, verify, times = Near(node), Verify(node), [now()]
    async with verify.listening():
        for _ in range(2):
            async with running(node, lambda: times[0]):
                for _ in range(TIMES):
                    await _send_of_another_epoch(near)
        assert [_told(item) for item in verify.items] == [(Reason.WRONG_EPOCH, 1)]
        times[0] += PERIOD_MS
        async with running(node, lambda: times[0]):
            item = await verify.item(lambda item: item.times > 1)
            assert _told(item) == (Reason.WRONG_EPOCH, 2 * TIMES - 1)
            assert item.source.sha256 == GENESIS


async def _send_of_another_epoch(near: Near) -> None:
    """Sealed and signed as it must be, but not the next."""
    near.chain = Chain()
    async with near.connected():
        near.chain = Chain(epoch=9)
        await near.connection.send(FrameType.ENVELOPE, near.seal(post("一")))
        await near.closed()


def _told(item: Transfer) -> tuple[Reason | None, int]:
    return item.reason, item.times
