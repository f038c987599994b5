"""What the relay says of all that has left a zone: told to its store as a receipt is."""

from tests.zone.api.conftest import Town
from wire.reasons import Reason
from wire.receipts import LaneStatus, Verdict
from zone.link.receipts import apply_all
from zone.store.writing import Writing


async def settle(here: Town, verdict: Verdict, reason: Reason | None = None) -> None:
    """Give a verdict on whatever waits for one or is held."""

    def work(writing: Writing) -> None:
        rows = writing.db.execute(
            "SELECT seq FROM delivery WHERE verdict IS NULL OR verdict = 'held' ORDER BY seq"
        ).fetchall()
        for (seq,) in rows:
            tick, lane = here.clock(), writing.side.leaving
            status = LaneStatus(
                lane,
                1,
                seq,
                "00" * 32,
                tick,
                verdict=verdict,
                reason=reason,
                first=seq,
                last=seq,
            )
            apply_all(writing, [status])

    await here.store.write(work)
