"""The operators that a stage of the relay knows: `trusted/operators.json` in its folder.

`sekisho operator` writes it; the stage reads it again whenever somebody decides, so that an
operator who was ended decides nothing more from that moment on.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from runtime.settings import SettingsFault
from wire.operators import OperatorKey, Operators
from wire.reasons import Refused

MAX_BYTES = 1024 * 1024
_NAME = "operators.json"


def trusted_folder(folder: Path) -> Path:
    """Return where the stage with the folder `folder` has what it may read while it runs."""
    return folder / "trusted"


def write_operators(folder: Path, entries: Sequence[OperatorKey]) -> None:
    """Replace the operators that the stage in `folder` knows, all or nothing."""
    path = trusted_folder(folder) / _NAME
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_suffix(".tmp")
    encoded = msgspec.json.encode(Operators(entries).entries)
    draft.write_bytes(msgspec.json.format(encoded, indent=2) + b"\n")
    draft.replace(path)


def read_operators(folder: Path) -> Operators:
    """Return the operators that the stage in `folder` knows: nobody, if there is no list.

    Raises `SettingsFault`.
    """
    path = trusted_folder(folder) / _NAME
    try:
        with path.open("rb") as file:
            untrusted = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return Operators()
    except OSError as trouble:
        raise SettingsFault(f"{path} cannot be read: {trouble.strerror}") from None
    if len(untrusted) > MAX_BYTES:
        raise SettingsFault(f"{path} is larger than a list of operators can be")
    try:
        return Operators(msgspec.json.decode(untrusted, type=list[OperatorKey]))
    except (msgspec.DecodeError, UnicodeDecodeError, Refused) as trouble:
        raise SettingsFault(f"{path}: {trouble}") from None
