"""A zone's real store, in a folder of its own, with two people and a shared room."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from internet_side.zone import SIDE as INTERNET
from lgwan_side.zone import SIDE as LGWAN
from runtime.bounds import TOLERANCE_MS
from tests.contract_watch import ContractWatch, demand_kept, watching
from tests.zone.events import FRONTEND, ROOMS, TENANT, USERS
from wire.bodies import MemberSet, MessagePost, ProfileSet, RoomPut
from wire.events import Author, Event
from wire.keys import SigningKey
from wire.order import next_hlc
from wire.reasons import Reason
from zone.copy.side import Side
from zone.link import belief
from zone.store import notifications
from zone.store import store as stores
from zone.store.side_effects import SIDE_EFFECTS
from zone.store.store import ZoneStore
from zone.store.table_facts import TableFacts
from zone.store.writing import Clock, Writing

STAFF, GUEST, BOTH = USERS
ROOM = ROOMS[0]
SITE = "test-city"


def author(uid: str) -> Author:
    """Return `uid` as the author of something."""
    return Author(uid, TENANT, FRONTEND)


def disbelieved(place: "Place", db: sqlite3.Connection, event: Event) -> Reason | None:
    """Return why a zone does not believe an event of the other one, or None."""
    now, facts = place.store.now(), TableFacts(db)
    clock = Clock(next_hlc(0, now), tolerance=TOLERANCE_MS)
    return belief.disbelief(event, facts, place.side, now=now, clock=clock)


def key_of(side: Side) -> SigningKey:
    """Return a zone's source key; the same every time."""
    return SigningKey.from_seed(side.source_key, bytes(31) + bytes([len(side.zone)]))


@dataclass(frozen=True, slots=True)
class Place:
    """An open store and which side it is."""

    store: ZoneStore
    side: Side

    async def say(self, text: str, uid: str = STAFF) -> str:
        """Post a message to the shared room and return its id."""

        def work(writing: Writing) -> str:
            name = writing.mint("ms", writing.now)
            event = writing.act(author(uid), MessagePost(text), room=ROOM, crosses=True, id=name)
            notifications.tell(writing, event, writing.side.zone)
            return name

        return await self.store.write(work)


def _found(writing: Writing) -> None:
    for uid, kind, zones in (
        (STAFF, "staff", ["lgwan"]),
        (GUEST, "guest", ["internet"]),
        (BOTH, "staff", ["lgwan", "internet"]),
    ):
        body = ProfileSet(uid, name=kind, user_kind=kind, zones=zones)  # type: ignore[arg-type] # literals
        writing.act(author(STAFF), body, room=None, crosses=True)
        role = MemberSet(uid, "owner" if uid == STAFF else "member")
        writing.act(author(STAFF), role, room=ROOM, crosses=True)
    room = RoomPut(name="防災", room_kind="talk", scope="shared")
    writing.act(author(STAFF), room, room=ROOM, crosses=True)


@pytest.fixture
async def lgwan(tmp_path: Path) -> AsyncIterator[Place]:
    """The LGWAN zone's store, where the city was founded."""
    stores.create_zone_store(tmp_path)
    async with ZoneStore.open(tmp_path, LGWAN, SITE, key_of(LGWAN), SIDE_EFFECTS) as store:
        await store.write(_found)
        yield Place(store, LGWAN)


@pytest.fixture
async def internet(tmp_path: Path) -> AsyncIterator[Place]:
    """The internet zone's store, empty."""
    folder = tmp_path / "internet"
    folder.mkdir()
    stores.create_zone_store(folder)
    async with ZoneStore.open(folder, INTERNET, SITE, key_of(INTERNET), SIDE_EFFECTS) as store:
        yield Place(store, INTERNET)


@pytest.fixture(autouse=True)
def held_to_the_contract() -> Iterator[ContractWatch]:
    """Fail a test in which a zone told or answered what the contract does not have."""
    with watching() as watch:
        yield watch
    demand_kept(watch)
