"""Whatever a transform stage that was taken over does, in whatever order: nothing gets past."""

from pathlib import Path

import pytest

from tests.relay.verify.lying_transform import is_clean, lie
from tests.relay.verify.test_malicious_transform import UNCLEAN_TEXTS

STEPS = 150


@pytest.mark.parametrize("seed", range(4))
async def test_a_transform_stage_that_lies_at_random_gets_nothing_past(
    root: Path, seed: int
) -> None:
    outcome = await lie(root, STEPS, seed)
    assert outcome.events


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
