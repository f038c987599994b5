"""The policy that is in force on a lane: the one that lies in its folder, as this stage reads it.

It is read again whenever the files change, whatever the transform stage says of it, and nothing is
released but under it.  A batch may name an older one that was read here: it was on its way.
"""

import asyncio
import hashlib
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final, Protocol, TypeVar

import structlog

from relay.normal_form import TransferBatch
from relay.rule_files import POLICY, PROFILE
from relay.verify import stage_notes
from relay.verify.decisions import Decided
from relay.verify.policy.lane_policy import LanePolicy, read_lane_policy
from relay.verify.policy.quorum import Quorum
from relay.verify.policy.second_judgement import PolicyFinding, judge_again
from runtime.database import Transaction
from runtime.settings import SettingsFault
from wire.reasons import Reason

T = TypeVar("T")

LOOK_EVERY_S: Final = 1.0
# For as long after a change what comes may have been judged by the policy before.  Later than that
# it is a stage that will not hear of the new one.
GRACE_MS: Final = 10 * 60_000
# A record has 65,535 bytes, and a line break or a quotation mark of a text is two of them.
MAX_TEXT_BYTES: Final = 30_000

logger = structlog.get_logger()


class PolicyKeeper(Protocol):
    """What a stage lends: writing that waits while the disk is full."""

    def write(self, work: Transaction[T]) -> Awaitable[T]:
        """Run a transaction."""


class PolicyInForce:
    """The policy of a lane, read by this stage itself."""

    def __init__(self, folder: Path, keeper: PolicyKeeper, clock: Callable[[], int]) -> None:
        """Read the policy in `folder`; call `start` before anything else."""
        self.sha256 = ""
        self.text: str | None = None  # for the record, if there is room for it in one
        self._folder = folder
        self._keeper = keeper
        self._clock = clock
        self._policy: LanePolicy
        self._since: int  # when it came into force
        self._known: set[str] = set()
        self._stamps: object = None

    async def start(self) -> None:
        """Read the policy for the first time.  Raises `SettingsFault`."""
        await self._read()

    async def renew(self, named: Iterable[str] = ()) -> None:
        """Read the policy again if it has changed, or if one is `named` that was never read.

        One that cannot be read changes nothing.
        """
        if self._looked() == self._stamps and self._known.issuperset(named):
            return
        before = self.sha256
        try:
            await self._read()
        except (OSError, SettingsFault) as fault:
            logger.error("policy.unreadable", error=str(fault))
            return
        if self.sha256 != before:
            logger.info("policy.read", sha256=self.sha256)
        sha256, text = self.sha256, self.text
        await self._keeper.write(lambda db: stage_notes.policy_read(db, sha256, text))

    async def watch(self) -> None:
        """Look at the files once a second, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.renew()

    @property
    def quorum(self) -> Quorum:
        """How many must agree before something held goes on."""
        return self._policy.quorum

    def judge(self, batch: TransferBatch) -> list[PolicyFinding | None]:
        """Return what the policy has against the items of `batch`.

        Where the transform stage says that it judged by this very policy, and lets pass what it
        does not, the stages disagree.
        """
        findings = judge_again(batch.items, self._policy)
        is_late = batch.policy_sha256 != self.sha256 and self._clock() - self._since < GRACE_MS
        if is_late:
            return findings
        return [each and each._replace(reason=Reason.STAGES_DISAGREE) for each in findings]

    async def _read(self) -> None:
        # Before reading: what is written meanwhile is then seen as another change.
        self._stamps = self._looked()
        policy, sha256, text = await asyncio.to_thread(read_statutes, self._folder)
        now = self._clock()
        self._since = await self._keeper.write(lambda db: add_policy(db, sha256, now=now))
        self._policy, self.sha256 = policy, sha256
        self.text = text if len(text.encode()) <= MAX_TEXT_BYTES else None
        self._known.add(sha256)

    def _looked(self) -> object:
        """Return what changes when a file does."""
        try:
            found = [(self._folder / name).stat() for name in (POLICY, PROFILE)]
        except OSError as trouble:
            return trouble.errno
        return [(each.st_ino, each.st_size, each.st_mtime_ns) for each in found]


def read_statutes(folder: Path) -> tuple[LanePolicy, str, str]:
    """Return the policy, the hash of it with the profile behind it, and its text."""
    texts = []
    for name in (POLICY, PROFILE):
        try:
            texts.append((folder / name).read_bytes())
        except FileNotFoundError:
            missing = f"{folder / name} is missing: run `sekisho init` or restore it"
            raise SettingsFault(missing) from None
    policy = read_lane_policy(texts[0], folder / POLICY)
    return policy, hashlib.sha256(b"".join(texts)).hexdigest(), texts[0].decode()


def raise_alarm(decided: Iterable[Decided]) -> None:
    """Say aloud where the two stages disagree: which event and rule, not what it says."""
    for each in decided:
        if each.reason is Reason.STAGES_DISAGREE and each.item.event is not None:
            logger.critical(
                "stages.disagree",
                id=each.item.event.id,
                kind=each.item.event.kind,
                decision=each.item.decision,
                rule=each.rule,
            )


def add_policy(db: sqlite3.Connection, sha256: str, *, now: int) -> int:
    """Remember a policy that this stage has itself read; return since when it is the last one."""
    newest = db.execute("SELECT sha256, since FROM policy ORDER BY since DESC LIMIT 1").fetchone()
    if newest is not None and newest[0] == sha256:
        return int(newest[1])
    db.execute(
        "INSERT INTO policy VALUES (?, ?)"
        " ON CONFLICT (sha256) DO UPDATE SET since = excluded.since",
        (sha256, now),
    )
    return now


def has_read(db: sqlite3.Connection, policy_sha256: str) -> bool:
    """Return whether this stage has itself read that policy."""
    return (
        db.execute("SELECT 1 FROM policy WHERE sha256 = ?", (policy_sha256,)).fetchone() is not None
    )
