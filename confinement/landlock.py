"""Landlock: no file and no port, whoever asks.

Source: linux/landlock.h and the kernel's Documentation/userspace-api/landlock.rst.
"""

import os
import struct
from collections.abc import Sequence
from pathlib import Path

from confinement import kernel

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every architecture
VERSION_FLAG = 1
PATH_BENEATH = 1
EXECUTE, READ_FILE, READ_DIR, REMOVE_FILE = 1, 1 << 2, 1 << 3, 1 << 5
# Write and shorten files; make, move and remove files and folders; but no device, socket or link.
WRITE = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 13 | 1 << 14
OF_A_FILE = EXECUTE | READ_FILE | 1 << 1 | 1 << 14

# How many file system rights each version of the interface knows.  Version 4 added network
# ports, 6 signals and abstract sockets; a later version knows at least what 6 does.
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
FILE_RIGHTS_SINCE_5 = 16
BIND, CONNECT = 1, 1 << 1
ABSTRACT_SOCKETS, SIGNALS = 1, 1 << 1


def version() -> int:
    """Return the version of the interface, or raise `OSError` where there is none."""
    return kernel.syscall(CREATE_RULESET, None, 0, VERSION_FLAG, call="landlock_create_ruleset")


def restrict(
    readable: Sequence[Path] = (),
    writable: Sequence[Path] = (),
    executable: Sequence[Path] = (),
    files: Sequence[Path] = (),
    listed: Sequence[Path] = (),
    emptied: Sequence[Path] = (),
    dials: bool = False,
) -> None:
    """Deny this thread, and what it will start, every file but those beneath these paths.

    What may be written or executed may be read.  `files` may be written, and not be replaced;
    folders that are `listed` may be looked into, and their files not be read; from those that are
    `emptied` files may be removed.  Who `dials` may connect: to TCP ports, and to abstract sockets.
    """
    abi = version()
    rights = (1 << FILE_RIGHTS.get(abi, FILE_RIGHTS_SINCE_5)) - 1
    ruleset = _ruleset(abi, rights, dials=dials)
    ruleset_fd = kernel.syscall(
        CREATE_RULESET, ruleset, len(ruleset), 0, call="landlock_create_ruleset"
    )
    read = READ_FILE | READ_DIR
    try:
        for paths, allowed in (
            (readable, read),
            (writable, read | WRITE),
            (executable, read | EXECUTE),
            (files, read | WRITE),
            (listed, READ_DIR),
            (emptied, READ_DIR | REMOVE_FILE),
        ):
            for path in paths:
                _allow(ruleset_fd, path, allowed & rights)
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        kernel.syscall(RESTRICT_SELF, ruleset_fd, 0, call="landlock_restrict_self")
    finally:
        os.close(ruleset_fd)


def _ruleset(abi: int, rights: int, *, dials: bool) -> bytes:
    """Return what is forbidden unless a rule allows it, as far as this version knows it."""
    ruleset = struct.pack("=Q", rights)
    if abi >= 4:
        ruleset += struct.pack("=Q", BIND if dials else BIND | CONNECT)
    if abi >= 6:
        ruleset += struct.pack("=Q", SIGNALS if dials else ABSTRACT_SOCKETS | SIGNALS)
    return ruleset


def _allow(ruleset_fd: int, path: Path, rights: int) -> None:
    path_fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        fitting = rights if path.is_dir() else rights & OF_A_FILE
        rule = struct.pack("=Qi", fitting, path_fd)
        kernel.syscall(ADD_RULE, ruleset_fd, PATH_BENEATH, rule, 0, call="landlock_add_rule")
    finally:
        os.close(path_fd)
