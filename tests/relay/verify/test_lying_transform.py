"""Whatever a transform stage that was taken over does, in whatever order: nothing gets past."""

import tempfile
from pathlib import Path

from tests.relay.verify.lying_transform import EPISODE, is_clean, lie
from tests.relay.verify.test_malicious_transform import UNCLEAN_TEXTS

STEPS = 400


async def test_a_transform_stage_that_lies_at_random_gets_nothing_past() -> None:
    """In one node after the other, since some lies halt a lane for good."""
    steps = passed = seed = 0
    while steps < STEPS:
        with tempfile.TemporaryDirectory(prefix="skl-") as root:
            outcome = await lie(Path(root), EPISODE, seed)
        steps, passed, seed = steps + outcome.steps, passed + len(outcome.events), seed + 1
    assert passed > STEPS / 4


def test_the_judge_knows_what_is_hidden_without_our_own_tables() -> None:
    """All but what is of another form or of too many signs, which a zone's own look is for."""
    seen = {name for name, text in UNCLEAN_TEXTS.items() if not is_clean(text)}
    assert {
        "bidi override",
        "zero-width space",
        "tag characters",
        "private use, against the settings",
    } <= seen
    assert is_clean("本庁舎3階 東の間で 9:00\n集合 👍")
