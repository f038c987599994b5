# Made of client/talk.py by tests/client/make_blocking.py; change that one.
"""What is said, and what is said about that."""

from collections.abc import Sequence
from typing import Literal, cast
from urllib.parse import quote

from client.blocking.asking import Asking
from client.views import (
    Message,
    NewMessage,
    Outcome,
    Posted,
    Read,
    Reader,
    Scheduled,
    Sticker,
    Timeline,
)


class Talk(Asking):
    """Messages."""

    def messages(
        self, room: str, *, limit: int = 50, before: str | None = None, after: str | None = None,
        around: str | None = None, next: str | None = None,  # noqa: A002 - its name in the API
    ) -> Timeline:  # fmt: skip
        """Return part of a timeline: its end, or before, after or around a message."""
        places = {"before": before, "after": after, "around": around, "next": next}
        query = {"limit": limit} | {key: place for key, place in places.items() if place}
        return cast(Timeline, self._ask("GET", f"/v1/rooms/{room}/messages", query=query))

    def post(
        self, room: str, text: str, *, reply_to: str | None = None, files: Sequence[str] = (),
        key: str | None = None, **more: object,
    ) -> Posted:  # fmt: skip
        """Say something.  Under the same `key` it is said once, however often it is asked.

        `more` may be `thread`, `mentions`, `sticker`, `location` and `call`.
        """
        form = {"text": text, "reply_to": reply_to, "files": list(files)} | more
        path = f"/v1/rooms/{room}/messages"
        return cast(Posted, self._ask("POST", path, json=form, key=key))

    def post_batch(
        self, messages: Sequence[NewMessage], *, key: str | None = None
    ) -> list[Outcome]:
        """Say up to 256 things at once; each is accepted or refused by itself."""
        form = {"messages": list(messages)}
        answer = self._ask("POST", "/v1/messages:batch", json=form, key=key)
        return cast(list[Outcome], answer["items"])

    def message(self, message: str) -> Message:
        """Return a message."""
        return cast(Message, self._ask("GET", f"/v1/messages/{message}"))

    def edit(self, message: str, text: str) -> Message:
        """Rewrite one's own message."""
        form = {"text": text}
        return cast(Message, self._ask("PATCH", f"/v1/messages/{message}", json=form))

    def withdraw(self, message: str, reason: str = "") -> Message:
        """Take a message back, with its files."""
        form = {"reason": reason}
        path = f"/v1/messages/{message}/withdraw"
        return cast(Message, self._ask("POST", path, json=form))

    def forward(self, message: str, room: str, text: str = "", *, confirm: bool = False) -> Posted:
        """Say a message again in another room; `confirm` if more people may see it."""
        form = {"room": room, "text": text, "confirm": confirm}
        path = f"/v1/messages/{message}/forward"
        return cast(Posted, self._ask("POST", path, json=form))

    def pin(self, message: str, *, on: bool = True) -> None:
        """Pin a message to its room, or take the pin out."""
        self._ask("PUT" if on else "DELETE", f"/v1/messages/{message}/pin")

    def pins(self, room: str) -> list[Message]:
        """Return the messages pinned to a room."""
        return cast(list[Message], (self._ask("GET", f"/v1/rooms/{room}/pins"))["items"])

    def replies(self, message: str) -> list[Message]:
        """Return the thread that a message began."""
        path = f"/v1/messages/{message}/replies"
        return cast(list[Message], (self._ask("GET", path))["items"])

    def schedule(self, room: str, text: str, due: int, **more: object) -> Scheduled:
        """Say something at `due`."""
        form = {"text": text, "due": due} | more
        path = f"/v1/rooms/{room}/later-messages"
        return cast(Scheduled, self._ask("POST", path, json=form))

    def scheduled(self) -> list[Scheduled]:
        """Return what one has to say later, and what could not be said."""
        return cast(list[Scheduled], (self._ask("GET", "/v1/later-messages"))["items"])

    def stickers(self) -> list[Sticker]:
        """Return the drawings that can be said by their names."""
        return cast(list[Sticker], (self._ask("GET", "/v1/stickers"))["items"])

    def react(self, message: str, stamp: str, *, on: bool = True) -> None:
        """Put a stamp on a message, or take it off."""
        path = f"/v1/messages/{message}/reactions/{quote(stamp, safe='')}"
        self._ask("PUT" if on else "DELETE", path)

    def read(self, room: str, message: str) -> Read:
        """Say how far one has read a room."""
        form = {"message": message}
        return cast(Read, self._ask("PUT", f"/v1/rooms/{room}/read", json=form))

    def readers(self, message: str, state: Literal["read", "unread"] = "read") -> list[Reader]:
        """Return who has, or has not, read a message."""
        path = f"/v1/messages/{message}/readers"
        return cast(list[Reader], (self._ask("GET", path, query={"state": state}))["items"])
