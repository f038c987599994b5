"""The transform stage of one lane, as a process.

    near zone ──▶ zone link ──▶ store ──▶ stage link ──▶ verify stage
                    ▲        │ ▲
                 speaker ◀───┘ └── cleaning (jails)

Each part does what the store says is to be done, and tells the others by a bell.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, closing, suppress
from pathlib import Path
from typing import NamedTuple

import structlog

from confinement.daemon import Confine, Reach
from relay import rule_files
from relay.transform import admin, holds, zone_link
from relay.transform.deciders import Deciders
from relay.transform.ledger import Ledger
from relay.transform.policy import Policy, read_policy
from relay.transform.profiles import read_profile
from relay.transform.receipt_sender import ReceiptSender
from relay.transform.rules import rules_of
from relay.transform.sanitising import Sanitising
from relay.transform.settings import FILE, TransformSettings
from relay.transform.stage_link import VerifyLink
from relay.transform.store import NAME, TransformStore
from relay.transform.zone_link import NearZoneLink
from runtime import tallies
from runtime.database import database_files, demand_unused
from runtime.links import Endpoint
from runtime.listening import bind_endpoint, listen_on
from runtime.node import read_endpoint, read_key, read_keyring
from runtime.operators import read_operators, trusted_folder
from runtime.settings import read_settings
from runtime.sockets import bind_socket
from sanitizer.jail import Jail
from wire.keyring import Keyring
from wire.keys import KeyRole, SigningKey
from wire.lane import Hop, Link
from wire.reasons import Unavailable

SWEEP_S = 1.0

logger = structlog.get_logger()


async def serve_transform(
    folder: Path, verify: Endpoint, *, clock: Callable[[], int], confine: Confine
) -> None:
    """Run the stage whose node is in `folder`, until cancelled; `verify` is the other one.

    Raises `SettingsFault`, `StoreFault`, `JailUnsafe` or `CannotConfine` where it cannot start.
    """
    # Before the walls go up, since it has programs to start.
    with Jail() as jail:
        await serve_with(jail, folder, verify, clock=clock, confine=confine)


async def serve_with(
    jail: Jail, folder: Path, verify: Endpoint, *, clock: Callable[[], int], confine: Confine
) -> None:
    """Run the stage with a jail that somebody else has started, and will close.

    In this order: whatever is opened by its name; the walls; the store, which has a thread; and
    only then a byte from outside.
    """
    settings = read_settings(folder / FILE, TransformSettings)
    rules = rule_files.rules_folder(folder)
    policy = read_policy(rules / rule_files.POLICY)
    profile = read_profile(rules, policy.files)
    policy_sha256 = rule_files.rules_digest(rules)
    read_operators(folder)  # or say what is wrong with them
    keys = _Keys(read_key(folder, KeyRole(f"{settings.lane}-receipt")), read_keyring(folder))
    demand_unused(folder / NAME)
    async with AsyncExitStack() as opened:
        link = opened.enter_context(closing(bind_endpoint(_link(folder, settings, clock()))))
        desk = opened.enter_context(closing(bind_socket(folder / "run" / "admin.sock", 0o600)))
        confine(reach_of(folder))
        store = await opened.enter_async_context(
            _open_store(folder, settings, policy_sha256, clock)
        )
        near = _zone_link(keys, settings, policy, store)
        known = keys.keyring.digest().hex()
        deciders = Deciders(store, folder, keys.keyring, policy.holds)
        handover = VerifyLink(store, near.receipt_sender, settings.lane, verify, known)
        async with (
            listen_on(link, zone_link.TAKES, near.attend, clock),
            admin.listen(desk, store, near, handover, policy_sha256, deciders),
            asyncio.TaskGroup() as group,
        ):
            group.create_task(handover.run())
            group.create_task(Sanitising(store, profile, policy, jail, settings.cleaners).run())
            group.create_task(_sweep(store, jail, deciders))
            logger.info("transform.ready", site=settings.site, lane=settings.lane)


def _open_store(
    folder: Path, settings: TransformSettings, policy_sha256: str, clock: Callable[[], int]
) -> AbstractAsyncContextManager[TransformStore]:
    return TransformStore.open(
        folder,
        site=settings.site,
        lane=settings.lane,
        policy_sha256=policy_sha256,
        clock=clock,
        tolerance=settings.clock_tolerance_s * 1000,
    )


class _Keys(NamedTuple):
    """What this stage knows of keys: its own, and whose seals it believes."""

    receipt: SigningKey
    keyring: Keyring


def reach_of(folder: Path) -> Reach:
    """Return what of its folder the stage needs while it runs: not its keys, nor its settings."""
    return Reach(
        files=database_files(folder / NAME),
        writable=tuple(folder / name for name in ("arriving", "cleaned", "run")),
        readable=(trusted_folder(folder),),
        listed=(folder,),
    )


def _zone_link(
    keys: _Keys, settings: TransformSettings, policy: Policy, store: TransformStore
) -> NearZoneLink:
    receipt_sender = ReceiptSender(
        store,
        settings.lane,
        keys.receipt,
        keys.keyring,
        max_waiting=settings.max_waiting,
        full_at_bytes=max(1, settings.max_arriving_bytes - policy.files.max_bytes),
        pace_s=settings.pace_ms / 1_000,
    )
    return NearZoneLink(
        store,
        receipt_sender,
        keys.keyring,
        Link(settings.site, settings.lane, Hop.SOURCE),
        policy,
        rules_of(policy),
        settings.max_arriving_bytes,
    )


def _link(folder: Path, settings: TransformSettings, now: int) -> Endpoint:
    lane = settings.lane
    return read_endpoint(
        settings.link,
        folder,
        own=KeyRole(f"tls-{lane}-transform"),
        peer=KeyRole(f"tls-{lane.source}"),
        uids=frozenset(settings.link_uids),
        now=now,
        group=settings.link_group,
    )


async def _sweep(store: TransformStore, jail: Jail, deciders: Deciders) -> None:
    """Let holds expire, tell of new ones, sum up refusals; when the disk was full, look again.

    Without a jail this process is of no use, and may start none: its parent starts it again.
    """
    while True:
        await asyncio.sleep(SWEEP_S)
        if not jail.is_alive():
            raise Unavailable("what starts the jails has died")
        is_due = await store.read(lambda db: _is_due(db, store.now()))
        if is_due or store.is_full:
            with suppress(Unavailable):
                await store.write(_tidy)
        await deciders.tell_waiting()


def _is_due(db: sqlite3.Connection, now: int) -> bool:
    return holds.are_due(db, now) or tallies.are_due(db, now)


def _tidy(ledger: Ledger) -> None:
    holds.expire(ledger)
    ledger.sum_up_refusals()
