"""Requests that go on: streams, uploads, downloads.  Each ends the moment its right does.

    with context.open_requests.while_entitled(request) as hold:
        ...                    # `RightEnded` is raised in here, wherever the task waits
        hold.demand()          # before each piece: time passes without anybody saying so

A change of people or frontends asks all of them again at once; the clock is asked each second.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from wire.reasons import Refused

# A stay that ends is noticed within this time by whoever is sent nothing meanwhile.
EVERY_S = 1.0

Objection = Callable[[], Refused | None]


class RightEnded(Refused):
    """The right on which a request rested has ended while it was served."""


def _nothing() -> None:
    return None


@dataclass(slots=True, eq=False)
class OpenRequest:
    """One open request: the question it rests on, and the task that serves it."""

    objection: Objection
    task: asyncio.Task[object] | None
    on_end: Callable[[], None]
    ended: RightEnded | None = None

    def demand(self) -> None:
        """Raise `RightEnded` if the right has ended."""
        self._ends_now()
        if self.ended is not None:
            raise self.ended

    def ask_again(self) -> None:
        """End the request, wherever its task waits, if its right has ended."""
        if self._ends_now() and self.task is not None:
            self.task.cancel()

    def _ends_now(self) -> bool:
        """Ask once more whether the right holds; return whether this is when it ends."""
        found = None if self.ended is not None else self.objection()
        if found is None:
            return False
        self.ended = RightEnded(found.reason, found.detail)
        self.on_end()
        return True


@dataclass(slots=True)
class OpenRequests:
    """All requests of a zone that go on."""

    _holds: set[OpenRequest] = field(default_factory=set)

    def ask_again(self) -> None:
        """Ask all of them again: somebody's rights have changed."""
        for hold in list(self._holds):
            hold.ask_again()

    async def watch(self) -> None:
        """Ask all of them again and again, since time passes, for ever."""
        while True:
            await asyncio.sleep(EVERY_S)
            self.ask_again()

    @contextmanager
    def while_entitled(
        self, objection: Objection, on_end: Callable[[], None] = _nothing
    ) -> Iterator[OpenRequest]:
        """Serve a request for as long as there is no `objection`; then raise `RightEnded`.

        `on_end` is called at that very moment, before anything else is told to anybody.
        """
        task = asyncio.current_task()
        hold = OpenRequest(objection, task, on_end)
        self._holds.add(hold)
        try:
            hold.demand()
            yield hold
        except asyncio.CancelledError:
            if hold.ended is None or (task is not None and task.uncancel() > 0):
                raise
            raise hold.ended from None
        finally:
            self._holds.discard(hold)
