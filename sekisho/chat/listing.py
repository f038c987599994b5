"""Tasks, surveys, approvals and the rest of a room, by the number under which they were listed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

from sekisho.chat.item_words import kind_name, word_name
from sekisho.chat.orders import NotUnderstood, Order, usage_of
from sekisho_client import Client, Item, contents, states

Names = Callable[[str], str]  # what somebody is called, by their id


class Listing:
    """What was listed last; people point at it by number, from 1."""

    def __init__(self, client: Client, name_of: Names) -> None:
        """`name_of` returns what somebody is called."""
        self._client = client
        self._name_of = name_of
        self._items: Sequence[Item] = ()

    async def of_room(self, room: str) -> list[str]:
        """List what a room holds, the latest first."""
        return self._list(await self._client.items(room), "このルームにはまだありません")

    async def own_tasks(self) -> list[str]:
        """List what one has to do in all rooms, what is due first."""
        return self._list(await self._client.tasks(), "終えていないタスクはありません")

    def _list(self, items: Sequence[Item], nothing: str) -> list[str]:
        self._items = items
        lines = [f"{n}  {line_of(item, self._name_of)}" for n, item in enumerate(items, 1)]
        return lines or [nothing]

    async def ask(self, room: str, order: Order) -> None:
        """Ask a room something; the question and the choices have slashes between them."""
        question, *choices = (part.strip() for part in order.demand_text().split("/"))
        if len(choices) < 2 or not all((question, *choices)):
            raise NotUnderstood(usage_of(order.name))
        await self._client.make_item(room, "survey", question, choices=choices)

    async def answer(self, order: Order) -> str:
        """Do what an order says with the item it points at, and return how that stands now."""
        item = self._numbered(order)
        match order.name, item.type:
            case "done", "task":
                answered = await self._client.answer_item(item.id, "done", text=order.text)
            case "vote", "survey":
                chosen = _numbers(order)
                answered = await self._client.answer_item(item.id, "vote", choices=chosen)
            case "approve", "approval":
                answered = await self._decide(item.id, "approve", order.text)
            case "deny", "approval":
                answered = await self._decide(item.id, "deny", order.text)
            case _:
                raise NotUnderstood(usage_of(order.name))
        return line_of(answered, self._name_of)

    async def _decide(self, approval: str, verdict: Literal["approve", "deny"], text: str) -> Item:
        step = (await self._client.item(approval)).state_as(states.ApprovalState).step
        return await self._client.decide(approval, verdict, step or 0, text)

    def _numbered(self, order: Order) -> Item:
        number = order.number()
        if not 0 < number <= len(self._items):
            raise NotUnderstood("先に /items か /tasks で一覧を出し、その番号で選んでください")
        return self._items[number - 1]


def _numbers(order: Order) -> list[int]:
    words = order.text.split()
    if not words or not all(word.isdecimal() and int(word) > 0 for word in words):
        raise NotUnderstood(usage_of(order.name))
    return [int(word) - 1 for word in words]


def line_of(item: Item, name_of: Names) -> str:
    """Return an item in one line: what it is, what it is called, and how it stands."""
    title = f"{kind_name(item.type)}  {title_of(item)}"
    write = STANDS.get(item.type)
    stands = "" if write is None or item.content is None else write(item, name_of)
    if item.notice is not None and item.content is None:
        stands = item.notice.ja
    return f"{title}  {stands}" if stands else title


def title_of(item: Item) -> str:
    """Return what an item is called; "" where it was removed, or is of an unknown kind."""
    return getattr(item.content, "title", "")


def _task(item: Item, name_of: Names) -> str:
    state = item.state_as(states.TaskState)
    names = "、".join(map(name_of, state.waiting))
    if state.done:
        return word_name("task", "done", "true")
    return f"まだ: {names}" if names else "まだ"


def _survey(item: Item, _name_of: Names) -> str:
    counts = item.state_as(states.SurveyState).counts
    pairs = zip(item.content_as(contents.Survey).choices, counts, strict=True)
    return "  ".join(f"{n}:{choice} {count}" for n, (choice, count) in enumerate(pairs, 1))


def _approval(item: Item, name_of: Names) -> str:
    state = item.state_as(states.ApprovalState)
    status = word_name("approval", "status", state.status)
    if state.step is None:
        return status
    return f"{status}: {'、'.join(map(name_of, state.steps[state.step].waiting))}"


def _booking(item: Item, _name_of: Names) -> str:
    return "" if item.state_as(states.BookingState).holds else "ほかの予約が先でした"


# How an item of each kind stands, behind its title; None where the title says it all.
STANDS: Final[Mapping[str, Callable[[Item, Names], str] | None]] = {
    "note": None,
    "task": _task,
    "survey": _survey,
    "entry": None,
    "resource": None,
    "booking": _booking,
    "post": None,
    "stored-file": None,
    "form": None,
    "approval": _approval,
    "broadcast": None,
}
