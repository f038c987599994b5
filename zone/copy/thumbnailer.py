"""The process that makes thumbnails (`python -m sanitizer.thumbnailer`), as the zone holds it.

A zone opens no file of anybody's.  It hands descriptors to a process that owns a
jail, and looks at what was written with `sanitizer.check`, which decodes nothing.
"""

import re
import socket
import time
from contextlib import suppress
from typing import BinaryIO, NamedTuple

from confinement.launching import Launched, Launcher, python_program
from sanitizer.check.png import MAX_SIDE
from wire.reasons import Unavailable

NAME = "thumbnailer"
# What a launcher has to know for us.
PROGRAMS = {NAME: python_program("sanitizer.thumbnailer")}
# What it answers: that it has, and of a picture its width and height.
_MADE = re.compile(r"made(?: ([1-9][0-9]{0,4}) ([1-9][0-9]{0,4}))?")
# Words that say nothing about the file: `sanitizer.outcome.FileReason.JAIL_FAILED`.
NOT_ITS_FAULT = frozenset({"jail-failed"})

# 100 MiB may take 110 s in the jail; a jail that does not answer by then is stuck.
ANSWER_TIMEOUT_S = 150.0
# For a process whose socket was closed to be gone.
GRACE_S = 10.0
# A host on which it does not start is not asked again at every thumbnail.
REST_S = 10.0


class Drawn(NamedTuple):
    """A thumbnail was made; of a picture `pixels` are its own width and height."""

    pixels: tuple[int, int] | None


class Thumbnailer:
    """One process, started when it is first needed.  Blocking, and for one thread at a time."""

    def __init__(self, launcher: Launcher) -> None:
        """Start nothing yet; `launcher` knows `PROGRAMS`."""
        self._launcher = launcher
        self._process: Launched | None = None
        self._control: socket.socket | None = None
        self._rests_until = 0.0
        self._is_over = False

    def draw(self, side: int, source: BinaryIO, target: BinaryIO) -> Drawn | None:
        """Write what is in `source` as a JPEG to `target`, or return None if it has no looks."""
        if self._is_over or time.monotonic() < self._rests_until:
            raise Unavailable("no thumbnails are made")
        # The second time, because the first may have gone home while nobody asked.
        word = self._ask(side, source, target) or self._ask(side, source, target)
        if not word or word in NOT_ITS_FAULT:
            self._rests_until = time.monotonic() + REST_S
            raise Unavailable("no thumbnails can be made")
        made = _MADE.fullmatch(word)
        if made is None:
            return None
        width, height = int(made[1] or 0), int(made[2] or 0)
        return Drawn((width, height) if 0 < min(width, height) <= MAX_SIDE else None)

    def stop(self) -> None:
        """Have `draw` come back, whichever thread it runs in, and not be called again."""
        self._is_over = True
        control = self._control
        with suppress(OSError):  # it is gone already
            if control is not None:
                control.shutdown(socket.SHUT_RDWR)

    def _ask(self, side: int, source: BinaryIO, target: BinaryIO) -> str:
        """Return the process's word, or "" if it has none: then it is ended."""
        target.truncate(0)
        try:
            control = self._control or self._start()
            fds = [source.fileno(), target.fileno()]
            socket.send_fds(control, [str(side).encode()], fds)
            word = control.recv(100).decode("ascii", errors="replace")
        except OSError:
            word = ""
        if not word:
            self._end()
        return word

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with theirs:
                self._process = self._launcher.start(NAME, theirs.fileno())
        except OSError:
            ours.close()
            raise
        ours.settimeout(ANSWER_TIMEOUT_S)
        self._control = ours
        return ours

    def close(self) -> None:
        """End the process, once `draw` has come back."""
        self.stop()
        self._end()

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.wait(GRACE_S)
            self._process.close()
            self._process = None
