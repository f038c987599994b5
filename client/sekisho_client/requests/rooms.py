"""What can be asked of the server itself, of people and of rooms."""

from collections.abc import Sequence

from sekisho_client.decoding import decode, decode_member
from sekisho_client.people import (
    Member,
    Org,
    Role,
    Room,
    RoomKind,
    RoomRevision,
    Scope,
    Server,
    Tenants,
    User,
    Users,
)
from sekisho_client.transport import Transport


class RoomRequests(Transport):
    """People and rooms."""

    async def server(self) -> Server:
        """Return what the server is and how much it takes."""
        return await self._get(Server, "/v1/server")

    async def me(self) -> User:
        """Return the user this client acts as."""
        return decode_member(await self._request("GET", "/v1/me"), "user", User)

    async def set_status(
        self, status: str | None = None, emoji: str | None = None, *, until: int | None = None
    ) -> User:
        """Say where one is today, as 在宅勤務, and until when; what is left out stays."""
        body = {"status": status, "status_emoji": emoji, "status_until": until}
        return decode_member(await self._request("PATCH", "/v1/me", json=body), "user", User)

    async def users(self) -> list[User]:
        """Return everybody that one may know."""
        found: list[User] = []
        query: dict[str, str | int] = {"limit": 200}
        while True:
            page = await self._get(Users, "/v1/users", query)
            found += page.items
            if page.next is None:
                return found
            query["next"] = page.next

    async def people(self, q: str, *, limit: int = 50, after: str | None = None) -> Users:
        """Return people by name, reading, section or staff number; `after` is a page's `next`."""
        query: dict[str, str | int] = {"q": q, "limit": limit}
        return await self._get(
            Users, "/v1/people", query | ({} if after is None else {"next": after})
        )

    async def user(self, user: str) -> User:
        """Return somebody."""
        return await self._get(User, f"/v1/users/{user}")

    async def tenants(self) -> Tenants:
        """Return the municipalities one has to do with, and what is agreed with them."""
        return await self._get(Tenants, "/v1/tenants")

    async def orgs(self) -> list[Org]:
        """Return the sections; those that are part of another one name it."""
        return await self._list(Org, "/v1/orgs")

    async def invite_guest(
        self, name: str, expires: int, *, kana: str = "", section: str = "", key: str | None = None
    ) -> str:
        """Stand for somebody from outside until `expires`; return their id."""
        body = {"name": name, "kana": kana, "section": section, "expires": expires}
        return await self._make("/v1/guests", body, key)

    async def rooms(self) -> list[Room]:
        """Return the rooms one is in."""
        return await self._list(Room, "/v1/rooms")

    async def room(self, room: str) -> Room:
        """Return a room."""
        return await self._get(Room, f"/v1/rooms/{room}")

    async def create_room(
        self,
        name: str,
        *,
        members: Sequence[tuple[str, Role]] = (),
        scope: Scope = "shared",
        room_kind: RoomKind = "talk",
        topic: str | None = None,
        key: str | None = None,
        **look: str,
    ) -> str:
        """Open a room and return its id.  `look` may be `icon`, `colour` and `history`."""
        body: dict[str, object] = {"name": name, "scope": scope, "room_kind": room_kind, **look}
        body |= {"topic": topic, "members": [{"user": who, "role": role} for who, role in members]}
        return await self._make("/v1/rooms", body, key)

    async def open_direct(self, user: str) -> str:
        """Return the room of oneself and somebody else; it is the same for both."""
        return await self._make("/v1/direct", {"user": user})

    async def change_room(self, room: str, **look: str) -> Room:
        """Change name, topic, icon or colour."""
        return await self._send(Room, "PATCH", f"/v1/rooms/{room}", look)

    async def room_revisions(self, room: str) -> list[RoomRevision]:
        """Return every wording of what a room says of itself, the first one first."""
        return await self._list(RoomRevision, f"/v1/rooms/{room}/revisions")

    async def members(self, room: str) -> list[Member]:
        """Return who is in a room."""
        return await self._list(Member, f"/v1/rooms/{room}/members")

    async def set_member(
        self, room: str, user: str, role: Role = "member", *, until: int | None = None
    ) -> Member:
        """Bring somebody into a room, or change what they are there."""
        body = {"role": role, "until": until}
        return await self._send(Member, "PUT", f"/v1/rooms/{room}/members/{user}", body)

    async def remove_member(self, room: str, user: str) -> Member:
        """Have somebody leave a room; oneself, always."""
        answer = await self._request("DELETE", f"/v1/rooms/{room}/members/{user}")
        return decode(answer, Member)
