"""When a transform stage does not start, and when it ends by itself."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from relay.transform.service import serve_transform, serve_with
from relay.transform.settings import verify_endpoint
from runtime.settings import SettingsFault
from sanitizer.jail import Jail
from tests.confining import unconfined
from tests.relay.transform.site import PATIENCE_S, POLICY, make_node, now
from wire.reasons import Unavailable

BAD_PATTERN = POLICY + '[[words]]\nname = "x"\npatterns = ["("]\n'
BAD_KIND = 'version = 1\nkinds = ["relay.notice"]\n'


@pytest.mark.parametrize(("named", "policy"), [("'x'", BAD_PATTERN), (r"relay\.notice", BAD_KIND)])
async def test_a_bad_policy_does_not_start(folder: Path, named: str, policy: str) -> None:
    node = make_node(folder, policy).folder
    with pytest.raises(SettingsFault, match=named):
        await serve_transform(node, verify_endpoint(node), clock=now, confine=unconfined)


async def test_without_what_starts_its_jails_it_ends_and_is_started_again(folder: Path) -> None:
    """It may start no process itself: its parent starts it again, with a launcher of its own."""
    node = make_node(folder).folder
    with Jail(stages="tests.sanitizer.escape_stages") as jail:
        os.kill(jail.launcher.pid, signal.SIGKILL)
        stage = serve_with(jail, node, verify_endpoint(node), clock=now, confine=unconfined)
        with pytest.raises(ExceptionGroup) as caught:
            await asyncio.wait_for(stage, 3 * PATIENCE_S)
    assert caught.group_contains(Unavailable, match="jails")
