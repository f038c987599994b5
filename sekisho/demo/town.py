"""The demo's town at work: its people at their desks, on one network or the other.

A desk is one person's view of one zone, through the local socket and nothing else.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sekisho.chat.conversation import Conversation
from sekisho.chat.following import Following
from sekisho.chat.token import make_token, read_token
from sekisho.demo import admission
from sekisho.demo.city import BOT, DESK, DESK_STAFF, GUEST, ROOMS, ZoneName, is_guest
from sekisho.demo.waiting import PATIENCE_S, wait_until
from sekisho.site import api_socket
from sekisho_client import Client
from sekisho_client.people import Role, User


@dataclass(slots=True)
class Town:
    """Who and what the demo made, by the short names of `sekisho.demo.city`."""

    site: Path
    people: dict[str, str] = field(default_factory=dict)
    rooms: dict[str, str] = field(default_factory=dict)
    desks: dict[tuple[str, ZoneName], Following] = field(default_factory=dict)
    taken: dict[str, Any] = field(default_factory=dict)  # what the list of staff came to

    bot: Client = field(init=False)

    def desk(self, person: str, zone: ZoneName) -> Following:
        """Return somebody's desk in a zone."""
        return self.desks[person, zone]

    def client(self, person: str, zone: ZoneName) -> Client:
        """Return what somebody asks a zone with."""
        return self.desks[person, zone].client


# Who sits where.  Some use both networks: on the internet they hold a telephone.
DESKS: Final[tuple[tuple[str, ZoneName], ...]] = (
    ("chief", "lgwan"),
    ("welfare", "lgwan"),
    ("shelter", "lgwan"),
    ("care", "lgwan"),
    ("general", "lgwan"),
    ("clerk", "lgwan"),
    (DESK, "lgwan"),
    ("chief", "internet"),
    ("shelter", "internet"),
    ("mayor", "internet"),
    ("care", "internet"),
    ("general", "internet"),
    ("ally", "internet"),
    (GUEST, "internet"),
)


@asynccontextmanager
async def at_work(site: Path) -> AsyncIterator[Town]:
    """Make the town in the fresh `site`, and have its people sit down at their desks."""
    town = Town(site)
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        following: list[asyncio.Task[None]] = []

        async def sit(key: str, zone: ZoneName) -> None:
            client = await stack.enter_async_context(_client(town, key, zone))
            if key == DESK:  # whoever speaks for all is named, and on record
                client.session.headers["Sekisho-Person"] = town.people[DESK_STAFF[1]]
            desk = Following(client)
            await wait_until(desk.client.me)
            await desk.start()
            following.append(group.create_task(desk.keep_up()))
            town.desks[key, zone] = desk

        town.taken = await asyncio.to_thread(admission.take_in_staff, site, town.people)
        await asyncio.to_thread(admission.admit_others, site, town.people)
        await sit("chief", "internet")
        town.people[GUEST] = await admission.invite(town.client("chief", "internet"))
        for key, zone in DESKS:
            if (key, zone) not in town.desks:
                await sit(key, zone)
        town.bot = await stack.enter_async_context(_client(town, BOT, "lgwan"))
        await _open_rooms(town)
        await _enter_rooms(town)
        yield town
        for task in following:
            task.cancel()


def _client(town: Town, person: str, zone: ZoneName) -> Client:
    token = read_token(make_token(town.site, zone))
    return Client(api_socket(town.site, zone), token, town.people[person])


async def _open_rooms(town: Town) -> None:
    """Open the rooms on LGWAN, once the guests that belong in them are known there."""
    for plan in ROOMS:
        owner = town.client(plan.owner, "lgwan")
        for key in filter(is_guest, plan.members):
            await wait_until(_look(owner, town.people[key]))
        roles: list[tuple[str, Role]] = [
            (town.people[key], "guest" if is_guest(key) else "member") for key in plan.members
        ]
        town.rooms[plan.key] = await owner.create_room(
            plan.name,
            members=roles,
            scope=plan.scope,
            room_kind=plan.kind,
            topic=plan.topic,
            icon=plan.icon,
            colour=plan.colour,
        )


async def _enter_rooms(town: Town) -> None:
    """Have everybody open the rooms they are in, so that they know who else is there."""
    for (key, zone), desk in town.desks.items():
        for plan in ROOMS:
            is_here = plan.scope == "shared" or zone == "lgwan"
            if is_here and key in (plan.owner, *plan.members):
                await desk.until(_is_in(town.rooms[plan.key]), PATIENCE_S)
                await desk.load(town.rooms[plan.key])


def _look(client: Client, user: str) -> Callable[[], Awaitable[User]]:
    return lambda: client.user(user)


def _is_in(room: str) -> Callable[[Conversation], bool]:
    return lambda known: room in known.rooms
