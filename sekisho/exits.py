"""How the command ends: the exit codes, and the one line that says why.

What is nobody's fault but ours, a bug, is not caught: it ends in a traceback.
"""

import os
import sys
from enum import IntEnum
from typing import Self

import click


class Exit(IntEnum):
    """The exit codes, each with its meaning; those from 64 on are those of sysexits.h."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> Self:
        code = int.__new__(cls, value)
        code._value_ = value
        code.meaning = meaning
        return code

    OK = 0, "It worked; a daemon was ended by SIGTERM or Ctrl-C."
    FOUND = (
        1,
        "`doctor`: there is a fault. `audit verify`: no. `status`: a node is not well.",
    )
    USAGE = 2, "The command line is wrong."
    CLIENT_ERROR = 4, "`api`: the answer had a status from 400 to 499."
    SERVER_ERROR = 5, "`api`: the answer had a status from 500 on."
    REFUSED = 65, "Refused, for a reason of docs/reasons.md: asking again changes nothing."
    STORE = 66, "A store is missing, damaged, in use or not ours."
    OS = 71, "The operating system says no: no such file, not permitted, no space."
    IO = (
        74,
        "A daemon's store could not be written: nothing is known of the disk, look at it first.",
    )
    UNAVAILABLE = 75, "Something is down, full or slow: ask again."
    SETTINGS = 78, "Settings, keys or policy cannot be used."
    INTERRUPTED = 130, "Ctrl-C at a question."


def run(command: click.Command) -> int:
    """Run `command` with the arguments of this process and return its exit code."""
    try:
        code = command.main(prog_name="sekisho", standalone_mode=False)
    except click.ClickException as mistake:
        mistake.show()
        return mistake.exit_code
    except (click.Abort, KeyboardInterrupt):
        return tell("interrupted", Exit.INTERRUPTED)
    except BrokenPipeError:
        # Whoever read us has gone, as in `| head`; nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except Exception as trouble:
        code = code_of(trouble)
        if code is None:
            raise
        return tell(line_of(trouble), code)
    return code if isinstance(code, int) else Exit.OK


def tell(line: str, code: Exit) -> Exit:
    """Say in one line on stderr why it ends so, and return `code`."""
    click.echo(f"sekisho: {line}", err=True)
    return code


def code_of(trouble: Exception) -> Exit | None:
    """Return the exit code for `trouble`, or None if it is a bug."""
    from runtime.database import StoreFault
    from runtime.settings import SettingsFault
    from wire.reasons import Refused, Unavailable

    codes: dict[type[Exception], Exit] = {
        Refused: Exit.REFUSED,
        Unavailable: Exit.UNAVAILABLE,
        StoreFault: Exit.STORE,
        SettingsFault: Exit.SETTINGS,
        OSError: Exit.OS,
    }
    found = [
        next((code for kind, code in codes.items() if isinstance(each, kind)), None)
        for each in _leaves(trouble)
    ]
    return None if None in found else found[0]


def line_of(trouble: Exception) -> str:
    """Return what `trouble` says, as one line."""
    first = _leaves(trouble)[0]
    if isinstance(first, OSError) and first.filename is not None:
        return f"{first.filename}: {first.strerror}"
    return " ".join(str(first).split())


def _leaves(trouble: Exception) -> list[Exception]:
    """Return what went wrong, out of the groups in which tasks report it."""
    if isinstance(trouble, ExceptionGroup):
        return [leaf for each in trouble.exceptions for leaf in _leaves(each)]
    return [trouble]
