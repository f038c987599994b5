"""Killing zones while they compare and mend their copies.

Rows of both stores are lost by hand while nothing runs.  Then both zones are started, each to die
at a point within comparing, asked to compare until it does, damaged again while it is dead, and
started for the next point.  In the end both copies are one, and nothing acknowledged is lost.
"""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing, suppress

import aiohttp

from tests.faults.asking import operate
from tests.faults.installation import ZONES, Installation
from tests.faults.oracle import violations_after_repair
from tests.faults.runs import Template, failpoints, settled
from tests.faults.traffic import INDIVIDUAL_NUMBER, Said, converse
from wire.lane import Zone

COMPARING = "zone.reconcile."
DIE_S, ONE_S = 30.0, 60.0
ASK_AGAIN_S = 0.05

# What is lost of each store before each death: some of what crossed, said here or there.
_CROSSED = f"text IS NOT NULL AND text NOT LIKE '%{INDIVIDUAL_NUMBER}'"
DAMAGE = (
    f"DELETE FROM message WHERE id IN"
    f" (SELECT id FROM message WHERE {_CROSSED} ORDER BY random() LIMIT 3)",
    f"UPDATE message SET text = 'x' WHERE id IN"
    f" (SELECT id FROM message WHERE {_CROSSED} ORDER BY random() LIMIT 1)",
    "DELETE FROM register WHERE object LIKE 'us!_%' ESCAPE '!' AND field = 'section'",
    "DELETE FROM register WHERE object LIKE 'rm!_%' ESCAPE '!' AND field = 'name'",
)


def points() -> list[str]:
    """Return the failpoints within comparing and mending."""
    return [name for name in failpoints() if name.startswith(COMPARING)]


def sweeps(passings: Sequence[int]) -> Iterator[str]:
    """Yield each point at some of its passings, and each commit of the first ones."""
    for nth in passings:
        yield from (f"{point}:{nth}" for point in points())
        yield from (f"{point}:{nth}" for point in ("store.commit", "store.committed"))


def damage(installation: Installation, zone: Zone) -> None:
    """Lose rows of a zone that is stopped or dead."""
    with closing(sqlite3.connect(installation.store(zone), isolation_level=None)) as db:
        for statement in DAMAGE:
            db.execute(statement)


async def kill_while_comparing(
    template: Template, armed: Sequence[str], *, messages: int, seed: int | None = None
) -> tuple[int, list[str]]:
    """Have each zone die at each point of `armed`; return how often one died, and what is wrong.

    With a `seed` they are killed at random moments as well.
    """
    installation = template.copy()
    try:
        installation.start_all()
        await installation.ready()
        said = await converse(installation, template.city, messages=messages)
        await settled(installation)
        kills = 0
        for zone in ZONES:
            installation.stop(zone)
            damage(installation, zone)
        for point in armed:
            for zone in ZONES:
                installation.start(zone, point)
            kills += sum(await asyncio.gather(*(_die(installation, zone) for zone in ZONES)))
        if seed is not None:
            kills += await _kill_at_random(installation, random.Random(seed))
        found = await _become_one(installation, said)
        return kills, found
    finally:
        installation.stop_all()


async def _die(installation: Installation, zone: Zone) -> int:
    """Ask a zone to compare until it is dead, or for long enough; then lose some of it again."""
    died = 1
    try:
        async with asyncio.timeout(DIE_S):
            while installation.is_alive(zone):
                await _ask(installation, zone)
                await asyncio.sleep(ASK_AGAIN_S)
    except TimeoutError:
        died = 0
    installation.kill(zone)
    damage(installation, zone)
    return died


async def _ask(installation: Installation, zone: Zone) -> None:
    with suppress(OSError, aiohttp.ClientError, TimeoutError, ValueError):  # it dies meanwhile
        await operate(installation, zone, "POST", "/v1/reconcile", {})


async def _kill_at_random(installation: Installation, dice: random.Random, kills: int = 12) -> int:
    for _ in range(kills):
        for zone in ZONES:
            if not installation.is_alive(zone):
                installation.start(zone)
        await installation.ready(*ZONES)
        for zone in ZONES:
            await _ask(installation, zone)
        await asyncio.sleep(dice.uniform(0.0, 0.3))
        zone = dice.choice(ZONES)
        installation.kill(zone)
        damage(installation, zone)
    return kills


async def _become_one(installation: Installation, said: Sequence[Said]) -> list[str]:
    """Let both compare in peace; return what the oracle says, and whether both are one.

    They are started anew: what a zone sent again it does not send once more within minutes.
    """
    for zone in ZONES:
        installation.kill(zone)
    installation.start_all()
    await installation.ready()
    apart: list[str] = []
    try:
        async with asyncio.timeout(ONE_S):
            while apart := [zone async for zone in _not_one(installation)]:
                pass
        await settled(installation)
    except TimeoutError:
        apart = [f"{zone} does not say that both copies are one" for zone in apart]
    installation.stop_all()
    return [*apart, *violations_after_repair(installation, said)]


async def _not_one(installation: Installation) -> AsyncIterator[str]:
    began = {}
    for zone in ZONES:
        status = await operate(installation, zone, "GET", "/v1/status")
        began[zone] = status["time"]
        await _ask(installation, zone)
    await asyncio.sleep(1.0)
    for zone in ZONES:
        found = await operate(installation, zone, "GET", "/v1/reconcile")
        if found["equal_at"] < began[zone] or found["differences"]:
            yield zone.value
