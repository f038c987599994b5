"""Settings: TOML, read once, into one frozen type per program.

An unknown key, a wrong type or a missing value is an error that names the file,
the key and what was expected.
"""

import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

T = TypeVar("T")


class SettingsFault(Exception):
    """The settings cannot be used: which file, which key, what was expected."""


def read_settings(path: Path, form: type[T]) -> T:
    """Return the settings in the file at `path`."""
    try:
        with path.open("rb") as file:
            untrusted = tomllib.load(file)
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
