# Made of sekisho_client/requests/items.py by `python -m tests.sekisho_client.make_blocking`;
# change that one.
"""What can be asked of items: notes, tasks, surveys, the agenda, forms, approvals.

What is asked for is named as in docs/api.md, "Items"; what is answered is typed.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sekisho_client.agenda import Booked, Busy
from sekisho_client.blocking.transport import Query, Transport
from sekisho_client.decoding import decode, decode_items
from sekisho_client.items import Answer, Item, ItemReader, ItemRevision, Shelf, Tally, type_of


class ItemRequests(Transport):
    """Items."""

    def make_item(
        self,
        room: str,
        type: str,  # noqa: A002 - its name in the API
        title: str,
        *,
        file: str | None = None,
        key: str | None = None,
        **content: Any,
    ) -> str:
        """Make an item of a kind and return its id; `file` is a stored file's first version."""
        body: dict[str, Any] = {"content": {"type": type, "title": title} | content}
        body |= {"files": [file]} if file else {}
        return self._make(f"/v1/rooms/{room}/items", body, key)

    def make_form(self, room: str, template: Mapping[str, Any], **more: Any) -> str:
        """Make a form of a template, and return its id.  `more`: `deadline`, `payment`."""
        return self._make(f"/v1/rooms/{room}/forms", {"template": template} | more)

    def item(self, item: str) -> Item:
        """Return an item as it stands now."""
        return self._get(Item, f"/v1/items/{item}")

    def items(self, room: str, *types: str, **narrow: str | int) -> list[Item]:
        """Return the latest items of a room.  `narrow`: `folder`, `category`, `limit` …"""
        query = {"type": ",".join(types), **narrow}
        return self._list(Item, f"/v1/rooms/{room}/items", query)

    def change_item(
        self, item: str, *, if_match: str | None = None, file: str | None = None, **content: Any
    ) -> Item:
        """Say what an item says now; what is not named stays.  `file` is a new version."""
        body: dict[str, Any] = {"content": {"type": type_of(item)} | content}
        body |= {"files": [file]} if file else {}
        headers = {"If-Match": f'"{if_match}"'} if if_match else {}
        answer = self._request("PATCH", f"/v1/items/{item}", json=body, headers=headers)
        return decode(answer, Item)

    def item_revisions(self, item: str) -> list[ItemRevision]:
        """Return every wording of an item, the first one first."""
        return self._list(ItemRevision, f"/v1/items/{item}/revisions")

    def remove_item(self, item: str, reason: str = "") -> Item:
        """Remove an item, with its files."""
        return self._send(Item, "POST", f"/v1/items/{item}/remove", {"reason": reason})

    def answer_item(
        self,
        item: str,
        type: str,  # noqa: A002 - its name in the API
        **answer: Any,
    ) -> Item:
        """Answer an item: `done`, `vote`, `rsvp`, `seen`, `form`, `decision`, `delegate`."""
        body = {"answer": {"type": type} | answer}
        return self._send(Item, "PUT", f"/v1/items/{item}/answer", body)

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
        return self._list(Answer, f"/v1/items/{item}/answers")

    def tally(self, item: str) -> Tally:
        """Return a survey or a form, counted."""
        return self._get(Tally, f"/v1/items/{item}/tally")

    def item_readers(self, item: str, state: Literal["read", "unread"]) -> list[str]:
        """Return who has, or has not, said that they read a post."""
        found = self._list(ItemReader, f"/v1/items/{item}/readers", {"state": state})
        return [each.user for each in found]

    def export(
        self,
        item: str,
        format: Literal["csv", "ics", "json"],  # noqa: A002 - its name in the API
        charset: Literal["utf-8", "shift_jis"] = "utf-8",
    ) -> bytes:
        """Return an item as a file."""
        query = {"format": format, "charset": charset}
        return self._fetch(f"/v1/items/{item}/export", query)

    def _fetch(self, path: str, query: Query) -> bytes:
        return b"".join(list(self._pieces(path, query)))

    def shelves(self, room: str, kind: Literal["folders", "categories"]) -> dict[str, int]:
        """Return the folders or categories of a room, and how many items are in each."""
        found = self._list(Shelf, f"/v1/rooms/{room}/{kind}")
        return {each.name: each.count for each in found}

    def agenda(self, since: int, until: int, room: str | None = None) -> list[Item]:
        """Return what takes place in a room, or for oneself in all rooms, the earliest first."""
        path = f"/v1/rooms/{room}/agenda" if room else "/v1/me/agenda"
        return self._list(Item, path, {"since": since, "until": until})

    def agenda_file(self, since: int, until: int, room: str | None = None) -> bytes:
        """Return the same as iCalendar (RFC 5545)."""
        path = f"/v1/rooms/{room}/agenda.ics" if room else "/v1/me/agenda.ics"
        return self._fetch(path, {"since": since, "until": until})

    def tasks(self, state: Literal["open", "done", "all"] = "open") -> list[Item]:
        """Return what one has to do in all rooms, what is due first."""
        return self._list(Item, "/v1/me/tasks", {"state": state})

    def free_busy(self, users: Sequence[str], since: int, until: int) -> list[Busy]:
        """Return when people are busy."""
        body = {"users": list(users), "since": since, "until": until}
        return decode_items(self._request("POST", "/v1/freebusy", json=body), Busy)

    def bookings(self, resource: str, since: int, until: int) -> list[Booked]:
        """Return when a resource is booked."""
        query = {"since": since, "until": until}
        return self._list(Booked, f"/v1/items/{resource}/bookings", query)
