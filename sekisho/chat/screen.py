"""The terminal: rooms at the left, the open room's timeline, and the prompt at the bottom.

Draws what a `Session` knows and hands it what is typed.  Marks change where they stand.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from prompt_toolkit.application import Application
from prompt_toolkit.application.current import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import (
    AnyContainer,
    BufferControl,
    CompletionsMenu,
    ConditionalContainer,
    Float,
    FloatContainer,
    FormattedTextControl,
    HSplit,
    Layout,
    UIContent,
    UIControl,
    VSplit,
    Window,
)
from prompt_toolkit.layout.processors import BeforeInput
from rich.cells import set_cell_size
from rich.text import Text

from sekisho.chat import paper, timeline
from sekisho.chat.conversation import KnownRoom
from sekisho.chat.orders import ORDERS
from sekisho.chat.session import Session

ROOMS_CELLS: Final = 24
# On a narrower terminal the timeline gets all of it; /rooms lists the rooms.
NARROW_CELLS: Final = 72


class Screen:
    """The screen of one session."""

    def __init__(self, session: Session) -> None:
        """Show `session`, which from now on says here when something has changed."""
        self._session = session
        self._timeline = _Timeline(session)
        self._buffer = Buffer(
            completer=_Names(session),
            complete_while_typing=True,
            accept_handler=self._accept,
            multiline=False,
        )
        self.app: Application[None] = Application(
            Layout(self._layout(), self._buffer), key_bindings=self._keys(), full_screen=True
        )
        session.following.on_change = self._changed

    def _layout(self) -> AnyContainer:
        is_wide = Condition(lambda: get_app().output.get_size().columns >= NARROW_CELLS)
        rooms = HSplit([Window(_Rooms(self._session), width=ROOMS_CELLS)])
        side = VSplit([rooms, Window(width=1, char="│", style="class:line")])
        body = VSplit([ConditionalContainer(side, is_wide), Window(self._timeline)])
        prompt = BufferControl(self._buffer, [BeforeInput(self._prompt, style="bold")])
        rows = HSplit(
            [
                Window(FormattedTextControl(self._title), height=1, style="reverse"),
                body,
                Window(height=1, char="─", style="class:line"),
                Window(prompt, height=1),
            ]
        )
        menu = Float(CompletionsMenu(max_height=8), xcursor=True, ycursor=True)
        return FloatContainer(rows, [menu])

    def _title(self) -> str:
        session = self._session
        who = timeline.author(session.known, session.known.me).plain
        link = session.known.link
        state = f"  ⚠ {link.words.ja}" if link is not None and link.state == "down" else ""
        return f" {who} · {session.zone_name}  (/help){state}"

    def _prompt(self) -> str:
        room = self._session.room
        return f"{room.name if room else 'ルーム未選択'}> "

    def _changed(self) -> None:
        """Show what is new; what came into the open room is read with that."""
        self.app.invalidate()
        room = self._session.room
        if room is not None and (room.unread or not room.is_loaded):
            self.app.create_background_task(self._session.catch_up())

    def _accept(self, buffer: Buffer) -> bool:
        self._timeline.scroll = 0
        self.app.create_background_task(self._enter(buffer.text))
        return False

    async def _enter(self, line: str) -> None:
        if await self._session.enter(line):
            self.app.invalidate()
        else:
            self.app.exit()

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()

        @keys.add("pageup")
        def earlier(_: KeyPressEvent) -> None:
            self._timeline.scroll += 10

        @keys.add("pagedown")
        def later(_: KeyPressEvent) -> None:
            self._timeline.scroll = max(0, self._timeline.scroll - 10)

        @keys.add("c-c")
        @keys.add("c-d")
        def leave(event: KeyPressEvent) -> None:
            event.app.exit()

        return keys


class _Timeline(UIControl):
    """The open room: its messages, and below them what the last order answered."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.scroll = 0  # lines above the end

    def create_content(self, width: int, height: int | None) -> UIContent:
        height = height or 1
        wanted = height + self.scroll
        found = paper.last(self._groups(width - 1), wanted)
        self.scroll = min(self.scroll, max(0, len(found) - height))
        shown = found[: len(found) - self.scroll][-height:]
        above: list[paper.Line] = [[] for _ in range(height - len(shown))]
        rows = above + shown
        return UIContent(lambda at: rows[at], line_count=len(rows), show_cursor=False)

    def _groups(self, width: int) -> Iterator[list[paper.Line]]:
        if self._session.notes:
            yield [[], *(line for note in self._session.notes for line in _note(note, width))]
        room = self._session.room
        if room is None:
            return
        for view in reversed(room.timeline()):
            drawn = timeline.message(self._session.known, room, view)
            yield paper.lines(drawn, width=width, indent=timeline.INDENT)


def _note(note: Text, width: int) -> list[paper.Line]:
    return paper.lines([note], width=width)


class _Rooms(UIControl):
    """The rooms, the open one marked, each with how much in it is unread."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create_content(self, width: int, height: int | None) -> UIContent:
        rows = [self._row(room, width) for room in self._session.rooms()][: height or 1]
        return UIContent(lambda at: rows[at], line_count=len(rows), show_cursor=False)

    def _row(self, room: KnownRoom, width: int) -> paper.Line:
        is_open = room is self._session.room
        unread = f" {room.unread}" if room.unread else ""
        name = set_cell_size(f"{'▶' if is_open else ' '}{room.name}", width - 1 - len(unread))
        return [("bold" if is_open else "", name), ("ansiyellow bold", unread)]


class _Names(Completer):
    """Completes orders, and rooms behind /join."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get_completions(self, document: Document, _: CompleteEvent) -> Iterable[Completion]:
        typed = document.text_before_cursor
        if typed.startswith("/join "):
            begun = typed.removeprefix("/join ")
            names = [room.name for room in self._session.rooms()]
            yield from (Completion(name, -len(begun)) for name in names if begun in name)
        elif typed.startswith("/") and " " not in typed:
            for name, usage in ORDERS.items():
                if name.startswith(typed[1:]):
                    yield Completion(f"/{name} ", -len(typed), f"/{name}", usage.help)
