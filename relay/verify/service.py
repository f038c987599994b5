"""The verify stage of one lane, as a process: it puts the parts together and runs them."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from functools import cache
from importlib.metadata import version
from pathlib import Path
from secrets import token_bytes

import structlog

from confinement.daemon import Confine, Reach
from relay.rule_files import rules_folder
from relay.verify import stage_notes, store
from relay.verify.audit_publishing import Publisher
from relay.verify.audit_writer import AuditWriter, Origin
from relay.verify.characters import Characters
from relay.verify.check import ReleaseRules
from relay.verify.consents import ConsentRules
from relay.verify.near_side import Room
from relay.verify.policy_in_force import read_statutes
from relay.verify.sealing import Sealing
from relay.verify.settings import FILE, VerifySettings
from relay.verify.signer import ReleaseSigner
from relay.verify.stage import LanePlace, Stage
from relay.verify.stage_link import TAKES as NEAR_TAKES
from relay.verify.stage_link import TransformLink
from relay.verify.status import serve_names, serve_status
from relay.verify.zone_link import TAKES as FAR_TAKES
from relay.verify.zone_link import FarZoneLink
from runtime.database import Database, database_files, demand_unused
from runtime.links import Endpoint
from runtime.listening import bind_endpoint, listen_on
from runtime.node import read_endpoint, read_key, read_keyring
from runtime.operators import read_operators, trusted_folder
from runtime.settings import read_settings
from runtime.sockets import bind_socket
from wire.audit.note import Signer
from wire.keyring import Keyring
from wire.keys import KeyRole, SigningKey
from wire.lane import Hop, Link, log_origin

NAME = "verify.db"

logger = structlog.get_logger()


async def serve_verify(
    folder: Path, transform: Endpoint, *, clock: Callable[[], int], confine: Confine
) -> None:
    """Run the verify stage in `folder` until cancelled; `transform` is the other one.

    In this order: whatever is opened by its name; the walls; the store, which has a thread; and
    only then a byte from outside.  Raises `SettingsFault`, `StoreFault` or `CannotConfine`.
    """
    settings = read_settings(folder / FILE, VerifySettings)
    key, log = _release_key(folder, settings), _log_signer(folder, settings)
    keyring = read_keyring(folder)
    _demand_rules(folder)
    _release()
    demand_unused(folder / NAME)
    async with AsyncExitStack() as opened:
        near = opened.enter_context(closing(bind_endpoint(transform)))
        far = opened.enter_context(closing(bind_endpoint(_far(folder, settings, clock))))
        desk, names = (
            opened.enter_context(closing(bind_socket(folder / "run" / name, 0o600)))
            for name in ("admin.sock", "names.sock")
        )
        confine(reach_of(folder))
        database = await opened.enter_async_context(Database.open(folder / NAME, store.KIND))
        stage = make_stage(folder, settings, key, database, clock, keyring)
        publisher = Publisher(stage, folder / "log", log, keyring, clock)
        far_link = FarZoneLink(stage, publisher)
        async with asyncio.TaskGroup() as group:
            await stage.start(group)
            await far_link.far.start()
            await publisher.start(keyring.digest().hex())
            _begin_chores(group, stage, publisher)
            async with (
                serve_status(desk, stage, far_link.far, publisher),
                serve_names(names, stage),
                listen_on(near, NEAR_TAKES, TransformLink(stage, publisher).attend),
                listen_on(far, FAR_TAKES, far_link.attend, clock),
            ):
                logger.info("verify.ready", lane=settings.lane, halted=stage.halted)
                await _until_cancelled(stage, publisher)


def _begin_chores(group: asyncio.TaskGroup, stage: Stage, publisher: Publisher) -> None:
    """Begin what a stage does beside its links, again and again."""
    group.create_task(publisher.run())
    group.create_task(stage.look())
    group.create_task(stage.policy.watch())
    group.create_task(stage_notes.sum_up(stage.database, stage.clock))


def _demand_rules(folder: Path) -> None:
    """Say what is missing of the lane's rules, or what is wrong with the list of operators."""
    read_statutes(rules_folder(folder))
    read_operators(folder)


async def _until_cancelled(stage: Stage, publisher: Publisher) -> None:
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
    settings = read_settings(folder / FILE, VerifySettings)
    key = _release_key(folder, settings)
    async with Database.open(folder / NAME, store.KIND) as database:
        make_stage(folder, settings, key, database, clock, read_keyring(folder))
        await database.write(lambda db: store.resume(db, operator))


def _release_key(folder: Path, settings: VerifySettings) -> SigningKey:
    return read_key(folder, KeyRole(Link(settings.site, settings.lane, Hop.RELEASE).sender))


def _log_signer(folder: Path, settings: VerifySettings) -> Signer:
    key = read_key(folder, KeyRole(f"{settings.lane}-audit"))
    return Signer(log_origin(settings.site, settings.lane), key.private)


@cache
def _release() -> str:
    """Return the version of what runs here, as whoever has installed it wrote it down."""
    return version("sekisho")


def reach_of(folder: Path) -> Reach:
    """Return what of its folder the stage needs while it runs: not its keys, nor its settings."""
    return Reach(
        files=database_files(folder / NAME),
        writable=tuple(folder / name for name in ("expected", "log", "run")),
        readable=(rules_folder(folder), trusted_folder(folder)),
        listed=(folder,),
    )


def make_stage(
    folder: Path,
    settings: VerifySettings,
    key: SigningKey,
    database: Database,
    clock: Callable[[], int],
    keyring: Keyring,
) -> Stage:
    """Put together what decides, puts on record and seals, without the links."""
    lane, log = settings.lane, log_origin(settings.site, settings.lane)
    link = Link(settings.site, lane, Hop.RELEASE)
    origin = Origin(log, socket.gethostname(), f"{lane}-verify", _release(), lane)
    scribe = AuditWriter(origin, token_bytes)
    place = LanePlace(
        site=settings.site,
        lane=lane,
        statutes=rules_folder(folder),
        folder=folder,
        expected=folder / "expected",
        room=Room(settings.max_waiting, settings.max_waiting_bytes),
        look_s=settings.look_s,
    )
    rules = ReleaseRules(
        kinds=frozenset(settings.kinds),
        media=frozenset(settings.media),
        max_file_bytes=settings.max_file_bytes,
        characters=Characters(private_use=settings.private_use),
        consents=ConsentRules(settings.site, lane, keyring),
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
