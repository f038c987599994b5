"""How the command ends: the exit codes, and the one line that says why.

What is nobody's fault but ours, a bug, is not caught: it ends in a traceback.
"""

import os
import sys
from collections.abc import Mapping
from enum import IntEnum

import click


class Exit(IntEnum):
    """The exit codes; those from 64 on are those of sysexits.h."""

    OK = 0
    FOUND = 1
    USAGE = 2
    WITNESS_LAGS = 3
    CLIENT_ERROR = 4
    SERVER_ERROR = 5
    REFUSED = 65
    STORE = 66
    OS = 71
    IO = 74
    UNAVAILABLE = 75
    PROTECTION = 77
    SETTINGS = 78
    INTERRUPTED = 130


MEANINGS: Mapping[Exit, str] = {
    Exit.OK: "It worked; a daemon was ended by SIGTERM or Ctrl-C.",
    Exit.FOUND: "`doctor`: there is a fault. `audit verify`: no. `reconcile`: they differ. "
    "`status`: a node is not well.",
    Exit.USAGE: "The command line is wrong.",
    Exit.WITNESS_LAGS: "`audit verify`: a witness lags: nobody vouches for the last records.",
    Exit.CLIENT_ERROR: "`api`: the answer had a status from 400 to 499.",
    Exit.SERVER_ERROR: "`api`: the answer had a status from 500 on.",
    Exit.REFUSED: "Refused, for a reason of docs/reasons.md: asking again changes nothing. "
    "`sanitize`: a file was refused.",
    Exit.STORE: "A store is missing, damaged, in use or not ours.",
    Exit.OS: "The operating system says no: no such file, not permitted, no space.",
    Exit.IO: "A daemon could not write its store: nothing is known of the disk, look at it first. "
    "`sanitize`: a file could not be read or written.",
    Exit.UNAVAILABLE: "Something is down, full or slow: ask again. `sanitize`: the jail failed.",
    Exit.PROTECTION: "This host lacks what a daemon or the sanitizer's jail is confined with, so it"
    " does not start: see `sekisho doctor`.",
    Exit.SETTINGS: "Settings, keys or policy cannot be used.",
    Exit.INTERRUPTED: "Ctrl-C at a question, or in `sanitize`: what it has written is whole.",
}


def run(command: click.Command) -> int:
    """Run `command` with the arguments of this process and return its exit code."""
    try:
        code = command.main(prog_name="sekisho", standalone_mode=False)
    except click.ClickException as mistake:
        mistake.show()
        return mistake.exit_code
    except (click.Abort, KeyboardInterrupt):
        return end_with("interrupted", Exit.INTERRUPTED)
    except BrokenPipeError:
        # Whoever read us has gone, as in `| head`; nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except Exception as trouble:
        code = code_of(trouble)
        if code is None:
            raise
        return end_with(line_of(trouble), code)
    return code if isinstance(code, int) else Exit.OK


def end_with(line: str, code: Exit) -> Exit:
    """Say in one line on stderr why it ends so, and return `code`."""
    click.echo(f"sekisho: {line}", err=True)
    return code


def code_of(trouble: Exception) -> Exit | None:
    """Return the exit code for `trouble`, or None if it is a bug."""
    from confinement.daemon import CannotConfine
    from runtime.database import StoreFault
    from runtime.settings import SettingsFault
    from wire.reasons import Refused, Unavailable

    codes: dict[type[Exception], Exit] = {
        Refused: Exit.REFUSED,
        Unavailable: Exit.UNAVAILABLE,
        StoreFault: Exit.STORE,
        SettingsFault: Exit.SETTINGS,
        CannotConfine: Exit.PROTECTION,
        OSError: Exit.OS,
    }
    # Whoever has confined itself can load no more: what was not loaded cannot have been raised.
    if (jail := sys.modules.get("sanitizer.jail")) is not None:
        codes[jail.JailUnsafe] = Exit.PROTECTION
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
