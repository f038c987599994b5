"""Where the policies lie that `sekisho init` copies: config/policy, one to a lane."""

import sys
import sysconfig
from pathlib import Path

from runtime.settings import SettingsFault
from wire.lane import Lane

# In the source tree, and where an installed wheel keeps its data.
_PLACES = (
    Path(__file__).parents[1] / "config" / "policy",
    Path(sysconfig.get_path("data", vars={"base": sys.prefix})) / "share" / "sekisho" / "policy",
)


def default_policy(lane: Lane) -> str:
    """Return the policy that a new site begins with, or raise `SettingsFault`."""
    for place in _PLACES:
        path = place / f"{lane}.toml"
        if path.exists():
            return path.read_text(encoding="utf-8")
    raise SettingsFault(f"no policy to begin with: {_PLACES[0] / f'{lane}.toml'} is missing")
