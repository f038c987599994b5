"""A process that makes thumbnails for whoever holds the other end of its socket.

`python -m sanitizer.thumbnailer FD`.  It is started by a program that itself may not touch
hostile files, or has threads; it owns the jail and does one thing after the other.  A request is
the number of pixels in ASCII, with two descriptors: the file to read and the empty one to write.
The answer is `MADE`, behind it width and height of a picture in pixels (`made 4032 3024`), or the
word of why not (`sanitizer.outcome.FileReason`).
"""

import os
import socket
import sys

from sanitizer.jail import Jail
from sanitizer.outcome import FileReason, FileRefused
from sanitizer.profile import HARD_MAX_BYTES
from sanitizer.thumbnail import make_thumbnail

MADE = b"made"
# The decoders take 60 MB of memory.  Where nobody asks for thumbnails, nothing keeps them.
IDLE_SECONDS = 300.0


def main(control_fd: int) -> None:
    """Serve requests until the other end is closed, or silent for long."""
    with socket.socket(fileno=control_fd) as control, Jail() as jail:
        control.settimeout(IDLE_SECONDS)
        while True:
            try:
                request, fds, _, _ = socket.recv_fds(control, 16, 2)
            except TimeoutError:
                return
            if not request:
                return
            try:
                control.send(_serve(int(request), *fds, jail=jail))
            finally:
                for fd in fds:
                    os.close(fd)


def _serve(side: int, source_fd: int, target_fd: int, *, jail: Jail) -> bytes:
    if os.fstat(source_fd).st_size > HARD_MAX_BYTES:
        return FileReason.TOO_LARGE.encode()
    with os.fdopen(source_fd, "rb", closefd=False) as source:
        source.seek(0)
        untrusted = source.read()
    try:
        made = make_thumbnail(untrusted, side=side, jail=jail)
    except FileRefused as refusal:
        return refusal.reason.encode()
    with os.fdopen(target_fd, "wb", closefd=False) as target:
        target.seek(0)
        target.write(made.data)
    return b" ".join([MADE, *(b"%d" % side for side in made.pixels or ())])


if __name__ == "__main__":
    main(int(sys.argv[1]))
