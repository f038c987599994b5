# Made of client/items.py by tests/client/make_blocking.py; change that one.
"""What a room holds beside its timeline: notes, tasks, surveys, schedule, forms, approvals.

Contents and answers are plain dictionaries, as in docs/api.md, "Items".
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

from client.blocking.asking import Asking
from client.views import Answer, Busy, Item, Tally

# By the first two letters of an item's id.
TYPES = {
    "nt": "note", "tk": "task", "sv": "survey", "ev": "entry", "rs": "resource", "bk": "booking",
    "bp": "post", "st": "stored-file", "fm": "form", "ap": "approval", "bc": "broadcast",
}  # fmt: skip


class Items(Asking):
    """What a client can do with items."""

    def make_item(
        self, room: str, type: str, title: str, *,  # noqa: A002 - its name in the API
        file: str | None = None, key: str | None = None, **content: Any,
    ) -> str:  # fmt: skip
        """Make an item of a kind and return its id; `file` is a stored file's first version."""
        form: dict[str, Any] = {"content": {"type": type, "title": title} | content}
        form |= {"files": [file]} if file else {}
        answer = self._ask("POST", f"/v1/rooms/{room}/items", json=form, key=key)
        return str(answer["id"])

    def make_form(self, room: str, template: Mapping[str, Any], **more: Any) -> str:
        """Make a form of a template, and return its id.  `more`: `deadline`, `payment`."""
        form = {"template": template} | more
        return str((self._ask("POST", f"/v1/rooms/{room}/forms", json=form))["id"])

    def item(self, item: str) -> Item:
        """Return an item as it stands now."""
        return cast(Item, self._ask("GET", f"/v1/items/{item}"))

    def items(self, room: str, *types: str, **narrow: str | int) -> list[Item]:
        """Return the latest items of a room.  `narrow`: `folder`, `category`, `limit` …"""
        query = {"type": ",".join(types), **narrow}
        answer = self._ask("GET", f"/v1/rooms/{room}/items", query=query)
        return cast(list[Item], answer["items"])

    def change_item(
        self, item: str, *, if_match: str | None = None, file: str | None = None, **content: Any
    ) -> Item:
        """Say what an item says now; what is not named stays.  `file` is a new version."""
        form: dict[str, Any] = {"content": {"type": TYPES[item[:2]]} | content}
        form |= {"files": [file]} if file else {}
        headers = {"If-Match": f'"{if_match}"'} if if_match else {}
        answer = self._ask("PATCH", f"/v1/items/{item}", json=form, headers=headers)
        return cast(Item, answer)

    def remove_item(self, item: str, reason: str = "") -> Item:
        """Remove an item, with its files."""
        form = {"reason": reason}
        return cast(Item, self._ask("POST", f"/v1/items/{item}/remove", json=form))

    def answer_item(self, item: str, type: str, **answer: Any) -> Item:  # noqa: A002 - as above
        """Answer an item: `done`, `vote`, `rsvp`, `seen`, `form`, `decision`, `delegate`."""
        form = {"answer": {"type": type} | answer}
        return cast(Item, self._ask("PUT", f"/v1/items/{item}/answer", json=form))

    def fill_in(self, form: str, **values: str | Sequence[str]) -> Item:
        """Answer a form: by the keys of its fields; several choices are several words."""
        lines = {k: v if isinstance(v, str) else "\n".join(v) for k, v in values.items()}
        filled = [{"key": key, "text": text} for key, text in lines.items()]
        return self.answer_item(form, "form", values=filled)

    def decide(
        self, approval: str, verdict: Literal["approve", "deny"], step: int = 0, text: str = ""
    ) -> Item:
        """Say yes or no at a step of an approval, from 0."""
        return self.answer_item(approval, "decision", step=step, verdict=verdict, text=text)

    def answers(self, item: str) -> list[Answer]:
        """Return who answered what."""
        return cast(list[Answer], (self._ask("GET", f"/v1/items/{item}/answers"))["items"])

    def tally(self, item: str) -> Tally:
        """Return a survey or a form, counted."""
        return cast(Tally, self._ask("GET", f"/v1/items/{item}/tally"))

    def item_readers(self, item: str, state: Literal["read", "unread"]) -> list[str]:
        """Return who has, or has not, said that they read a post."""
        answer = self._ask("GET", f"/v1/items/{item}/readers", query={"state": state})
        return [each["user"] for each in answer["items"]]

    def export(
        self, item: str, format: Literal["csv", "ics", "json"],  # noqa: A002 - as above
        charset: Literal["utf-8", "shift_jis"] = "utf-8",
    ) -> bytes:  # fmt: skip
        """Return an item as a file."""
        query = {"format": format, "charset": charset}
        return self._fetch(f"/v1/items/{item}/export", query)

    def _fetch(self, path: str, query: Mapping[str, str | int]) -> bytes:
        return b"".join(list(self._pieces(path, query)))

    def shelves(self, room: str, kind: Literal["folders", "categories"]) -> dict[str, int]:
        """Return the folders or categories of a room, and how many items are in each."""
        found = (self._ask("GET", f"/v1/rooms/{room}/{kind}"))["items"]
        return {each["name"]: each["count"] for each in found}

    def agenda(self, since: int, until: int, room: str | None = None) -> list[Item]:
        """Return what takes place in a room, or for oneself in all rooms, the earliest first."""
        path = f"/v1/rooms/{room}/agenda" if room else "/v1/me/agenda"
        answer = self._ask("GET", path, query={"since": since, "until": until})
        return cast(list[Item], answer["items"])

    def agenda_file(self, since: int, until: int, room: str | None = None) -> bytes:
        """Return the same as iCalendar (RFC 5545)."""
        path = f"/v1/rooms/{room}/agenda.ics" if room else "/v1/me/agenda.ics"
        return self._fetch(path, {"since": since, "until": until})

    def tasks(self, state: Literal["open", "done", "all"] = "open") -> list[Item]:
        """Return what one has to do in all rooms, what is due first."""
        return cast(list[Item], (self._ask("GET", "/v1/me/tasks", query={"state": state}))["items"])

    def free_busy(self, users: Sequence[str], since: int, until: int) -> list[Busy]:
        """Return when people are busy."""
        query: dict[str, str | int] = {
            "users": ",".join(users), "since": since, "until": until
        }  # fmt: skip
        return cast(list[Busy], (self._ask("GET", "/v1/freebusy", query=query))["items"])

    def bookings(self, resource: str, since: int, until: int) -> list[dict[str, Any]]:
        """Return when a resource is booked."""
        query = {"since": since, "until": until}
        answer = self._ask("GET", f"/v1/items/{resource}/bookings", query=query)
        return list(answer["items"])
