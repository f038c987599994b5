"""Where the policies and profiles lie that `sekisho init` copies: in config, one to a lane."""

import sys
import sysconfig
from pathlib import Path
from typing import Literal

from runtime.settings import SettingsFault
from wire.lane import Lane

# In the source tree, and where an installed wheel keeps its data.
_PLACES = (
    Path(__file__).parents[1] / "config",
    Path(sysconfig.get_path("data", vars={"base": sys.prefix})) / "share" / "sekisho",
)

STATUTES: tuple[Literal["policy"], Literal["profile"]] = ("policy", "profile")


def default(which: Literal["policy", "profile"], lane: Lane) -> str:
    """Return the one that a new site begins with, or raise `SettingsFault`."""
    for place in _PLACES:
        path = place / which / f"{lane}.toml"
        if path.exists():
            return path.read_text(encoding="utf-8")
    missing = _PLACES[0] / which / f"{lane}.toml"
    raise SettingsFault(f"no {which} to begin with: {missing} is missing")
