"""How an item looks on the board: what it is, and how it stands.  Pure.

A kind of item is a row in `_LINES`; one of no row is shown by its title.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from rich.text import Text

from client.views import Item
from sekisho.chat.conversation import Conversation
from sekisho.chat.listing import KINDS, STANDINGS
from sekisho.chat.timeline import file_lines

RESOURCES: Final[Mapping[str, str]] = {"room": "会議室", "car": "車", "other": "備品"}


def drawn(known: Conversation, item: Item) -> list[Text]:
    """Return the paragraphs of an item: what it is, how it stands, its files."""
    content = item["content"]
    head = Text.assemble((KINDS.get(item["type"], item["type"]), "bold"), f"  {content['title']}")
    write = _LINES.get(item["type"])
    lines = [Text(line) for line in write(known, item) if line] if write else []
    return [head, *lines, *(line for file in item["files"] for line in file_lines(file))]


def _note(_known: Conversation, item: Item) -> list[str]:
    return [item["content"].get("text") or ""]


def _task(known: Conversation, item: Item) -> list[str]:
    content, state = item["content"], item["state"]
    done = _names(known, (each["user"] for each in state["done_by"]))
    due = f"期限 {_time(content['due'])}" if content.get("due") else ""
    sign = "✓ 完了" if state["done"] else "未完了"
    return [
        "　".join(
            filter(
                None,
                [
                    sign,
                    due,
                    f"済 {done}" if done else "",
                    _waiting(known, "まだ", state["waiting"]),
                ],
            )
        )
    ]


def _survey(_known: Conversation, item: Item) -> list[str]:
    state = item["state"]
    counts = zip(item["content"]["choices"], state["counts"], strict=True)
    counted = "・".join(f"{choice} {count}" for choice, count in counts)
    return [f"{counted}　回答 {state['answered']} 人{_over(state)}"]


def _entry(known: Conversation, item: Item) -> list[str]:
    content, state = item["content"], item["state"]
    answers = [
        _waiting(known, "出席", state["yes"]),
        _waiting(known, "欠席", state["no"]),
        _waiting(known, "未定", state["maybe"]),
        _waiting(known, "未回答", state["waiting"]),
    ]
    return [
        f"{_span(content)}　{content.get('place') or ''}".rstrip(),
        "　".join(filter(None, answers)),
    ]


def _resource(_known: Conversation, item: Item) -> list[str]:
    content = item["content"]
    seats = f"　定員 {content['capacity']}" if content.get("capacity") else ""
    return [RESOURCES.get(content["resource_kind"], content["resource_kind"]) + seats]


def _booking(_known: Conversation, item: Item) -> list[str]:
    holds = item["state"]["holds"]
    return [f"{_span(item['content'])}　" + ("✓ 確保" if holds else "✗ 先の予約があります")]


def _post(_known: Conversation, item: Item) -> list[str]:
    content = item["content"]
    marks = [f"［{content['category']}］" if content.get("category") else ""]
    marks += ["必読　" if content.get("must_read") else ""]
    return ["".join(marks) + (content.get("text") or "")]


def _stored_file(_known: Conversation, item: Item) -> list[str]:
    folder = item["content"].get("folder") or "（フォルダなし）"
    return [f"{folder}　第{len(item['state']['versions'])}版"]


def _form(_known: Conversation, item: Item) -> list[str]:
    state = item["state"]
    return [f"質問 {len(item['content']['fields'])} 問　回答 {state['answered']} 件{_over(state)}"]


def _approval(known: Conversation, item: Item) -> list[str]:
    state = item["state"]
    steps = [
        f"{number}段 {len(step['approved_by'])}/{step['quorum']}"
        + _bracketed(_names(known, [*step["approved_by"], *step["denied_by"]]))
        for number, step in enumerate(state["steps"], 1)
    ]
    return [f"{STANDINGS.get(state['standing'], state['standing'])}　{' → '.join(steps)}"]


def _call(_known: Conversation, item: Item) -> list[str]:
    content = item["content"]
    return [content.get("text") or "", "・".join(content.get("choices") or [])]


_LINES: Final[Mapping[str, Callable[[Conversation, Item], list[str]]]] = {
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
    "broadcast": _call,
}


def _span(content: Mapping[str, Any]) -> str:
    ends = time.strftime("%H:%M", time.localtime(content["ends"] / 1000))
    return f"{_time(content['starts'])}–{ends}"


def _time(at: int) -> str:
    return time.strftime("%m/%d %H:%M", time.localtime(at / 1000))


def _over(state: Mapping[str, Any]) -> str:
    return "　締切" if state["is_over"] else ""


def _waiting(known: Conversation, word: str, users: Iterable[str]) -> str:
    names = _names(known, users)
    return f"{word} {names}" if names else ""


def _bracketed(text: str) -> str:
    return f"（{text}）" if text else ""


def _names(known: Conversation, users: Iterable[str]) -> str:
    return "、".join(known.name_of(user) for user in users)
