"""The demo's town at work: its people at their desks, on one network or the other.

A desk is one person's view of one zone, through the local socket and nothing else.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from client.client import Client
from client.views import Role
from sekisho.chat.conversation import Conversation
from sekisho.chat.following import Following
from sekisho.chat.token import api_socket, make_token, read_token
from sekisho.demo.city import PEOPLE, ROOMS, ZONES, Person, ZoneName, admitted_by, is_guest
from sekisho.local_socket import ask
from sekisho.site import zone_node

# A busy laptop delivers a sentence in a tenth of a second; a jail starts in one.
PATIENCE_S: Final = 20.0


@dataclass(slots=True)
class Town:
    """Who and what the demo made, by the short names of `sekisho.demo.city`."""

    site: Path
    people: dict[str, str] = field(default_factory=dict)
    rooms: dict[str, str] = field(default_factory=dict)
    desks: dict[tuple[str, ZoneName], Following] = field(default_factory=dict)

    def desk(self, person: str, zone: ZoneName) -> Following:
        """Return somebody's desk in a zone."""
        return self.desks[person, zone]


# Who sits where.  Some use both networks: on the internet they hold a telephone.
DESKS: Final[tuple[tuple[str, ZoneName], ...]] = (
    ("chief", "lgwan"),
    ("welfare", "lgwan"),
    ("shelter", "lgwan"),
    ("care", "lgwan"),
    ("general", "lgwan"),
    ("supplier", "internet"),
    ("shelter", "internet"),
    ("mayor", "internet"),
)


@asynccontextmanager
async def at_work(site: Path) -> AsyncIterator[Town]:
    """Make the town in the fresh `site`, and have its people sit down at their desks."""
    town = Town(site)
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        following: list[asyncio.Task[None]] = []

        async def sit(key: str, zone: ZoneName) -> None:
            desk = Following(await stack.enter_async_context(_client(town, key, zone)))
            await desk.start()
            following.append(group.create_task(desk.keep_up()))
            town.desks[key, zone] = desk

        at_home = [desk for desk in DESKS if desk[1] == admitted_by(desk[0])]
        for zone in ZONES:
            for person in PEOPLE:
                if admitted_by(person.key) == zone:
                    town.people[person.key] = await asyncio.to_thread(_admit, site, person)
            for desk in at_home:
                if desk[1] == zone:
                    await sit(*desk)
        await _open_rooms(town)
        for desk in DESKS:
            if desk not in at_home:
                await sit(*desk)
        await _enter_rooms(town)
        yield town
        for task in following:
            task.cancel()


def _client(town: Town, person: str, zone: ZoneName) -> Client:
    token = read_token(make_token(town.site, zone))
    return Client(api_socket(town.site, zone), token, town.people[person])


def _admit(site: Path, person: Person) -> str:
    """Have the operator of a zone enter somebody, and return the new id."""
    form = {name: getattr(person, name) for name in ("name", "kana", "section", "title")}
    form |= {"user_kind": person.kind, "zones": list(person.zones)}
    socket = site / zone_node(admitted_by(person.key)).admin_socket
    return str(ask(socket, "POST", "/v1/users", form)["id"])


async def _open_rooms(town: Town) -> None:
    """Open the rooms on LGWAN, and wait until the guests are in theirs on the internet.

    A lane keeps the order: when they are, everybody and every room is known there.
    """
    for plan in ROOMS:
        owner = town.desk(plan.owner, "lgwan")
        guests = {town.people[key] for key in plan.members if is_guest(key)}
        await owner.until(_knows(guests), PATIENCE_S)
        roles: list[tuple[str, Role]] = [
            (town.people[key], "guest" if is_guest(key) else "member") for key in plan.members
        ]
        town.rooms[plan.key] = await owner.client.create_room(
            plan.name, members=roles, scope=plan.scope, topic=plan.topic
        )
    for plan in ROOMS:
        for key in filter(is_guest, plan.members):
            room = town.rooms[plan.key]
            desk = town.desk(key, "internet")
            await desk.until(_is_in(room), PATIENCE_S)


async def _enter_rooms(town: Town) -> None:
    """Have everybody open the rooms that he is in, so that he knows who else is."""
    for (key, zone), desk in town.desks.items():
        for plan in ROOMS:
            is_here = plan.scope == "shared" or zone == "lgwan"
            if is_here and key in (plan.owner, *plan.members):
                await desk.until(_is_in(town.rooms[plan.key]), PATIENCE_S)
                await desk.load(town.rooms[plan.key])


def _knows(users: set[str]) -> Callable[[Conversation], bool]:
    return lambda known: users <= known.users.keys()


def _is_in(room: str) -> Callable[[Conversation], bool]:
    return lambda known: room in known.rooms
