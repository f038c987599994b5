"""Killing zones while they compare and mend their copies.

Rows of both stores are lost by hand while neither zone runs.  Then both are started, one of them to
die at a point within comparing, and asked to compare until it does; and again for the next point.
In the end both copies are one, and nothing acknowledged is lost.
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
DIE_S, ONE_S = 10.0, 60.0
ASK_AGAIN_S = 1.0  # the relay lets few digests pass
RANDOM_KILLS = 5

# What crossed, said here or there.  Each zone loses its own half of it: what both have lost alike
# nobody misses (decision 0027).
_HALF = {Zone.INTERNET: 0, Zone.LGWAN: 1}
_CROSSED = (
    f"text IS NOT NULL AND text NOT LIKE '%{INDIVIDUAL_NUMBER}' AND unicode(substr(id, -1)) % 2 = ?"
)
DAMAGE = (
    f"DELETE FROM message WHERE id IN"
    f" (SELECT id FROM message WHERE {_CROSSED} ORDER BY random() LIMIT 3)",
    f"UPDATE message SET text = 'x' WHERE id IN"
    f" (SELECT id FROM message WHERE {_CROSSED} ORDER BY random() LIMIT 1)",
    "DELETE FROM register WHERE field = CASE ? WHEN 0 THEN 'section' ELSE 'title' END",
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
            db.execute(statement, (_HALF[zone],))


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
        for point in armed:
            for zone in ZONES:
                kills += await _die(installation, zone, point)
        if seed is not None:
            kills += await _kill_at_random(installation, random.Random(seed))
        found = await _become_one(installation, said)
        return kills, found
    finally:
        installation.stop_all()


async def _die(installation: Installation, zone: Zone, point: str) -> int:
    """Lose rows of both; have a zone die at a point while both compare.  Return whether it died."""
    for each in ZONES:
        installation.kill(each)
        damage(installation, each)
        installation.start(each, point if each is zone else "")
    with suppress(TimeoutError):
        async with asyncio.timeout(DIE_S):
            while installation.is_alive(zone):
                for each in ZONES:
                    await _ask(installation, each)
                await asyncio.sleep(ASK_AGAIN_S)
            return 1
    return 0


async def _ask(installation: Installation, zone: Zone) -> None:
    with suppress(OSError, aiohttp.ClientError, TimeoutError, ValueError):  # it dies meanwhile
        await operate(installation, zone, "POST", "/v1/reconcile", {})


async def _kill_at_random(installation: Installation, dice: random.Random) -> int:
    for _ in range(RANDOM_KILLS):
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
    return RANDOM_KILLS


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
    except TimeoutError:
        apart = [f"{zone} does not say that both copies are one" for zone in apart]
    installation.stop_all()
    return [*apart, *violations_after_repair(installation, said)]


async def _not_one(installation: Installation) -> AsyncIterator[str]:
    """Compare once more, with nothing on its way; yield the zones for which both are not one.

    What is sent again meanwhile does not count, so that it would not be missed.
    """
    await settled(installation)
    before = [await operate(installation, zone, "GET", "/v1/reconcile") for zone in ZONES]
    for zone in ZONES:
        await _ask(installation, zone)
    await asyncio.sleep(1.0)
    for zone, was in zip(ZONES, before, strict=True):
        found = await operate(installation, zone, "GET", "/v1/reconcile")
        is_one = found["equal_at"] > was["equal_at"] and found["differences"] == 0
        if not is_one or found["offered"] != was["offered"] or found["waiting"]:
            yield zone.value
