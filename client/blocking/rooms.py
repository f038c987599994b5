# Made of client/rooms.py by tests/client/make_blocking.py; change that one.
"""Who there is, and rooms."""

from collections.abc import Sequence
from typing import Any, cast

from client.blocking.asking import Asking
from client.views import (
    Member,
    Role,
    Room,
    RoomKind,
    Scope,
    User,
)


class Rooms(Asking):
    """People and rooms."""

    def server(self) -> dict[str, Any]:
        """Return what the server is and how much it takes."""
        return cast(dict[str, Any], self._ask("GET", "/v1/server"))

    def me(self) -> User:
        """Return the user this client acts as."""
        return cast(User, (self._ask("GET", "/v1/me"))["user"])

    def set_status(self, status: str) -> User:
        """Say where one is today, as 在宅勤務."""
        return cast(User, (self._ask("PATCH", "/v1/me", json={"status": status}))["user"])

    def users(self) -> list[User]:
        """Return everybody that one may know."""
        found: list[User] = []
        query: dict[str, str | int] = {"limit": 200}
        while True:
            page = self._ask("GET", "/v1/users", query=query)
            found += page["items"]
            if page["next"] is None:
                return found
            query["next"] = page["next"]

    def user(self, user: str) -> User:
        """Return somebody."""
        return cast(User, self._ask("GET", f"/v1/users/{user}"))

    def rooms(self) -> list[Room]:
        """Return the rooms one is in."""
        return cast(list[Room], (self._ask("GET", "/v1/rooms"))["items"])

    def room(self, room: str) -> Room:
        """Return a room."""
        return cast(Room, self._ask("GET", f"/v1/rooms/{room}"))

    def create_room(
        self, name: str, *, members: Sequence[tuple[str, Role]] = (), scope: Scope = "shared",
        room_kind: RoomKind = "talk", topic: str | None = None, key: str | None = None,
    ) -> str:  # fmt: skip
        """Open a room and return its id."""
        form = {
            "name": name, "scope": scope, "room_kind": room_kind, "topic": topic,
            "members": [{"user": user, "role": role} for user, role in members],
        }  # fmt: skip
        return str((self._ask("POST", "/v1/rooms", json=form, key=key))["id"])

    def change_room(self, room: str, **look: str) -> Room:
        """Change name, topic, icon or colour."""
        return cast(Room, self._ask("PATCH", f"/v1/rooms/{room}", json=look))

    def members(self, room: str) -> list[Member]:
        """Return who is in a room."""
        return cast(list[Member], (self._ask("GET", f"/v1/rooms/{room}/members"))["items"])

    def set_member(
        self, room: str, user: str, role: Role = "member", *, until: int | None = None
    ) -> Member:
        """Bring somebody into a room, or change what he is there."""
        form = {"role": role, "until": until}
        return cast(Member, self._ask("PUT", f"/v1/rooms/{room}/members/{user}", json=form))

    def remove_member(self, room: str, user: str) -> None:
        """Have somebody leave a room; oneself, always."""
        self._ask("DELETE", f"/v1/rooms/{room}/members/{user}")
