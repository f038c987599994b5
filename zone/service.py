"""A zone's daemon: its store, its two links to the relay, its local sockets.

Nothing in a zone listens but its local sockets.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from confinement.daemon import Confine, Reach
from confinement.launching import Launcher
from runtime.database import database_files, demand_unused
from runtime.links import Endpoint, make_ready
from runtime.node import read_endpoint, read_key, read_keyring
from runtime.sessions import run_session
from runtime.settings import SettingsFault, read_settings
from wire.keys import KeyRole, SigningKey
from wire.lane import Lane
from wire.reasons import Unavailable
from zone.api.http.context import ApiContext
from zone.api.serve import BoundSockets, bind_sockets, serve_sockets
from zone.conversation import imports, later_messages, read_positions, retention
from zone.conversation.clearances import ConsentSeal
from zone.copy import thumbnailer
from zone.copy.side import Side
from zone.link import unrecorded
from zone.link.inbox import Inbox
from zone.link.link_states import LinkStates
from zone.link.outbox import Outbox
from zone.link.witness import Witness
from zone.reconcile.rounds import Rounds
from zone.reminders import clearance_reminders, deadlines, escalation
from zone.search.service import FOLDER as SEARCH
from zone.search.service import SearchService
from zone.settings import LaneSettings, ZoneSettings
from zone.status import Carriage, zone_status
from zone.store.side_effects import SIDE_EFFECTS
from zone.store.store import NAME as STORE
from zone.store.store import ZoneStore, now_ms
from zone.webhooks.delivering import call_back

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 5.0

logger = structlog.get_logger()

_TLS_TRANSFORM = {
    Lane.IMPORT: KeyRole.TLS_IMPORT_TRANSFORM,
    Lane.EXPORT: KeyRole.TLS_EXPORT_TRANSFORM,
}
_TLS_VERIFY = {Lane.IMPORT: KeyRole.TLS_IMPORT_VERIFY, Lane.EXPORT: KeyRole.TLS_EXPORT_VERIFY}


async def serve_zone(
    folder: Path, side: Side, *, clock: Callable[[], int] = now_ms, confine: Confine
) -> None:
    """Run the zone of the node in `folder` until cancelled.

    In this order: whatever is opened by its name, and what starts programs for us; the walls; the
    store, which has a thread; and only then a byte from outside.
    """
    settings = read_settings(folder / "zone.toml", ZoneSettings)
    if settings.zone != side.zone:
        raise SettingsFault(f"{folder / 'zone.toml'}: zone: expected {side.zone}")
    keyring = read_keyring(folder)
    source, witness_key = read_key(folder, side.source_key), read_key(folder, side.witness_key)
    seal = ConsentSeal(settings.site, read_key(folder, side.consent_key))
    leaving, arriving = _relay(folder, side, settings.lane, now=clock())
    demand_unused(folder / STORE)
    async with AsyncExitStack() as stack:
        launcher = stack.enter_context(closing(Launcher(thumbnailer.PROGRAMS)))
        bound = stack.enter_context(closing(bind_sockets(folder, settings.sockets)))
        confine(reach_of(folder, bound))
        store = await stack.enter_async_context(_open_store(folder, side, settings, source, clock))
        witness = Witness(store, keyring, witness_key, settings.site)
        outbox = Outbox(store, side.leaving, keyring, leaving, witness)
        inbox = Inbox(store, settings.site, side.arriving, keyring, arriving, witness)
        carriages = [Carriage(side.leaving, outbox), Carriage(side.arriving, inbox)]
        links = await stack.enter_async_context(LinkStates.open(store))
        links.listen_to(outbox, inbox)
        search = await stack.enter_async_context(SearchService.open(store))
        status = partial(zone_status, store, side, settings, carriages, search)
        context = ApiContext(store, side, settings, clock, status, search, seal)
        drawing = thumbnailer.Thumbnailer(launcher)
        await stack.enter_async_context(serve_sockets(context, bound, drawing))
        logger.info("zone.ready", zone=side.zone, folder=str(folder))
        async with asyncio.TaskGroup() as group:
            for carriage in carriages:
                group.create_task(_keep_up(carriage))
            group.create_task(links.watch())
            for work in _housework(store, settings, outbox):
                group.create_task(work)


def _relay(folder: Path, side: Side, lane: LaneSettings, *, now: int) -> tuple[Endpoint, Endpoint]:
    """Return where the relay is dialled: for what leaves, and for what arrives."""
    leaving, arriving = (
        read_endpoint(
            address, folder, own=side.tls_key, peer=peer, uids=frozenset(lane.uids), now=now
        )
        for address, peer in (
            (lane.leaving, _TLS_TRANSFORM[side.leaving]),
            (lane.arriving, _TLS_VERIFY[side.arriving]),
        )
    )
    make_ready(leaving)
    make_ready(arriving)
    return leaving, arriving


def reach_of(folder: Path, bound: BoundSockets) -> Reach:
    """Return what the zone needs while it runs: of its folder not its keys, nor its settings."""
    return Reach(
        files=database_files(folder / STORE),
        writable=tuple(folder / name for name in ("blobs", "run", SEARCH)),
        listed=(folder,),
        emptied=tuple(path.parent for path in bound.made),
        dials=True,
    )


def _housework(
    store: ZoneStore, settings: ZoneSettings, outbox: Outbox
) -> Iterator[Coroutine[Any, Any, None]]:
    """Yield what a zone does by itself, all the time it runs."""
    limit = settings.limits.outbox_events
    yield unrecorded.watch(store, settings.log.confirm_s)
    yield Rounds(store, settings.reconcile_s).keep()
    yield escalation.watch(store)
    yield deadlines.watch(store)
    yield clearance_reminders.watch(store, settings.approvals)
    yield call_back(store)
    yield read_positions.carry(store, limit)
    yield retention.keep(store, settings.tenant, limit)
    yield imports.carry(store, limit, lambda: outbox.is_connected)
    yield later_messages.speak(store, limit)


def _open_store(
    folder: Path,
    side: Side,
    settings: ZoneSettings,
    source: SigningKey,
    clock: Callable[[], int],
) -> AbstractAsyncContextManager[ZoneStore]:
    tolerance = settings.clock_tolerance_s * 1000
    return ZoneStore.open(folder, side, settings.site, source, SIDE_EFFECTS, clock, tolerance)


async def _keep_up(carriage: Carriage) -> None:
    """Connect again and again: a dead peer is a normal thing."""
    pause = FIRST_PAUSE_S
    while True:
        started_at = time.monotonic()
        trouble = await run_session(carriage.link.session())
        carriage.fail(trouble or Unavailable("the relay closed the link"))
        if time.monotonic() - started_at > LONGEST_PAUSE_S:
            pause = FIRST_PAUSE_S
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)
