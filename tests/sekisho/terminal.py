"""A terminal for a program under test: a pty, and a screen that shows what is on it."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

import pyte

TIMEOUT_S = 30.0
COLUMNS, ROWS = 100, 70


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start `command`; use it as a context."""
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", ROWS, COLUMNS, 0, 0))
        self._process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"},
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        trouble: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait()
        os.close(self._ours)

    @property
    def lines(self) -> list[str]:
        """What stands on the screen.  The right half of a wide character is an empty string."""
        rows = (self._screen.buffer[y] for y in range(ROWS))
        return ["".join(row[x].data for x in range(COLUMNS)).rstrip() for row in rows]

    def type(self, text: str) -> None:
        """Type `text`; a carriage return is the Enter key."""
        os.write(self._ours, text.encode())

    def until(self, condition: Callable[[list[str]], object]) -> list[str]:
        """Return the screen's lines, as soon as they meet `condition`."""
        give_up_at = time.monotonic() + TIMEOUT_S
        while not condition(self.lines):
            patience = give_up_at - time.monotonic()
            if patience < 0 or not select.select([self._ours], [], [], patience)[0]:
                raise AssertionError("\n".join(["waited in vain; the screen:", *self.lines]))
            self._stream.feed(os.read(self._ours, 65536))
        return self.lines

    def shows(self, *texts: str) -> list[str]:
        """Wait until each of `texts` stands on one line or other."""
        return self.until(lambda lines: all(any(t in line for line in lines) for t in texts))

    def ended(self) -> int:
        """Wait for the program's end and return its exit code."""
        return self._process.wait(TIMEOUT_S)
