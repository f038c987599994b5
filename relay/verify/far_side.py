"""What a far zone says of itself, and what becomes of one that errs.

What it does wrong is counted here and told to operators.  It is no record of the audit log: the
near zone sees how the log grows, and by its errors a far zone could write there.

After some errors nobody can say any more what the far zone holds.  A lane whose near side hears of
it at once halts.  One whose near side hears of it at looks only goes on with everything but handing
out, until a person has looked: a halt would be a word to the near side as well.
"""

from collections import Counter
from collections.abc import Sequence

import structlog

from relay.verify import release_store, store
from relay.verify.stage import HALTING, NOTE_EVERY_MS, Stage
from runtime import audit_log
from runtime.database import Transaction
from wire.reasons import Reason, Refused
from wire.records import Acknowledgement, Hello

logger = structlog.get_logger()


class FarSide:
    """The far zone of a stage, over all of its connections."""

    def __init__(self, stage: Stage) -> None:
        """Keep in the store of `stage` where the far zone stands.  Call `start` first."""
        self._stage = stage
        self.stopped: Reason | None = None  # why nothing is handed out any more
        self.refused: Counter[Reason] = Counter()  # since the start
        self._logged_at: dict[Reason, int] = {}

    async def start(self) -> None:
        """Go on from what the store says."""
        self.stopped = (await self._stage.database.read(store.lane_position)).far_stopped

    @property
    def is_served(self) -> bool:
        """Whether anything is handed out."""
        return self._stage.halted is None and self.stopped is None

    async def greet(self, hello: Hello) -> None:
        """Take in where the far zone stands.  Raises `Refused`."""
        if hello.lane is not self._stage.place.lane:
            raise Refused(Reason.WRONG_LINK, f"a peer of the {hello.lane} lane")
        await self._decide(lambda db: release_store.greet(db, hello, audit_log.head(db).size))

    async def acknowledge(self, words: Sequence[Acknowledgement]) -> None:
        """Take in what the far zone has durably taken in.  Raises `Refused`."""
        if any(word.lane is not self._stage.place.lane for word in words):
            raise Refused(Reason.WRONG_LINK, "an acknowledgement of the other lane")
        await self._decide(lambda db: release_store.acknowledge(db, words))

    def note_refusal(self, refusal: Refused) -> None:
        """Count that the far zone sent what it must not, and say so, but not a thousand times."""
        reason, now = refusal.reason, self._stage.clock()
        self.refused[reason] += 1
        if abs(now - self._logged_at.get(reason, -NOTE_EVERY_MS)) >= NOTE_EVERY_MS:
            self._logged_at[reason] = now
            logger.warning("far.refused", reason=reason, detail=refusal.detail)

    async def _decide(self, work: Transaction[object]) -> None:
        stage = self._stage
        try:
            await stage.write(work)
        except Refused as refusal:
            if refusal.reason in HALTING and self.is_served:
                if stage.near.is_blind:
                    await self._stop(refusal.reason)
                else:
                    await stage.halt(refusal.reason)
            raise

    async def _stop(self, reason: Reason) -> None:
        """Hand out nothing more, durably, until an operator resumes."""
        self.stopped = reason
        logger.critical("far.stopped", reason=reason)
        await self._stage.write(lambda db: release_store.stop(db, reason))
        self._stage.sealed.set()
