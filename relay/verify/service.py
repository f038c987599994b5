"""The verify stage of one lane, as a process: it puts the parts together and runs them."""

import asyncio
import socket
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from secrets import token_bytes

import structlog

from relay.rule_files import rules_digest
from relay.verify import store
from relay.verify.audit_publishing import Publisher
from relay.verify.audit_writer import AuditWriter, Origin
from relay.verify.characters import Characters
from relay.verify.check import ReleaseRules
from relay.verify.sealing import Sealing
from relay.verify.settings import VerifySettings
from relay.verify.signer import ReleaseSigner
from relay.verify.stage import LanePlace, Stage
from relay.verify.stage_link import TAKES as NEAR_TAKES
from relay.verify.stage_link import TransformLink
from relay.verify.status import serve_names, serve_status
from relay.verify.zone_link import TAKES as FAR_TAKES
from relay.verify.zone_link import FarZoneLink
from runtime.database import Database
from runtime.links import Endpoint, UnixEndpoint, listen_on
from runtime.node import read_endpoint, read_key, read_keyring
from runtime.settings import read_settings
from wire.audit.note import Signer
from wire.keys import KeyRole
from wire.lane import Hop, Link, log_origin

logger = structlog.get_logger()


async def serve_verify(folder: Path, *, clock: Callable[[], int]) -> None:
    """Run the verify stage in `folder` until cancelled.  `clock` returns milliseconds.

    Raises `SettingsFault` or `StoreFault` where it cannot start.
    """
    settings = read_settings(folder / "verify.toml", VerifySettings)
    far = _far(folder, settings, clock)
    near = UnixEndpoint(folder / "run" / "stage.sock", frozenset(settings.stage_uids))
    async with Database.open(folder / "verify.db", store.KIND) as database:
        stage = make_stage(folder, settings, database, clock)
        log = Signer(
            log_origin(settings.site, settings.lane),
            read_key(folder, KeyRole(f"{settings.lane}-audit")).private,
        )
        keyring = read_keyring(folder)
        publisher = Publisher(stage, folder / "log", log, keyring, clock)
        async with asyncio.TaskGroup() as group:
            await stage.start(group)
            await publisher.start(keyring.digest().hex())
            group.create_task(publisher.run())
            async with (
                serve_status(folder / "run" / "admin.sock", stage, publisher),
                serve_names(folder / "run" / "names.sock", stage),
                listen_on(near, NEAR_TAKES, TransformLink(stage, publisher).attend),
                listen_on(far, FAR_TAKES, FarZoneLink(stage, publisher).attend, stage.clock),
            ):
                logger.info("verify.ready", lane=settings.lane, halted=stage.halted)
                try:
                    await asyncio.Event().wait()
                finally:
                    stage.files.forget_parts()
                    await publisher.stop()


async def resume_lane(folder: Path, operator: str, *, clock: Callable[[], int]) -> None:
    """Let the halted lane in `folder`, whose process does not run, go on; put it on record.

    `operator` is the id of who decided so.  What had made the lane halt has to be mended
    first, or it halts again.
    """
    settings = read_settings(folder / "verify.toml", VerifySettings)
    async with Database.open(folder / "verify.db", store.KIND) as database:
        make_stage(folder, settings, database, clock)
        await database.write(lambda db: store.resume(db, operator))


def make_stage(
    folder: Path, settings: VerifySettings, database: Database, clock: Callable[[], int]
) -> Stage:
    """Put together what decides, puts on record and seals, without the links."""
    lane, log = settings.lane, log_origin(settings.site, settings.lane)
    link = Link(settings.site, lane, Hop.RELEASE)
    key = read_key(folder, KeyRole(link.sender))
    origin = Origin(log, socket.gethostname(), f"{lane}-verify", version("sekisho"), lane)
    scribe = AuditWriter(origin, token_bytes)
    rules_digest(folder.parent)  # or say what is missing
    place = LanePlace(
        site=settings.site,
        lane=lane,
        statutes=folder.parent,
        expected=folder / "expected",
        max_waiting=settings.max_waiting,
        max_waiting_bytes=settings.max_waiting_bytes,
    )
    rules = ReleaseRules(
        kinds=frozenset(settings.kinds),
        media=frozenset(settings.media),
        max_file_bytes=settings.max_file_bytes,
        characters=Characters(private_use=settings.private_use),
        tolerance=settings.clock_tolerance_s * 1000,
    )
    sealing = Sealing(ReleaseSigner(key, link), scribe, link, log, clock)
    return Stage(database, place, rules, sealing, scribe, clock)


def _far(folder: Path, settings: VerifySettings, clock: Callable[[], int]) -> Endpoint:
    return read_endpoint(
        settings.link,
        folder,
        own=KeyRole(f"tls-{settings.lane}-verify"),
        peer=KeyRole(f"tls-{settings.lane.target}"),
        uids=frozenset(settings.link_uids),
        now=clock(),
        group=settings.link_group,
    )
