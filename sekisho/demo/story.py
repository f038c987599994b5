"""Doing one thing at one desk and seeing what comes of it on both networks.

Nothing is waited for but what the zones' streams tell, and never longer than
`PATIENCE_S`.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rich.text import Text

from sekisho.chat import timeline
from sekisho.chat.conversation import Conversation
from sekisho.chat.following import Following
from sekisho.demo.board import Board, BoardCell
from sekisho.demo.checks import Checks
from sekisho.demo.city import ZoneName
from sekisho.demo.town import Town
from sekisho.demo.waiting import PATIENCE_S
from sekisho_client import Message

# Whose stream shows what has arrived in a zone: members of every shared room.
EYES: Final[dict[ZoneName, str]] = {"internet": "shelter", "lgwan": "welfare"}
VERDICTS: Final = frozenset({"delivered", "altered", "held", "refused"})


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody's line: where they sit, what they say and in which room."""

    person: str
    zone: ZoneName
    room: str
    text: str
    answers: str | None = None  # id of a message
    files: Sequence[tuple[str, bytes]] = ()
    password: str = ""  # of the files
    more: Mapping[str, Any] = field(default_factory=dict)  # mentions, sticker, location …


@dataclass(frozen=True, slots=True)
class DemoLine:
    """A line that was said: the message it became, and the time before it was posted."""

    line: Line
    message: str
    since: float


@dataclass(slots=True)
class Telling:
    """The demo while it is told."""

    town: Town
    board: Board
    checks: Checks
    # From being posted to being told on the other side: sentences, and photos re-rendered.
    sentences_ms: list[float] = field(default_factory=list)
    photos_ms: list[float] = field(default_factory=list)

    def eyes(self, zone: ZoneName) -> Following:
        """Return the desk that sees what arrives in `zone`."""
        return self.town.desk(EYES[zone], zone)

    async def post(self, line: Line) -> DemoLine:
        """Have a line posted."""
        desk = self.town.desk(line.person, line.zone)
        files = [
            await desk.client.upload(name, content, password=line.password)
            for name, content in line.files
        ]
        since = time.monotonic()
        posted = await desk.client.post(
            self.town.rooms[line.room],
            line.text,
            reply_to=line.answers,
            files=[file.id for file in files],
            **line.more,
        )
        return DemoLine(line, posted.id, since)

    async def say(self, line: Line) -> tuple[DemoLine, str]:
        """Have a line said, wait until it has arrived and its author knows; return how long.

        That is from posting it to its being told on the other side.
        """
        said = await self.post(line)
        await self.far(said, lambda found: found.text == line.text)
        took = elapsed_ms(said.since)
        self.sentences_ms.append(took)
        await self.near(said, lambda found: found.delivery in VERDICTS)
        return said, arrived_words(took)

    async def far(self, said: DemoLine, wanted: Callable[[Message], object]) -> Message:
        """Wait until on the other side a message is as it is wanted, and return it so."""
        return await until(self.eyes(far_of(said.line.zone)), said.message, wanted)

    async def near(self, said: DemoLine, wanted: Callable[[Message], object]) -> Message:
        """Wait until to its author a message is as it is wanted, and return it so."""
        desk = self.town.desk(said.line.person, said.line.zone)
        return await until(desk, said.message, wanted)

    def show(self, said: DemoLine, news: str = "") -> None:
        """Print a message as its author and the far zone see it now."""
        zone = said.line.zone
        near = self.cell(self.town.desk(said.line.person, zone), said.message, is_near=True)
        far = self.cell(self.eyes(far_of(zone)), said.message, news)
        cells = (near, far) if zone == "internet" else (far, near)
        self.board.row(*cells)

    def cell(
        self, desk: Following, message: str, news: str = "", *, is_near: bool = False
    ) -> BoardCell:
        """Return how a message looks at `desk`: with its delivery if that is near, else `news`."""
        view = desk.known.find(message)
        if view is None:
            return BoardCell(Text("（届いていません）", style="red"), Text(news), ())
        said = [*timeline.body(desk.known, view), timeline.reactions(view)]
        fate = timeline.delivery(view) if is_near else Text(news, style="cyan")
        author = timeline.author(desk.known, view.author)
        return BoardCell(author, fate, [paragraph for paragraph in said if paragraph])


async def until(desk: Following, message: str, wanted: Callable[[Message], object]) -> Message:
    """Wait until at `desk` a message is as it is wanted, and return it so."""

    def find(known: Conversation) -> Message | None:
        found = known.find(message)
        return found if found is not None and wanted(found) else None

    return await desk.until(find, PATIENCE_S)


def far_of(zone: ZoneName) -> ZoneName:
    """Return the other zone."""
    return "lgwan" if zone == "internet" else "internet"


def elapsed_ms(since: float) -> float:
    """Return the milliseconds since `time.monotonic` was `since`."""
    return (time.monotonic() - since) * 1000


def arrived_words(took_ms: float) -> str:
    """Return how long something took to arrive, for the far side's cell."""
    return f"{took_ms:.0f} ms で到着"
