"""A policy that changes while a lane runs: both stages take it up, and neither is surprised."""

import hashlib
from functools import partial
from pathlib import Path

from tests.relay.transform.near import Near
from tests.relay.transform.site import POLICY, post
from tests.relay.transform.test_statutes import put
from tests.relay.verify.log import leaves
from tests.relay.verify.place import until, until_status
from tests.relay.verify.test_both_stages import lane
from wire.bodies import MessagePost
from wire.receipts import Verdict

STRICTER = POLICY + '[[words]]\nname = "new"\naction = "refuse"\nwords = ["議会"]\n'
SHA256 = hashlib.sha256(STRICTER.encode()).hexdigest()


def has_heard(near: Near, number: int) -> bool:
    return len(near.told) == number


async def test_both_stages_take_it_up_and_do_not_disagree(root: Path) -> None:
    async with lane(root) as (near, far):
        await near.send(post("議会だより"))
        await until(lambda: len(near.told) == 1)
        put(root, STRICTER)
        sent = 1
        while Verdict.REFUSED not in near.told[sent, 0]:
            await near.send(post("議会だより"))
            sent += 1
            await until(partial(has_heard, near, sent))
        status = await until_status(root / "verify", lambda found: found.policy_sha256 == SHA256)
        await near.send(post("よい"))
        await until(lambda: len(near.told) == sent + 1)
    assert status.disagreements == 0
    assert far.events[-1].body == MessagePost("よい")
    read = [leaf for leaf in leaves(root / "verify") if leaf["ev"] == "policy.read"]
    assert [leaf["policy_sha256"] for leaf in read] == [SHA256]
