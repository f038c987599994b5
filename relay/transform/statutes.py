"""Policy and profile as they are in force at the transform stage, and again when they change."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from relay.rule_files import POLICY, PROFILE, rules_digest
from relay.transform.policy import Policy, Rule, read_policy
from relay.transform.profiles import read_profile
from relay.transform.rules import rules_of
from runtime.settings import SettingsFault
from sanitizer.profile import Profile

LOOK_EVERY_S: Final = 1.0

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Statutes:
    """What a lane goes by: its policy, the rules that follow from it, its profile, their hash."""

    policy: Policy
    rules: tuple[Rule, ...]
    profile: Profile
    sha256: str


def read_statutes(folder: Path) -> Statutes:
    """Return what lies in `folder`.

    Raises `SettingsFault` saying what is wrong with it, and `OSError` where it cannot be read.
    """
    sha256 = rules_digest(folder)
    policy = read_policy(folder / POLICY)
    profile = read_profile(folder, policy.files)
    statutes = Statutes(policy, rules_of(policy), profile, sha256)
    if rules_digest(folder) != sha256:
        raise SettingsFault(f"{folder / POLICY} was written while it was read")
    return statutes


class StatutesInForce:
    """The statutes of a lane, which change while its stage runs."""

    def __init__(self, folder: Path) -> None:
        """Read what lies in `folder`.  Raises as `read_statutes` does."""
        self._folder = folder
        self._stamps = self._looked()  # before reading: what is written meanwhile is a change
        self.current = read_statutes(folder)
        self.trouble: str | None = None  # why what lies there now is not in force

    async def watch(self, follow: Callable[[Statutes], None]) -> None:
        """Look once a second whether the files have changed, until cancelled.

        Others come into force when `follow` has been told.
        """
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            before = self.current
            await self.renew()
            if self.current is not before:
                follow(self.current)

    async def renew(self) -> None:
        """Read the files if they have changed.  What cannot be read changes nothing."""
        stamps = self._looked()
        if stamps == self._stamps:
            return
        self._stamps = stamps
        try:
            statutes = await asyncio.to_thread(read_statutes, self._folder)
        except (OSError, SettingsFault) as fault:
            self.trouble = str(fault)
            logger.error("policy.unreadable", error=self.trouble)
            return
        self.trouble = None
        if statutes.sha256 != self.current.sha256:
            self.current = statutes
            logger.info("policy.read", sha256=statutes.sha256)

    def _looked(self) -> object:
        """Return what changes when a file does."""
        try:
            found = [(self._folder / name).stat() for name in (POLICY, PROFILE)]
        except OSError as trouble:
            return trouble.errno
        return [(each.st_ino, each.st_size, each.st_mtime_ns) for each in found]
