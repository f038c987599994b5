"""What is lost in a store comes back, through the real relay, although daemons are killed at it."""

import asyncio
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import aiohttp
from click.testing import CliRunner

from sekisho.main import COMMANDS, load_subcommand
from tests.stories.city import INTERNET, LGWAN, City
from wire.lane import Zone

# Commits behind which a zone that mends its copy is killed.
KILLS = (1, 2, 3, 5)


def _sql(city: City, zone: Zone, statement: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(city.installation.store(zone), isolation_level=None)) as db:
        return db.execute(statement, values).fetchall()


async def _restart(city: City, zone: Zone) -> None:
    city.installation.start(zone)
    await city.installation.ready(zone)


async def _compared(city: City) -> None:
    """Have both zones compare until both say that they are one."""
    for zone in (LGWAN, INTERNET):
        await city.until(lambda zone=zone: _round(city, zone), lambda found: found["is_one"])  # type: ignore[misc]


async def _round(city: City, zone: Zone) -> dict[str, Any]:
    """Have both compare; return how a zone stands, and whether both are one by what it found."""
    before = (await city.operate(zone, "GET", "/v1/status"))["time"]
    await city.operate(LGWAN, "POST", "/v1/reconcile", {})
    await city.operate(INTERNET, "POST", "/v1/reconcile", {})
    await asyncio.sleep(0.5)
    found = await city.operate(zone, "GET", "/v1/reconcile")
    is_one = found["equal_at"] >= before and found["differences"] == 0
    return {**found, "is_one": is_one}


def _offline(city: City, *more: str) -> Any:
    folders = [str(city.installation.node(zone)) for zone in (LGWAN, INTERNET)]
    return CliRunner().invoke(
        load_subcommand(COMMANDS["reconcile"]), [*folders, *more], standalone_mode=False
    )


async def test_what_is_lost_in_either_store_comes_back_although_zones_are_killed(
    own_city: City, tmp_path: Path
) -> None:
    city = own_city
    hana, taro = await city.person("花"), await city.person("太郎")
    desk, phone = await city.client(hana, LGWAN), await city.client(taro, INTERNET)
    room = await city.room("防災", desk, taro)
    ours = [(await desk.post(room, f"連絡 {n}")).id for n in range(20)]
    theirs = [(await phone.post(room, f"返事 {n}\r\n")).id for n in range(20)]
    await city.until(lambda: phone.message(ours[-1]))
    await city.until(lambda: desk.message(theirs[-1]))
    await _compared(city)
    for zone in (LGWAN, INTERNET):
        await asyncio.to_thread(city.installation.stop, zone)
    try:
        _damage(city, room, ours, theirs)
        _see_offline(city, ours[7], tmp_path / "copy.gz")
        for count in KILLS:
            for zone in (LGWAN, INTERNET):
                city.installation.start(zone, f"store.committed:{count}")
            for zone in (LGWAN, INTERNET):
                await _die(city, zone)
    finally:
        for zone in (LGWAN, INTERNET):
            if not city.installation.is_alive(zone):
                await _restart(city, zone)
    await _compared(city)
    for client in (desk, phone):
        texts = {name: (await client.message(name)).text for name in [*ours[3:6], ours[7]]}
        assert list(texts.values()) == ["連絡 3", "連絡 4", "連絡 5", "連絡 7"]
        for number in (3, 4):
            text = (await client.message(theirs[number])).text
            assert text is not None
            assert text.startswith(f"返事 {number}")
        assert (await client.room(room)).name.startswith("防災")


def _damage(city: City, room: str, ours: list[str], theirs: list[str]) -> None:
    """Lose and change rows of both stores by hand; before that they are one."""
    found = _offline(city, "--json")
    assert found.exit_code == 0  # click's own; the command's is its result
    assert found.return_value == 0, found.output
    for zone, one, other in ((LGWAN, ours[3], theirs[4]), (INTERNET, theirs[3], ours[4])):
        _sql(city, zone, "DELETE FROM message WHERE id IN (?, ?)", one, other)
    _sql(city, INTERNET, "UPDATE message SET text = '改ざん' WHERE id = ?", ours[5])
    _sql(city, LGWAN, "DELETE FROM register WHERE object = ? AND field = 'name'", room)
    _sql(city, INTERNET, "DELETE FROM message WHERE id = ?", ours[7])
    _sql(city, INTERNET, "DELETE FROM heard WHERE event = ?", ours[7])


def _see_offline(city: City, lost: str, export: Path) -> None:
    """See that the stopped folders, and an export of one, tell what is lost and what unrecorded."""
    found = _offline(city)
    assert found.return_value == 1
    assert f"{lost}\t(message)\tmissing\tin lgwan" in found.output
    assert f"{lost}\trecorded, not there" in found.output
    _sql(city, LGWAN, "INSERT INTO heard VALUES ('00000000000000i0', ?, x'00')", "ms_past")
    assert "ms_past\tunrecorded" in _offline(city).output
    _sql(city, LGWAN, "DELETE FROM heard WHERE event = 'ms_past'")
    command = load_subcommand(COMMANDS["reconcile"])
    node, far = (str(city.installation.node(zone)) for zone in (LGWAN, INTERNET))
    CliRunner().invoke(command, [node, "-o", str(export)], standalone_mode=False)
    again = CliRunner().invoke(command, [str(export), far], standalone_mode=False)
    assert (again.return_value, "missing\tin lgwan" in again.output) == (1, True)


async def _die(city: City, zone: Zone) -> None:
    """Ask a zone to compare until it is killed at it."""
    async with asyncio.timeout(60):
        while city.installation.is_alive(zone):
            with suppress(OSError, aiohttp.ClientError, AssertionError):  # it dies meanwhile
                await city.operate(zone, "POST", "/v1/reconcile", {})
            await asyncio.sleep(0.1)
    city.installation.kill(zone)
