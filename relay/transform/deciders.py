"""Who decides upon what is held: takes in what they have signed, and counts what is wrong."""

import asyncio
from pathlib import Path

import structlog

from relay.transform import consents, holds
from relay.transform.consents import ConsentOutcome, Trust
from relay.transform.held_things import HeldThing
from relay.transform.holds import Waiting
from relay.transform.policy import Holds
from relay.transform.store import TransformStore
from runtime.operators import Operators, read_operators
from runtime.settings import SettingsFault
from wire.consents import SignedConsent
from wire.keyring import Keyring
from wire.reasons import Reason, Refused

logger = structlog.get_logger()


class Deciders:
    """Takes in consents for one lane."""

    def __init__(
        self, store: TransformStore, folder: Path, keyring: Keyring, limits: Holds
    ) -> None:
        """Believe the operators of the list in `folder`, and zones whose keys are in `keyring`."""
        self._store = store
        self._folder = folder
        self._keyring = keyring
        self._limits = limits
        self.refused = 0
        self._told = Waiting(0, 0)

    async def take(self, signed: SignedConsent) -> ConsentOutcome:
        """Take in a yes or a no.  Raises `Refused`."""
        trust = await self._trust()
        try:
            done = await self._store.write(lambda ledger: consents.take(ledger, signed, trust))
        except Refused as refusal:
            self._count(signed, refusal)
            raise
        logger.info(f"hold.{done.decision}", subject=done.id, by=signed.consent.by, said=done.said)
        return done

    async def look(self, signed: SignedConsent) -> HeldThing:
        """Return what is held to somebody who may decide upon it.  Raises `Refused`."""
        trust = await self._trust()
        try:
            held = await self._store.write(lambda ledger: consents.look(ledger, signed, trust))
        except Refused as refusal:
            self._count(signed, refusal)
            raise
        logger.info("hold.viewed", subject=held.id, by=signed.consent.by)
        return held

    async def tell_waiting(self) -> None:
        """Say aloud that something has begun to wait for somebody since this was last called."""
        found = await self._store.read(holds.waiting)
        if found.number > self._told.number or found.newest > self._told.newest:
            logger.warning("hold.waits", waiting=found.number)
        self._told = found

    async def _trust(self) -> Trust:
        """Read the list of operators as it is now."""
        try:
            operators = await asyncio.to_thread(read_operators, self._folder)
        except SettingsFault as fault:  # then nobody decides anything
            logger.error("operators.unreadable", error=str(fault))
            operators = Operators()
        return Trust(self._keyring, operators, self._limits)

    def _count(self, signed: SignedConsent, refusal: Refused) -> None:
        """Say aloud that somebody decides who may not, or upon something else."""
        if refusal.reason is not Reason.NO_AUTHORITY:
            return
        self.refused += 1
        consent = signed.consent
        logger.warning(
            "consent.refused", subject=consent.subject, by=consent.by, why=refusal.detail
        )
