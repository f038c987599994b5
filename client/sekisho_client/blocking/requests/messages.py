# Made of sekisho_client/requests/messages.py by `python -m tests.sekisho_client.make_blocking`;
# change that one.
"""What can be asked of messages: said, read, found, and what is said about them."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Literal
from urllib.parse import quote

from sekisho_client.blocking.transport import Transport
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


class MessageRequests(Transport):
    """Messages."""

    def messages(
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
        return self._get(Timeline, f"/v1/rooms/{room}/messages", query)

    def post(
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
        return self._send(Message, "POST", f"/v1/rooms/{room}/messages", body, key=key)

    def post_batch(
        self, messages: Sequence[NewMessage], *, key: str | None = None
    ) -> list[Outcome]:
        """Say up to 256 things at once; each is accepted or refused by itself."""
        body = {"messages": [asdict(message) for message in messages]}
        answer = self._request("POST", "/v1/messages:batch", json=body, key=key)
        return decode_items(answer, Outcome)

    def message(self, message: str) -> Message:
        """Return a message."""
        return self._get(Message, f"/v1/messages/{message}")

    def edit(self, message: str, text: str) -> Message:
        """Rewrite one's own message."""
        return self._send(Message, "PATCH", f"/v1/messages/{message}", {"text": text})

    def withdraw(self, message: str, reason: str = "") -> Message:
        """Take a message back, with its files."""
        path = f"/v1/messages/{message}/withdraw"
        return self._send(Message, "POST", path, {"reason": reason})

    def forward(self, message: str, room: str, text: str = "", *, confirm: bool = False) -> Message:
        """Say a message again in another room; `confirm` if more people may see it."""
        body = {"room": room, "text": text, "confirm": confirm}
        return self._send(Message, "POST", f"/v1/messages/{message}/forward", body)

    def pin(self, message: str, *, on: bool = True) -> Pin:
        """Pin a message to its room, or take the pin out."""
        answer = self._request("PUT" if on else "DELETE", f"/v1/messages/{message}/pin")
        return decode(answer, Pin)

    def pins(self, room: str) -> list[Message]:
        """Return the messages pinned to a room."""
        return self._list(Message, f"/v1/rooms/{room}/pins")

    def replies(self, message: str, *, limit: int = 50, after: str | None = None) -> Timeline:
        """Return a page of the thread that a message began, or what follows a page's `next`."""
        query: dict[str, str | int] = {"limit": limit} | ({} if after is None else {"next": after})
        return self._get(Timeline, f"/v1/messages/{message}/replies", query)

    def post_later(self, room: str, text: str, due: int, **more: object) -> LaterMessage:
        """Say something at `due`."""
        body = {"text": text, "due": due} | more
        return self._send(LaterMessage, "POST", f"/v1/rooms/{room}/later-messages", body)

    def later_messages(self) -> list[LaterMessage]:
        """Return what one has to say later, and what could not be said."""
        return self._list(LaterMessage, "/v1/later-messages")

    def stickers(self) -> list[Sticker]:
        """Return the drawings that can be said by their names."""
        return self._list(Sticker, "/v1/stickers")

    def react(self, message: str, reaction: str, *, on: bool = True) -> Reaction:
        """Put a reaction on a message, or take it off."""
        path = f"/v1/messages/{message}/reactions/{quote(reaction, safe='')}"
        return decode(self._request("PUT" if on else "DELETE", path), Reaction)

    def read(self, room: str, message: str) -> Read:
        """Say that one has read a room up to the message that came last of those shown."""
        return self._send(Read, "PUT", f"/v1/rooms/{room}/read", {"message": message})

    def position(self, room: str) -> ReadPosition:
        """Return how far one is with a room, and what is unread in it."""
        return self._get(ReadPosition, f"/v1/rooms/{room}/read")

    def readers(self, message: str, state: Literal["read", "unread"] = "read") -> list[Reader]:
        """Return who has, or has not, read a message."""
        return self._list(Reader, f"/v1/messages/{message}/readers", {"state": state})

    def search(
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
        return self._get(Results, "/v1/search", query)
