"""The transform stage of one lane, as a process.

    near zone ──▶ zone link ──▶ store ──▶ stage link ──▶ verify stage
                    ▲        │ ▲
                 speaker ◀───┘ └── cleaning (jails)

Each part does what the store says is to be done, and tells the others by a bell.
"""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

from relay import rule_files
from relay.transform import admin, holds, zone_link
from relay.transform.policy import Policy, read_policy
from relay.transform.profiles import read_profile
from relay.transform.receipt_sender import ReceiptSender
from relay.transform.rules import rules_of
from relay.transform.sanitising import Sanitising
from relay.transform.settings import TransformSettings
from relay.transform.stage_link import VerifyLink
from relay.transform.store import TransformStore
from relay.transform.zone_link import NearZoneLink
from runtime.links import Endpoint, UnixEndpoint, listen_on
from runtime.node import read_endpoint, read_key, read_keyring
from runtime.settings import SettingsFault, read_settings
from sanitizer.jail import Jail
from wire.keys import KeyRole
from wire.lane import Hop, Link
from wire.reasons import Unavailable

SWEEP_S = 1.0

logger = structlog.get_logger()


async def serve_transform(folder: Path, *, clock: Callable[[], int]) -> None:
    """Run the stage whose node is in `folder`, until cancelled.

    Raises `SettingsFault`, `StoreFault` or `JailUnsafe` where it cannot start.
    """
    # Before the store, since the store has a thread and the jail forks.
    with Jail() as jail:
        await serve_with(jail, folder, clock=clock)


async def serve_with(jail: Jail, folder: Path, *, clock: Callable[[], int]) -> None:
    """Run the stage with a jail that somebody else has started, and will close."""
    settings = read_settings(folder / "transform.toml", TransformSettings)
    policy = read_policy(folder.parent / rule_files.POLICY)
    profile = read_profile(folder.parent, policy.files)
    policy_sha256 = rule_files.rules_digest(folder.parent)
    async with TransformStore.open(
        folder,
        site=settings.site,
        lane=settings.lane,
        policy_sha256=policy_sha256,
        clock=clock,
        tolerance=settings.clock_tolerance_s * 1000,
    ) as store:
        near = _zone_link(folder, settings, policy, store)
        handover = VerifyLink(
            store,
            near.receipt_sender,
            settings.lane,
            _stage(folder, settings),
            read_keyring(folder).digest().hex(),
        )
        async with (
            listen_on(_link(folder, settings, clock()), zone_link.TAKES, near.attend, clock),
            admin.listen(folder / "run" / "admin.sock", store, near, handover, policy_sha256),
            asyncio.TaskGroup() as group,
        ):
            group.create_task(handover.run())
            group.create_task(Sanitising(store, profile, policy, jail, settings.cleaners).run())
            group.create_task(_sweep(store))
            logger.info("transform.ready", site=settings.site, lane=settings.lane)


def _zone_link(
    folder: Path, settings: TransformSettings, policy: Policy, store: TransformStore
) -> NearZoneLink:
    keyring = read_keyring(folder)
    receipt_sender = ReceiptSender(
        store,
        settings.lane,
        read_key(folder, KeyRole(f"{settings.lane}-receipt")),
        keyring,
        max_waiting=settings.max_waiting,
        full_at_bytes=max(1, settings.max_arriving_bytes - policy.files.max_bytes),
    )
    return NearZoneLink(
        store,
        receipt_sender,
        keyring,
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


def _stage(folder: Path, settings: TransformSettings) -> Endpoint:
    scheme, _, path = settings.stage.partition(":")
    if scheme != "unix" or not path:
        raise SettingsFault(f"stage: {settings.stage!r} is not unix:PATH")
    return UnixEndpoint(Path(os.path.normpath(folder / path)), frozenset(settings.stage_uids))


async def _sweep(store: TransformStore) -> None:
    """Let holds expire; and when the disk was full, find out when it no longer is."""
    while True:
        await asyncio.sleep(SWEEP_S)
        is_due = await store.read(lambda db: holds.are_due(db, store.now()))
        if is_due or store.is_full:
            with suppress(Unavailable):
                await store.write(holds.expire)
