"""What can be asked of messages: said, read, found, and what is said about them."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Literal
from urllib.parse import quote

from sekisho_client.decoding import decode, decode_items
from sekisho_client.events import Pin, Reaction
from sekisho_client.messages import (
    LaterMessage,
    Message,
    NewMessage,
    Outcome,
    Read,
    Reader,
    ReadPosition,
    Results,
    Sticker,
    Timeline,
)
from sekisho_client.transport import Transport


class MessageRequests(Transport):
    """Messages."""

    async def messages(
        self,
        room: str,
        *,
        limit: int = 50,
        before: str | None = None,
        after: str | None = None,
        around: str | None = None,
        next: str | None = None,  # noqa: A002 - its name in the API
    ) -> Timeline:
        """Return part of a timeline: its end, or before, after or around a message."""
        places = {"before": before, "after": after, "around": around, "next": next}
        query = {"limit": limit} | {key: place for key, place in places.items() if place}
        return await self._get(Timeline, f"/v1/rooms/{room}/messages", query)

    async def post(
        self,
        room: str,
        text: str,
        *,
        reply_to: str | None = None,
        files: Sequence[str] = (),
        key: str | None = None,
        **more: object,
    ) -> Message:
        """Say something.  Under the same `key` it is said once, however often it is asked.

        `more` may be `thread`, `mentions`, `sticker`, `location` and `call`.
        """
        body = {"text": text, "reply_to": reply_to, "files": list(files)} | more
        return await self._send(Message, "POST", f"/v1/rooms/{room}/messages", body, key=key)

    async def post_batch(
        self, messages: Sequence[NewMessage], *, key: str | None = None
    ) -> list[Outcome]:
        """Say up to 256 things at once; each is accepted or refused by itself."""
        body = {"messages": [asdict(message) for message in messages]}
        answer = await self._request("POST", "/v1/messages:batch", json=body, key=key)
        return decode_items(answer, Outcome)

    async def message(self, message: str) -> Message:
        """Return a message."""
        return await self._get(Message, f"/v1/messages/{message}")

    async def edit(self, message: str, text: str) -> Message:
        """Rewrite one's own message."""
        return await self._send(Message, "PATCH", f"/v1/messages/{message}", {"text": text})

    async def withdraw(self, message: str, reason: str = "") -> Message:
        """Take a message back, with its files."""
        path = f"/v1/messages/{message}/withdraw"
        return await self._send(Message, "POST", path, {"reason": reason})

    async def forward(
        self, message: str, room: str, text: str = "", *, confirm: bool = False
    ) -> Message:
        """Say a message again in another room; `confirm` if more people may see it."""
        body = {"room": room, "text": text, "confirm": confirm}
        return await self._send(Message, "POST", f"/v1/messages/{message}/forward", body)

    async def pin(self, message: str, *, on: bool = True) -> Pin:
        """Pin a message to its room, or take the pin out."""
        answer = await self._request("PUT" if on else "DELETE", f"/v1/messages/{message}/pin")
        return decode(answer, Pin)

    async def pins(self, room: str) -> list[Message]:
        """Return the messages pinned to a room."""
        return await self._list(Message, f"/v1/rooms/{room}/pins")

    async def replies(self, message: str, *, limit: int = 50, after: str | None = None) -> Timeline:
        """Return a page of the thread that a message began, or what follows a page's `next`."""
        query: dict[str, str | int] = {"limit": limit} | ({} if after is None else {"next": after})
        return await self._get(Timeline, f"/v1/messages/{message}/replies", query)

    async def post_later(self, room: str, text: str, due: int, **more: object) -> LaterMessage:
        """Say something at `due`."""
        body = {"text": text, "due": due} | more
        return await self._send(LaterMessage, "POST", f"/v1/rooms/{room}/later-messages", body)

    async def later_messages(self) -> list[LaterMessage]:
        """Return what one has to say later, and what could not be said."""
        return await self._list(LaterMessage, "/v1/later-messages")

    async def stickers(self) -> list[Sticker]:
        """Return the drawings that can be said by their names."""
        return await self._list(Sticker, "/v1/stickers")

    async def react(self, message: str, reaction: str, *, on: bool = True) -> Reaction:
        """Put a reaction on a message, or take it off."""
        path = f"/v1/messages/{message}/reactions/{quote(reaction, safe='')}"
        return decode(await self._request("PUT" if on else "DELETE", path), Reaction)

    async def read(self, room: str, message: str) -> Read:
        """Say that one has read a room up to the message that came last of those shown."""
        return await self._send(Read, "PUT", f"/v1/rooms/{room}/read", {"message": message})

    async def position(self, room: str) -> ReadPosition:
        """Return how far one is with a room, and what is unread in it."""
        return await self._get(ReadPosition, f"/v1/rooms/{room}/read")

    async def readers(
        self, message: str, state: Literal["read", "unread"] = "read"
    ) -> list[Reader]:
        """Return who has, or has not, read a message."""
        return await self._list(Reader, f"/v1/messages/{message}/readers", {"state": state})

    async def search(
        self,
        q: str = "",
        *,
        room: str | None = None,
        author: str | None = None,
        next: str | None = None,  # noqa: A002 - its name in the API
        **more: str | int,
    ) -> Results:
        """Return what was said that has the words `q`, newest first, and names of files.

        `more` may be `since`, `until`, `has="file"`, `type` and `limit`.
        """
        given = {"q": q, "room": room, "author": author, "next": next, **more}
        query = {name: value for name, value in given.items() if value is not None}
        return await self._get(Results, "/v1/search", query)
