"""Killing zones while they compare and mend their copies.

Rows of both stores are lost by hand while neither zone runs.  Then both are started, to die at a
point within comparing, and asked to compare until both have died there; and again for the next
point.  In the end both copies are one, and nothing acknowledged is lost.

Every point is reached, since what was lost cannot be mended without passing it:

    each zone lost a word of its own          the other's digest shows it: read, compared, noted;
                                              it says what it has itself: answered; and puts its
                                              own word back: mended
    each zone lost a word of the other one    its author says it again: offered
    each zone is asked for a round            greeted
"""

import asyncio
import random
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import aiohttp

from tests.faults.asking import operate
from tests.faults.installation import ZONES, Installation
from tests.faults.oracle import violations_after_repair
from tests.faults.runs import RESTART_POLL_S, Template, failpoints, settled
from tests.faults.traffic import INDIVIDUAL_NUMBER, Said, converse
from wire.lane import Zone

COMPARING = "zone.reconcile."
DIE_S, ONE_S, ROUND_S = 120.0, 120.0, 10.0
# A round is asked for again after so long, and then after twice as long each time: the relay
# takes 256 digests at once, and then four a minute.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 8.0
RANDOM_KILLS = 5
# Of which field the values are lost: each zone loses others.
FIELD = {Zone.INTERNET: "section", Zone.LGWAN: "title"}


@dataclass(frozen=True, slots=True)
class Losses:
    """What a zone loses each time: ids of messages of either zone."""

    deleted: tuple[str, ...]
    altered: tuple[str, ...]
    field: str


def points() -> list[str]:
    """Return the failpoints within comparing and mending."""
    return [name for name in failpoints() if name.startswith(COMPARING)]


def sweeps(passings: Sequence[int]) -> Iterator[str]:
    """Yield each point, which is passed at least once, and some of the commits."""
    yield from (f"{point}:1" for point in points())
    for nth in passings:
        yield from (f"{point}:{nth}" for point in ("store.commit", "store.committed"))


def losses(said: Sequence[Said]) -> dict[Zone, Losses]:
    """Return what each zone loses: a word of either author deleted, and one altered.

    Each zone loses its own half: what both have lost alike nobody misses (decision 0027).
    """
    crossed = [one for one in said if not one.file and INDIVIDUAL_NUMBER not in one.text]
    by_author = [[one.id for one in crossed if one.zone is author] for author in ZONES]
    found = {}
    for n, zone in enumerate(ZONES):
        halves = [ids[n :: len(ZONES)] for ids in by_author]
        deleted, altered = (tuple(half[k] for half in halves) for k in (0, 1))
        found[zone] = Losses(deleted, altered, FIELD[zone])
    return found


def damage(installation: Installation, zone: Zone, lost: Losses) -> None:
    """Lose rows of a zone that is stopped or dead."""
    with closing(sqlite3.connect(installation.store(zone), isolation_level=None)) as db:
        db.executemany("DELETE FROM message WHERE id = ?", [(each,) for each in lost.deleted])
        db.executemany(
            "UPDATE message SET text = 'x' WHERE id = ?", [(each,) for each in lost.altered]
        )
        db.execute("DELETE FROM register WHERE field = ?", (lost.field,))


async def kill_while_comparing(
    template: Template, armed: Sequence[str], *, messages: int, seed: int
) -> tuple[int, list[str]]:
    """Have each zone die at each point of `armed`, and at random moments.

    Return how often one died, and what is wrong afterwards.
    """
    installation = template.copy()
    try:
        installation.start_all()
        await installation.ready()
        said = await converse(installation, template.city, messages=messages)
        await settled(installation)
        lost, kills = losses(said), 0
        for point in armed:
            kills += await _die(installation, lost, point)
        kills += await _kill_at_random(installation, lost, random.Random(seed))
        return kills, await _become_one(installation, said)
    finally:
        installation.stop_all()


async def _die(installation: Installation, lost: Mapping[Zone, Losses], point: str) -> int:
    """Lose rows of both; have each die at a point while both compare.  Return how many died.

    Whichever died goes on without the point, so that the other one has somebody to compare with.
    What a zone sent again it does not send once more within minutes: so both are started again.
    """
    for zone in ZONES:
        installation.kill(zone)
    for zone in ZONES:
        damage(installation, zone, lost[zone])
        installation.start(zone, point)
    alive, pause = set(ZONES), FIRST_PAUSE_S
    until, ask_at = time.monotonic() + DIE_S, 0.0
    while alive and time.monotonic() < until:
        for zone in [zone for zone in alive if not installation.is_alive(zone)]:
            alive.remove(zone)
            installation.start(zone)
        if time.monotonic() >= ask_at and all([await _ask(installation, zone) for zone in ZONES]):
            ask_at, pause = time.monotonic() + pause, min(2 * pause, LONGEST_PAUSE_S)
        await asyncio.sleep(RESTART_POLL_S)
    if alive:
        raise AssertionError(f"{point} was not reached in {' and '.join(sorted(alive))}")
    return len(ZONES)


async def _ask(installation: Installation, zone: Zone) -> bool:
    """Ask a zone to compare; return whether it said that it would: it may be dead."""
    try:
        await operate(installation, zone, "POST", "/v1/reconcile", {})
    except (OSError, aiohttp.ClientError, TimeoutError, ValueError):
        return False
    return True


async def _kill_at_random(
    installation: Installation, lost: Mapping[Zone, Losses], dice: random.Random
) -> int:
    for _ in range(RANDOM_KILLS):
        for zone in ZONES:
            if not installation.is_alive(zone):
                installation.start(zone)
        await installation.ready(*ZONES)
        for zone in ZONES:
            await _ask(installation, zone)
        await asyncio.sleep(dice.uniform(0.0, 0.5))
        zone = dice.choice(ZONES)
        installation.kill(zone)
        damage(installation, zone, lost[zone])
    return RANDOM_KILLS


async def _become_one(installation: Installation, said: Sequence[Said]) -> list[str]:
    """Let both compare in peace; return what the oracle says, and whether both are one.

    They are started again: what a zone sent again it does not send once more within minutes.
    """
    for zone in ZONES:
        installation.kill(zone)
    installation.start_all()
    await installation.ready()
    until, wrong = time.monotonic() + ONE_S, ["nobody compared"]
    while wrong and time.monotonic() < until:
        await settled(installation)
        wrong = await _not_one(installation)
    await settled(installation)
    installation.stop_all()
    return [*wrong, *violations_after_repair(installation, said)]


async def _not_one(installation: Installation) -> list[str]:
    """Compare once more, with nothing on its way; return for which zones both are not one.

    What is sent again meanwhile does not count, so that it would not be missed.
    """
    before = await _standings(installation)
    for zone in ZONES:
        await _ask(installation, zone)
    until = time.monotonic() + ROUND_S
    while True:
        found = await _standings(installation)
        is_over = all(found[zone]["compared_at"] > before[zone]["compared_at"] for zone in ZONES)
        if is_over or time.monotonic() > until:
            break
        await asyncio.sleep(0.1)
    return [
        f"{zone} does not say that both copies are one: {now}"
        for zone, now in found.items()
        if now["equal_at"] <= before[zone]["equal_at"]
        or now["offered"] != before[zone]["offered"]
        or now["differences"]
        or now["waiting"]
    ]


async def _standings(installation: Installation) -> dict[Zone, dict[str, int]]:
    return {zone: await operate(installation, zone, "GET", "/v1/reconcile") for zone in ZONES}
