"""Checks batches by the rules as they are now: the policy, and who decides, may have changed."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import structlog

from relay import normal_form
from relay.normal_form import Transfer, TransferBatch
from relay.verify.check import ReleaseRules, check_transfers
from relay.verify.consents import consent_fault
from relay.verify.policy_in_force import PolicyInForce
from relay.verify.store import CheckedBatch
from runtime.operators import Operators, read_operators
from runtime.settings import SettingsFault
from wire.reasons import Reason, Refused

logger = structlog.get_logger()


class Checking:
    """What the stage with the folder `folder` objects to."""

    def __init__(
        self, rules: ReleaseRules, policy: PolicyInForce, folder: Path, clock: Callable[[], int]
    ) -> None:
        """Check by `rules`, but for the operators, who are read, and the quorum of `policy`."""
        self._rules = rules
        self._policy = policy
        self._folder = folder
        self._clock = clock
        self.refused_consents = 0

    def read(
        self, encoded: Sequence[bytes]
    ) -> tuple[list[tuple[TransferBatch, str]], Refused | None]:
        """Return the batches up to the first that is none of this lane, with their hashes."""
        batches: list[tuple[TransferBatch, str]] = []
        of_lane = (self._rules.consents.site, self._rules.consents.lane)
        for untrusted in encoded:
            try:
                batch = normal_form.decode(untrusted)
                if (batch.site, batch.lane) != of_lane:
                    raise Refused(Reason.WRONG_LINK, f"a batch of the {batch.lane} lane")
            except Refused as refusal:
                return batches, refusal
            batches.append((batch, normal_form.digest(untrusted)))
        return batches, None

    async def check(self, batch: TransferBatch, sha256: str) -> CheckedBatch:
        """Say what there is to object to each item of `batch`."""
        now, consents = self._clock(), replace(self._rules.consents, quorum=self._policy.quorum)
        if any(item.consents or item.note is not None for item in batch.items):
            operators = await asyncio.to_thread(self._read_operators)
            consents = replace(consents, operators=operators)
        rules = replace(self._rules, consents=consents)
        objections = check_transfers(batch.items, rules, now=now)
        for item, objection in zip(batch.items, objections, strict=True):
            if objection is Reason.NO_AUTHORITY:
                self._warn(item, rules, now)
        return CheckedBatch(batch, sha256, objections, self._policy.judge(batch))

    def _warn(self, item: Transfer, rules: ReleaseRules, now: int) -> None:
        """Say aloud that the transform stage hands over what nobody has agreed to."""
        fault = consent_fault(item, rules.consents, now=now, tolerance=rules.tolerance)
        if fault is not None:
            self.refused_consents += 1
            logger.critical("consent.refused", n=item.n, decision=item.decision, fault=fault)

    def _read_operators(self) -> Operators:
        try:
            return read_operators(self._folder)
        except SettingsFault as fault:  # then nobody decides anything
            logger.error("operators.unreadable", error=str(fault))
            return Operators()
