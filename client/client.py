"""A client of the local socket API of a zone.

    async with Client("run/api.sock", token, "us_…") as client:
        room = await client.create_room("防災")
        await client.post(room, "訓練を始めます")
        async for event in client.events():
            print(event["type"], event["data"])

Imports nothing of the server: it is one frontend among others.
"""

import base64
import hashlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, cast
from urllib.parse import quote

import aiohttp

from client import following
from client.http import ask, open_session, read_answer
from client.views import (
    Event,
    EventBatch,
    File,
    Member,
    Message,
    NewMessage,
    Outcome,
    Posted,
    Read,
    Reader,
    Results,
    Role,
    Room,
    RoomKind,
    Scope,
    Snapshot,
    Timeline,
    User,
)

PIECE_BYTES = 256 * 1024


class Client:
    """One user's view of a zone, through one frontend.

    Every method raises `Problem` if the server says no, and `Unreachable` if it
    does not answer.  Times are milliseconds since 1970.
    """

    def __init__(self, socket_path: str | Path, token: str, act_as: str | None = None) -> None:
        """`token` is the frontend's, `act_as` the user's id."""
        self._socket_path = str(socket_path)
        self._token = token
        self._act_as = act_as
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the session."""
        self._session = open_session(self._socket_path, self._token, self._act_as)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        trouble: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        if self._session is not None:
            await self._session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        """The open session, for what this class has no method for."""
        if self._session is None:
            raise RuntimeError("use `async with Client(…)`")
        return self._session

    async def _ask(self, method: str, path: str, **how: Any) -> Any:
        return await ask(self.session, method, path, **how)

    # Who and where.

    async def server(self) -> dict[str, Any]:
        """Return what the server is and how much it takes."""
        return cast(dict[str, Any], await self._ask("GET", "/v1/server"))

    async def me(self) -> User:
        """Return the user this client acts as."""
        return cast(User, (await self._ask("GET", "/v1/me"))["user"])

    async def set_status(self, status: str) -> User:
        """Say where one is today, as 在宅勤務."""
        return cast(User, (await self._ask("PATCH", "/v1/me", json={"status": status}))["user"])

    async def users(self) -> list[User]:
        """Return everybody that one may know."""
        found: list[User] = []
        query: dict[str, str | int] = {"limit": 200}
        while True:
            page = await self._ask("GET", "/v1/users", query=query)
            found += page["items"]
            if page["next"] is None:
                return found
            query["next"] = page["next"]

    async def user(self, user: str) -> User:
        """Return somebody."""
        return cast(User, await self._ask("GET", f"/v1/users/{user}"))

    # Rooms.

    async def rooms(self) -> list[Room]:
        """Return the rooms one is in."""
        return cast(list[Room], (await self._ask("GET", "/v1/rooms"))["items"])

    async def room(self, room: str) -> Room:
        """Return a room."""
        return cast(Room, await self._ask("GET", f"/v1/rooms/{room}"))

    async def create_room(
        self, name: str, *, members: Sequence[tuple[str, Role]] = (), scope: Scope = "shared",
        room_kind: RoomKind = "talk", topic: str | None = None, key: str | None = None,
    ) -> str:  # fmt: skip
        """Open a room and return its id."""
        form = {
            "name": name, "scope": scope, "room_kind": room_kind, "topic": topic,
            "members": [{"user": user, "role": role} for user, role in members],
        }  # fmt: skip
        return str((await self._ask("POST", "/v1/rooms", json=form, key=key))["id"])

    async def change_room(self, room: str, **look: str) -> Room:
        """Change name, topic, icon or colour."""
        return cast(Room, await self._ask("PATCH", f"/v1/rooms/{room}", json=look))

    async def members(self, room: str) -> list[Member]:
        """Return who is in a room."""
        return cast(list[Member], (await self._ask("GET", f"/v1/rooms/{room}/members"))["items"])

    async def set_member(
        self, room: str, user: str, role: Role = "member", *, until: int | None = None
    ) -> Member:
        """Bring somebody into a room, or change what he is there."""
        form = {"role": role, "until": until}
        return cast(Member, await self._ask("PUT", f"/v1/rooms/{room}/members/{user}", json=form))

    async def remove_member(self, room: str, user: str) -> None:
        """Have somebody leave a room; oneself, always."""
        await self._ask("DELETE", f"/v1/rooms/{room}/members/{user}")

    # Messages.

    async def messages(
        self, room: str, *, limit: int = 50, before: str | None = None, after: str | None = None,
        around: str | None = None, next: str | None = None,  # noqa: A002 - its name in the API
    ) -> Timeline:  # fmt: skip
        """Return part of a timeline: its end, or before, after or around a message."""
        places = {"before": before, "after": after, "around": around, "next": next}
        query = {"limit": limit} | {key: place for key, place in places.items() if place}
        return cast(Timeline, await self._ask("GET", f"/v1/rooms/{room}/messages", query=query))

    async def post(
        self, room: str, text: str, *, reply_to: str | None = None, files: Sequence[str] = (),
        key: str | None = None,
    ) -> Posted:  # fmt: skip
        """Say something.  Under the same `key` it is said once, however often it is asked."""
        form = {"text": text, "reply_to": reply_to, "files": list(files)}
        path = f"/v1/rooms/{room}/messages"
        return cast(Posted, await self._ask("POST", path, json=form, key=key))

    async def post_batch(
        self, messages: Sequence[NewMessage], *, key: str | None = None
    ) -> list[Outcome]:
        """Say up to 256 things at once; each is accepted or refused by itself."""
        form = {"messages": list(messages)}
        answer = await self._ask("POST", "/v1/messages:batch", json=form, key=key)
        return cast(list[Outcome], answer["items"])

    async def message(self, message: str) -> Message:
        """Return a message."""
        return cast(Message, await self._ask("GET", f"/v1/messages/{message}"))

    async def edit(self, message: str, text: str) -> Message:
        """Rewrite one's own message."""
        form = {"text": text}
        return cast(Message, await self._ask("PATCH", f"/v1/messages/{message}", json=form))

    async def withdraw(self, message: str, reason: str = "") -> Message:
        """Take a message back, with its files."""
        form = {"reason": reason}
        path = f"/v1/messages/{message}/withdraw"
        return cast(Message, await self._ask("POST", path, json=form))

    async def react(self, message: str, stamp: str, *, on: bool = True) -> None:
        """Put a stamp on a message, or take it off."""
        path = f"/v1/messages/{message}/reactions/{quote(stamp, safe='')}"
        await self._ask("PUT" if on else "DELETE", path)

    async def read(self, room: str, message: str) -> Read:
        """Say how far one has read a room."""
        form = {"message": message}
        return cast(Read, await self._ask("PUT", f"/v1/rooms/{room}/read", json=form))

    async def readers(
        self, message: str, state: Literal["read", "unread"] = "read"
    ) -> list[Reader]:
        """Return who has, or has not, read a message."""
        path = f"/v1/messages/{message}/readers"
        return cast(list[Reader], (await self._ask("GET", path, query={"state": state}))["items"])

    # Files.

    async def upload(
        self, name: str, content: bytes, *, media: str = "application/octet-stream",
        password: str = "", key: str | None = None,
    ) -> File:  # fmt: skip
        """Upload a file, to be named in a message.  `password` lets the relay open it."""
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        headers = {"Content-Digest": f"sha-256=:{digest}:", "Content-Type": media}
        if password:
            headers["Sekisho-File-Password"] = quote(password, safe="")
        answer = await self._ask(
            "POST", "/v1/files", query={"name": name}, data=content, headers=headers, key=key
        )
        return cast(File, answer)

    async def file(self, file: str) -> File:
        """Return where a file stands."""
        return cast(File, await self._ask("GET", f"/v1/files/{file}"))

    async def download(self, file: str) -> AsyncIterator[bytes]:
        """Yield a file's bytes."""
        async with self.session.get(f"/v1/files/{file}/content") as response:
            if response.status != 200:
                await read_answer(response)
            async for piece in response.content.iter_chunked(PIECE_BYTES):
                yield piece

    # Search.

    async def search(
        self, q: str = "", *, room: str | None = None, author: str | None = None,
        next: str | None = None, **more: str | int,  # noqa: A002 - its name in the API
    ) -> Results:  # fmt: skip
        """Return what was said that has the words `q`, newest first, and names of files.

        `more` may be `since`, `until`, `has="file"`, `type` and `limit`.
        """
        given = {"q": q, "room": room, "author": author, "next": next} | more
        query = {key: value for key, value in given.items() if value is not None}
        return cast(Results, await self._ask("GET", "/v1/search", query=query))

    # Events.

    async def snapshot(self) -> Snapshot:
        """Return all that one needs to start with."""
        return cast(Snapshot, await self._ask("GET", "/v1/snapshot"))

    async def poll(self, since: str, *, wait: int = 30) -> EventBatch:
        """Return events behind a cursor, waiting up to `wait` seconds for one."""
        query = {"since": since, "wait": wait}
        return cast(EventBatch, await self._ask("GET", "/v1/events", query=query))

    def events(self, since: str | None = None) -> AsyncIterator[Event]:
        """Yield what happens behind `since`, or from now on, over any number of connections.

        Where the cursor is gone, an event of type `client.resync` whose data is a
        fresh `Snapshot` comes instead of what was missed.
        """
        return following.events(self.session, self.snapshot, since)
