# Made of sekisho_client/requests/rooms.py by `python -m tests.sekisho_client.make_blocking`;
# change that one.
"""What can be asked of the server itself, of people and of rooms."""

from collections.abc import Sequence

from sekisho_client.blocking.transport import Transport
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


class RoomRequests(Transport):
    """People and rooms."""

    def server(self) -> Server:
        """Return what the server is and how much it takes."""
        return self._get(Server, "/v1/server")

    def me(self) -> User:
        """Return the user this client acts as."""
        return decode_member(self._request("GET", "/v1/me"), "user", User)

    def set_status(
        self, status: str | None = None, emoji: str | None = None, *, until: int | None = None
    ) -> User:
        """Say where one is today, as 在宅勤務, and until when; what is left out stays."""
        body = {"status": status, "status_emoji": emoji, "status_until": until}
        return decode_member(self._request("PATCH", "/v1/me", json=body), "user", User)

    def users(self) -> list[User]:
        """Return everybody that one may know."""
        found: list[User] = []
        query: dict[str, str | int] = {"limit": 200}
        while True:
            page = self._get(Users, "/v1/users", query)
            found += page.items
            if page.next is None:
                return found
            query["next"] = page.next

    def people(self, q: str, *, limit: int = 50, after: str | None = None) -> Users:
        """Return people by name, reading, section or staff number; `after` is a page's `next`."""
        query: dict[str, str | int] = {"q": q, "limit": limit}
        return self._get(Users, "/v1/people", query | ({} if after is None else {"next": after}))

    def user(self, user: str) -> User:
        """Return somebody."""
        return self._get(User, f"/v1/users/{user}")

    def tenants(self) -> Tenants:
        """Return the municipalities one has to do with, and what is agreed with them."""
        return self._get(Tenants, "/v1/tenants")

    def orgs(self) -> list[Org]:
        """Return the sections; those that are part of another one name it."""
        return self._list(Org, "/v1/orgs")

    def invite_guest(
        self, name: str, expires: int, *, kana: str = "", section: str = "", key: str | None = None
    ) -> str:
        """Stand for somebody from outside until `expires`; return their id."""
        body = {"name": name, "kana": kana, "section": section, "expires": expires}
        return self._make("/v1/guests", body, key)

    def rooms(self) -> list[Room]:
        """Return the rooms one is in."""
        return self._list(Room, "/v1/rooms")

    def room(self, room: str) -> Room:
        """Return a room."""
        return self._get(Room, f"/v1/rooms/{room}")

    def create_room(
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
        return self._make("/v1/rooms", body, key)

    def open_direct(self, user: str) -> str:
        """Return the room of oneself and somebody else; it is the same for both."""
        return self._make("/v1/direct", {"user": user})

    def change_room(self, room: str, **look: str) -> Room:
        """Change name, topic, icon or colour."""
        return self._send(Room, "PATCH", f"/v1/rooms/{room}", look)

    def room_revisions(self, room: str) -> list[RoomRevision]:
        """Return every wording of what a room says of itself, the first one first."""
        return self._list(RoomRevision, f"/v1/rooms/{room}/revisions")

    def members(self, room: str) -> list[Member]:
        """Return who is in a room."""
        return self._list(Member, f"/v1/rooms/{room}/members")

    def set_member(
        self, room: str, user: str, role: Role = "member", *, until: int | None = None
    ) -> Member:
        """Bring somebody into a room, or change what they are there."""
        body = {"role": role, "until": until}
        return self._send(Member, "PUT", f"/v1/rooms/{room}/members/{user}", body)

    def remove_member(self, room: str, user: str) -> Member:
        """Have somebody leave a room; oneself, always."""
        answer = self._request("DELETE", f"/v1/rooms/{room}/members/{user}")
        return decode(answer, Member)
