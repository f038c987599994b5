"""Who there is, and rooms."""

from collections.abc import Sequence
from typing import Any, cast

from client.asking import Asking
from client.views import (
    Member,
    Org,
    Role,
    Room,
    RoomKind,
    Scope,
    User,
)


class Rooms(Asking):
    """People and rooms."""

    async def server(self) -> dict[str, Any]:
        """Return what the server is and how much it takes."""
        return cast(dict[str, Any], await self._ask("GET", "/v1/server"))

    async def me(self) -> User:
        """Return the user this client acts as."""
        return cast(User, (await self._ask("GET", "/v1/me"))["user"])

    async def set_status(self, status: str, emoji: str = "", *, until: int = 0) -> User:
        """Say where one is today, as 在宅勤務, and until when."""
        form = {"status": status, "status_emoji": emoji, "status_until": until}
        return cast(User, (await self._ask("PATCH", "/v1/me", json=form))["user"])

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

    async def orgs(self) -> list[Org]:
        """Return the sections; those that are part of another one name it."""
        return cast(list[Org], (await self._ask("GET", "/v1/orgs"))["items"])

    async def invite_guest(
        self, name: str, expires: int, *, kana: str = "", section: str = "", key: str | None = None
    ) -> str:
        """Stand for somebody from outside until `expires`; return their id."""
        form = {"name": name, "kana": kana, "section": section, "expires": expires}
        return str((await self._ask("POST", "/v1/guests", json=form, key=key))["id"])

    async def rooms(self) -> list[Room]:
        """Return the rooms one is in."""
        return cast(list[Room], (await self._ask("GET", "/v1/rooms"))["items"])

    async def room(self, room: str) -> Room:
        """Return a room."""
        return cast(Room, await self._ask("GET", f"/v1/rooms/{room}"))

    async def create_room(
        self, name: str, *, members: Sequence[tuple[str, Role]] = (), scope: Scope = "shared",
        room_kind: RoomKind = "talk", topic: str | None = None, key: str | None = None,
        **look: str,
    ) -> str:  # fmt: skip
        """Open a room and return its id.  `look` may be `icon`, `colour` and `history`."""
        form = {
            "name": name, "scope": scope, "room_kind": room_kind, "topic": topic,
            "members": [{"user": user, "role": role} for user, role in members], **look,
        }  # fmt: skip
        return str((await self._ask("POST", "/v1/rooms", json=form, key=key))["id"])

    async def open_direct(self, user: str) -> str:
        """Return the room of oneself and somebody else; it is the same for both."""
        return str((await self._ask("POST", "/v1/direct", json={"user": user}))["id"])

    async def change_room(self, room: str, **look: str) -> Room:
        """Change name, topic, icon or colour."""
        return cast(Room, await self._ask("PATCH", f"/v1/rooms/{room}", json=look))

    async def members(self, room: str) -> list[Member]:
        """Return who is in a room."""
        return cast(list[Member], (await self._ask("GET", f"/v1/rooms/{room}/members"))["items"])

    async def set_member(
        self, room: str, user: str, role: Role = "member", *, until: int | None = None
    ) -> Member:
        """Bring somebody into a room, or change what they are there."""
        form = {"role": role, "until": until}
        return cast(Member, await self._ask("PUT", f"/v1/rooms/{room}/members/{user}", json=form))

    async def remove_member(self, room: str, user: str) -> None:
        """Have somebody leave a room; oneself, always."""
        await self._ask("DELETE", f"/v1/rooms/{room}/members/{user}")
