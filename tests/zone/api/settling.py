"""What the relay says of all that has left a zone: told to its store as a receipt is."""

import dataclasses
from typing import Any

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


async def settle_file(here: Town, file: str, verdict: Verdict, **more: Any) -> None:
    """Say what became of a file that was sent from here, as a receipt does."""

    def work(writing: Writing) -> None:
        query = "SELECT d.seq, f.place FROM file f JOIN delivery d ON d.event = f.event"
        seq, place = writing.db.execute(f"{query} WHERE fid = ?", (file,)).fetchone()
        lane = writing.side.leaving
        status = LaneStatus(lane, 1, seq, "00" * 32, here.clock(), first=seq, last=seq)
        told = dataclasses.replace(status, verdict=verdict, file=place, **more)
        apply_all(writing, [told])

    await here.store.write(work)


async def hold_for_superior(here: Town, file: str, *, hours: int = 168) -> int:
    """Hold a file until a superior says yes; return until when, in milliseconds."""
    until = here.clock.now + hours * 3_600_000
    how: Any = {"rule": "file-approval", "until": until, "desk": "supervisor"}
    await settle_file(here, file, Verdict.HELD, reason=Reason.HELD_BY_RULE, **how)
    return until
