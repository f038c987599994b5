"""The way through: from batches in normal form to sealed envelopes, verdicts and a public log."""

from pathlib import Path

from runtime.audit_verify import verify_log
from tests.relay.verify.peers import FarZone, Transform, item, log_verifier, running, until
from wire.receipts import Verdict


async def test_what_is_handed_over_reaches_the_far_zone_and_the_verdict_comes_back(
    folder: Path,
) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item(), item())
        await transform.hand_over(item())
        await until(lambda: len(transform.verdicts()) == 3)
    assert [event.lc for event in far.events] == [1, 1, 1]
    assert transform.verdicts() == dict.fromkeys([1, 2, 3], Verdict.DELIVERED)
    assert verify_log(folder / "log", log_verifier()).head.size == 3
