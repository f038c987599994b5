"""How an item looks on the board: what it is, and how it stands.  Pure.

A kind of item is a row in `LINES`; one of no row is shown by its title.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from rich.text import Text

from sekisho.chat.conversation import Conversation
from sekisho.chat.item_words import field_name, kind_name, word_name
from sekisho.chat.listing import title_of
from sekisho.chat.timeline import file_lines
from sekisho_client import Item, contents, states


def drawn(known: Conversation, item: Item) -> list[Text]:
    """Return the paragraphs of an item: what it is, how it stands, its files."""
    write = LINES.get(item.type)
    lines = [Text(line) for line in write(known, item) if line] if write else []
    head = Text.assemble((kind_name(item.type), "bold"), f"  {title_of(item)}")
    return [head, *lines, *(line for file in item.files for line in file_lines(file))]


def _note(_known: Conversation, item: Item) -> list[str]:
    return [item.content_as(contents.Note).text]


def _task(known: Conversation, item: Item) -> list[str]:
    content, state = item.content_as(contents.Task), item.state_as(states.TaskState)
    done = _names(known, (each.user for each in state.done_by))
    due = f"{field_name('task', 'due')} {_time(content.due)}" if content.due else ""
    done_word = word_name("task", "done", "true" if state.done else "false")
    sign = f"✓ {done_word}" if state.done else done_word
    waiting = _waiting(known, "まだ", state.waiting)
    return ["　".join(filter(None, [sign, due, f"済 {done}" if done else "", waiting]))]


def _survey(_known: Conversation, item: Item) -> list[str]:
    content, state = item.content_as(contents.Survey), item.state_as(states.SurveyState)
    counts = zip(content.choices, state.counts, strict=True)
    counted = "・".join(f"{choice} {count}" for choice, count in counts)
    return [f"{counted}　回答 {state.answered} 人{_over(state.is_over)}"]


def _entry(known: Conversation, item: Item) -> list[str]:
    content, state = item.content_as(contents.Entry), item.state_as(states.EntryState)
    answers = [
        _waiting(known, word_name("entry", "reply", "yes"), state.yes),
        _waiting(known, word_name("entry", "reply", "no"), state.no),
        _waiting(known, word_name("entry", "reply", "maybe"), state.maybe),
        _waiting(known, "未回答", state.waiting),
    ]
    span = _span(content.starts, content.ends)
    return [f"{span}　{content.place}".rstrip(), "　".join(filter(None, answers))]


def _resource(_known: Conversation, item: Item) -> list[str]:
    content = item.content_as(contents.Resource)
    kind = word_name("resource", "resource_kind", content.resource_kind)
    seats = f"{field_name('resource', 'capacity')} {content.capacity}"
    return [f"{kind}　{seats}" if content.capacity else kind]


def _booking(_known: Conversation, item: Item) -> list[str]:
    content, state = item.content_as(contents.Booking), item.state_as(states.BookingState)
    span = _span(content.starts, content.ends)
    return [f"{span}　" + ("✓ 確保" if state.holds else "✗ 先の予約があります")]


def _post(_known: Conversation, item: Item) -> list[str]:
    content = item.content_as(contents.Post)
    category = f"［{content.category}］" if content.category else ""
    must_read = f"{field_name('post', 'must_read')}　" if content.must_read else ""
    return [category + must_read + content.text]


def _stored_file(_known: Conversation, item: Item) -> list[str]:
    folder = item.content_as(contents.StoredFile).folder or "（フォルダなし）"
    return [f"{folder}　第{len(item.state_as(states.StoredFileState).versions)}版"]


def _form(_known: Conversation, item: Item) -> list[str]:
    questions, state = item.content_as(contents.Form).fields, item.state_as(states.FormState)
    return [f"質問 {len(questions)} 問　回答 {state.answered} 件{_over(state.is_over)}"]


def _approval(known: Conversation, item: Item) -> list[str]:
    state = item.state_as(states.ApprovalState)
    steps = [
        f"{number}段 {len(step.approved_by)}/{step.quorum}"
        + _bracketed(_names(known, [*step.approved_by, *step.denied_by]))
        for number, step in enumerate(state.steps, 1)
    ]
    return [f"{word_name('approval', 'status', state.status)}　{' → '.join(steps)}"]


def _broadcast(_known: Conversation, item: Item) -> list[str]:
    content = item.content_as(contents.Broadcast)
    return [content.text, "・".join(content.choices)]


LINES: Final[Mapping[str, Callable[[Conversation, Item], list[str]]]] = {
    "note": _note,
    "task": _task,
    "survey": _survey,
    "entry": _entry,
    "resource": _resource,
    "booking": _booking,
    "post": _post,
    "stored-file": _stored_file,
    "form": _form,
    "approval": _approval,
    "broadcast": _broadcast,
}


def _span(starts: int, ends: int) -> str:
    return f"{_time(starts)}–{time.strftime('%H:%M', time.localtime(ends / 1000))}"


def _time(at: int) -> str:
    return time.strftime("%m/%d %H:%M", time.localtime(at / 1000))


def _over(is_over: bool) -> str:
    return "　締切" if is_over else ""


def _waiting(known: Conversation, word: str, users: Iterable[str]) -> str:
    names = _names(known, users)
    return f"{word} {names}" if names else ""


def _bracketed(text: str) -> str:
    return f"（{text}）" if text else ""


def _names(known: Conversation, users: Iterable[str]) -> str:
    return "、".join(known.name_of(user) for user in users)
