"""The state of a zone's daemon, as `sekisho status` shows it."""

import sqlite3
from collections.abc import Coroutine
from typing import Any, Protocol

import msgspec
import structlog

from runtime.clock_meter import ClockMeter
from wire.lane import Lane
from wire.reasons import Refused
from zone.copy.side import Side
from zone.link import reconciliation, unrecorded
from zone.link.link_states import link_view
from zone.search.service import SearchService
from zone.settings import ZoneSettings
from zone.store.store import ZoneStore
from zone.webhooks import hooks

logger = structlog.get_logger()

NAMED = 20  # differences that the status names


class LinkSession(Protocol):
    """One end of a lane: the outbox or the inbox."""

    is_connected: bool
    meter: ClockMeter | None

    def session(self) -> Coroutine[Any, Any, None]:
        """Connect and carry until the link breaks."""
        ...


class Carriage:
    """A link and what last went wrong with it."""

    def __init__(self, lane: Lane, link: LinkSession) -> None:
        """Watch `link`."""
        self.lane = lane
        self.link = link
        self.trouble: str | None = None
        self.reason: str | None = None

    @property
    def clock_offset_ms(self) -> int | None:
        """By how much the relay's clock is ahead of ours, while it is measured."""
        meter = self.link.meter if self.link.is_connected else None
        return None if meter is None else meter.offset_ms

    def fail(self, trouble: Exception) -> None:
        """Note why a session ended; say it once, not at every attempt."""
        said = str(trouble) or type(trouble).__name__
        if said != self.trouble:
            logger.warning("link.down", lane=self.lane, trouble=said)
        self.trouble = said
        self.reason = trouble.reason.value if isinstance(trouble, Refused) else None


async def zone_status(
    store: ZoneStore,
    side: Side,
    settings: ZoneSettings,
    carriages: list[Carriage],
    search: SearchService,
) -> dict[str, Any]:
    """Return the state as JSON says it."""
    counts = await store.read(_counts)
    link = await store.read(lambda db: link_view(db, side.leaving, now=store.now()))
    links = {each.lane.value: _lane(each, side, counts) for each in carriages}
    return {
        "zone": side.zone.value,
        "site": settings.site,
        "time": store.now(),
        "streams": store.subscriptions.count(),
        "outbox": counts["outbox"],
        "files": counts["files"],
        "quarantine": counts["quarantine"],
        "unrecorded": counts["unrecorded"],
        "imports": counts["imports"],
        "log": counts["log"],
        "webhooks": await store.read(hooks.counts),
        "search": search.status(),
        "clock_ahead_ms": max(0, store.clock_ahead_ms),
        "copy": await store.read(_copy),
        "link": msgspec.to_builtins(link),
        "lanes": links,
    }


def _lane(carriage: Carriage, side: Side, counts: dict[str, Any]) -> dict[str, Any]:
    """Return how one lane stands."""
    is_up = carriage.link.is_connected
    return {
        **counts["chains"][carriage.lane],
        "witnessed": counts["witnessed"].get(carriage.lane.value, 0),
        "direction": "leaving" if carriage.lane is side.leaving else "arriving",
        "connected": is_up,
        "trouble": None if is_up else carriage.trouble,
        "reason": None if is_up else carriage.reason,
        "clock_offset_ms": carriage.clock_offset_ms,
    }


def _copy(db: sqlite3.Connection) -> dict[str, Any]:
    """Return how the two copies stand to each other, with some of what differs by name."""
    named = [
        {"object": name, "field": field, "what": what, "at": at}
        for name, field, what, at in reconciliation.named(db, NAMED)
    ]
    return {**reconciliation.standing(db)._asdict(), "named": named}


def _counts(db: sqlite3.Connection) -> dict[str, Any]:
    chains = db.execute("SELECT lane, epoch, high, acked, halted FROM chain")
    one = (
        "SELECT (SELECT count(*) FROM quarantine WHERE seen IS NULL),"
        " (SELECT log_high FROM counter)"
    )
    quarantine, log_high = db.execute(one).fetchone()
    (files,) = db.execute(
        "SELECT count(*) FROM file LEFT JOIN delivery ON delivery.event = file.event"
        " WHERE state IN ('crossing', 'arrived', 'cleaning', 'arriving')"
        " AND coalesce(delivery.verdict, '') <> 'held'"
    ).fetchone()
    (waiting,) = db.execute(
        "SELECT coalesce(sum(last - first + 1), 0) FROM outbox"
        " WHERE last > (SELECT max(acked) FROM chain)"
    ).fetchone()
    return {
        "chains": {
            lane: {"epoch": epoch, "high": high, "acknowledged": acked, "halted": halted}
            for lane, epoch, high, acked, halted in chains
        },
        "outbox": waiting,
        "files": files,
        "imports": dict(db.execute("SELECT state, count(*) FROM import_standing GROUP BY state")),
        "witnessed": dict(db.execute("SELECT lane, size FROM witness")),
        "quarantine": quarantine,
        "unrecorded": unrecorded.standing(db)._asdict(),
        "log": log_high,
    }
