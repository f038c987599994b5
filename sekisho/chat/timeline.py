"""How a message looks on a terminal.  Pure: from what is known of it to styled text."""

import time
from typing import Final

from rich.text import Text

from sekisho.chat.conversation import Conversation, KnownRoom
from sekisho.chat.words import (
    CALL,
    DELIVERY,
    FILE,
    NOTICE,
    mark_of,
    reason_words,
    removed_words,
    rule_words,
    size_words,
)
from sekisho_client import Item, Message
from sekisho_client.messages import File

INDENT: Final = 6  # under the author's name, behind the time


def message(known: Conversation, room: KnownRoom, view: Message) -> list[Text]:
    """Return the paragraphs of a message; all but the first stand `INDENT` cells in."""
    foot = _foot(known, room, view)
    return [_head(known, room, view), *body(known, view), *([foot] if foot else [])]


def _head(known: Conversation, room: KnownRoom, view: Message) -> Text:
    head = Text(clock(view.at) + " ", style="dim")
    is_mine = view.author == known.me
    name = author(known, view.author, style="bold green" if is_mine else "bold cyan")
    head.append_text(name).append(f"  #{room.numbers[view.id]}", style="dim")
    if view.late:
        head.append(f"  遅れて到着 {clock(view.arrived)}", style="yellow")
    return head


def clock(at: int) -> str:
    """Return the local time of day of `at`, in milliseconds since 1970."""
    return time.strftime("%H:%M", time.localtime(at / 1000))


def author(known: Conversation, user: str, style: str = "bold") -> Text:
    """Return who somebody is: the name, the section or employer behind it, and where they are."""
    view = known.users.get(user)
    name = Text.assemble((known.name_of(user), style))
    if view is None:
        return name
    if where := view.section:
        name.append(f"（{where}）", style="dim")
    if status := view.status_emoji + view.status:
        name.append(f" {status}", style="yellow")
    return name


def body(known: Conversation, view: Message) -> list[Text]:
    """Return what was said: the answered message, the text, the files, or why there is none."""
    if view.withdrawn is not None:
        return [Text("（取り消されました）", style="dim italic")]
    paragraphs = []
    if (answered := view.reply_to or view.thread) is not None:
        paragraphs.append(_quote(known, answered))
    if view.forwarded is not None:
        origin = known.name_of(view.forwarded.author)
        paragraphs.append(Text(f"↪ {origin}さんの発言を転送", style="dim"))
        if view.forwarded.text:
            paragraphs.append(Text(f"　{view.forwarded.text}"))
    notice = view.notice
    if notice is not None:
        mark = mark_of(NOTICE, notice.state)
        said = notice.ja or f"{mark.word}（{rule_words(notice.rule)}）"
        paragraphs.append(Text(f"{mark.sign} {said}", style=mark.style))
    elif view.text:
        edited = ("（編集済み）", "dim") if view.edited else ""
        paragraphs.append(Text.assemble(view.text, edited))
    paragraphs += _besides(known, view)
    return paragraphs + [line for file in view.files for line in file_lines(file)]


def _besides(known: Conversation, view: Message) -> list[Text]:
    """Return what a message has beside its text: drawing, place, call, whom it names, thread."""
    lines = []
    if view.mentions:
        names = "、".join(known.name_of(user) for user in view.mentions)
        lines.append(Text(f"＠ {names}", style="magenta"))
    if view.sticker is not None:
        drawing = known.stickers.get(view.sticker, view.sticker)
        lines.append(Text(f"〔スタンプ：{drawing}〕", style="magenta"))
    if (place := view.location) is not None:
        where = f"{place.latitude / 1_000_000:.6f}, {place.longitude / 1_000_000:.6f}"
        lines.append(Text(f"⌖ {place.name} {where}", style="blue"))
    if (call := view.call) is not None:
        lines.append(Text(f"☎ {CALL.get(call.state, call.state)}", style="blue"))
    if view.replies:
        lines.append(Text(f"⤷ スレッド {view.replies} 件", style="dim"))
    return lines


def _quote(known: Conversation, answered: str) -> Text:
    view = known.find(answered)
    if view is None:
        return Text("┃ …", style="dim")
    said = (view.text or "…").split("\n")[0]
    quoted = f"┃ {known.name_of(view.author)}: {said}"
    return Text(quoted, style="dim", no_wrap=True, overflow="ellipsis")


def file_lines(file: File) -> list[Text]:
    """Return a file: its name and how it fared; what was taken out of it, or why it was refused."""
    mark = mark_of(FILE, file.state)
    line = Text.assemble(("▣ ", "blue"), (file.name, "blue"))
    if file.size:
        line.append(f" {size_words(file.size)}", style="dim")
    if file.width and file.height:
        line.append(f" {file.width}×{file.height}", style="dim")
    line.append(f" {mark.sign} {mark.word}".rstrip(), style=mark.style)
    if file.removed:
        removed = removed_words(what for what, _ in file.removed)
        return [line, Text(f"  除去：{removed}", style="dim")]
    if file.hold is not None:
        return [line, Text(f"  {file.hold.ja}", style=mark.style)]
    if file.reason is not None:
        times = f" {file.found}件" if file.found else ""
        rule = f"（{rule_words(file.rule)}{times}）" if file.rule is not None else ""
        return [line, Text(f"  {reason_words(file.reason)}{rule}", style=mark.style)]
    return [line]


def delivery(view: Message | Item) -> Text:
    """Return how far something got on its way to the other zone, and what it lost on it."""
    mark = mark_of(DELIVERY, view.delivery)
    text = f"{mark.sign} {mark.word}".strip()
    if view.change is not None and view.change.hold is not None:
        text += f": {view.change.hold.ja}"
    elif view.delivery in ("held", "refused") and view.reason is not None:
        text += f": {reason_words(view.reason)}"
    if isinstance(view, Message) and (removed := removed_words(view.removed)):
        text += f"  除去：{removed}"
    return Text(text, style=mark.style)


def reactions(view: Message) -> Text:
    """Return the stamps on a message, each with how many people put it there."""
    counts = (f"{stamp} {len(users)}" for stamp, users in sorted(view.reactions.items()))
    return Text("  ".join(counts), style="magenta")


def _foot(known: Conversation, room: KnownRoom, view: Message) -> Text | None:
    parts = [reactions(view)]
    if view.author == known.me:
        parts.append(delivery(view))
        if readers := room.readers(view):
            parts.append(Text(f"既読 {readers}", style="dim"))
    shown = [part for part in parts if part]
    return Text("  ").join(shown) if shown else None


def unread(room: KnownRoom) -> str:
    """Return how much is unread in a room, how much of it is to oneself, and what came late."""
    words = f"未読 {room.unread}"
    if room.mentions:
        words += f"（自分宛 {room.mentions}）"
    if room.late:
        numbers = (f"#{room.numbers[name]}" for name in room.late if name in room.numbers)
        words += "  遅れて届いた発言 " + (" ".join(numbers) or f"{len(room.late)} 件")
    return words
