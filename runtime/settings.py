"""Settings: TOML, read once, into one frozen type per program.

An unknown key, a wrong type or a missing value is an error that names the file,
the key and what was expected.  So is a file that others than its owner may change, or, where it
keeps a secret, read: what they have written, or may have taken, is not worked with.
"""

import os
import stat
import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

T = TypeVar("T")


class SettingsFault(Exception):
    """The settings cannot be used: which file, which key, what was expected."""


class OpenToOthers(SettingsFault):
    """Others than its owner may change a file, or read a secret: its mode is to be mended."""


def read_guarded(path: Path) -> bytes:
    """Return what is in a file that nobody but its owner may change.

    Raises `OpenToOthers`, or `OSError` where it cannot be read.
    """
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if is_changeable(mode):
            raise OpenToOthers(f"{path} can be changed by others: run `chmod go-w {path}`")
        return file.read()


def read_secret(path: Path) -> bytes:
    """Return what is in a file that nobody but its owner may read.  Raises as `read_guarded`."""
    with path.open("rb") as file:
        if is_readable(os.fstat(file.fileno()).st_mode):
            raise OpenToOthers(f"{path} can be read by others: run `chmod 600 {path}`")
        return file.read()


def is_changeable(mode: int) -> bool:
    """Return whether others than its owner may write to a file of this mode."""
    return bool(mode & (stat.S_IWGRP | stat.S_IWOTH))


def is_readable(mode: int) -> bool:
    """Return whether others than its owner may do anything with a file of this mode."""
    return bool(mode & (stat.S_IRWXG | stat.S_IRWXO))


def read_settings(path: Path, form: type[T]) -> T:
    """Return the settings in the file at `path`."""
    try:
        untrusted = tomllib.loads(read_guarded(path).decode())
    except FileNotFoundError:
        raise SettingsFault(f"{path} does not exist: run `sekisho init` or name another") from None
    except tomllib.TOMLDecodeError as trouble:
        raise SettingsFault(f"{path} is not TOML: {trouble}") from None
    except UnicodeDecodeError:
        raise SettingsFault(f"{path} is not in UTF-8: save it as UTF-8") from None
    except OSError as trouble:
        raise SettingsFault(f"{path} cannot be read: {trouble.strerror}") from None
    try:
        return msgspec.convert(untrusted, form)
    except msgspec.ValidationError as trouble:
        what, _, where = str(trouble).partition(" - at `$")
        key = where.strip("`").lstrip(".") or "the top level"
        raise SettingsFault(f"{path}: {key}: {what}") from None
