"""Failpoints: named places at which a test lets a process die as if by kill -9.

Off unless the environment names one when the process starts, e.g.
`SEKISHO_FAILPOINT=zone.inbox.applied:3` for the third time it is passed.
A point is passed at the cost of one dict lookup.
"""

import os
import signal

_ARMED: dict[str, int] = {}


def arm(setting: str | None) -> None:
    """Arm the points that `setting` names: `name:count`, separated by commas."""
    for entry in filter(None, (setting or "").split(",")):
        name, _, count = entry.partition(":")
        _ARMED[name] = int(count or 1)


def reach(name: str) -> None:
    """Die here if this is the time that was asked for."""
    if name in _ARMED:
        _ARMED[name] -= 1
        if _ARMED[name] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
