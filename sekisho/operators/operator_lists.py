"""The lists of operators of a host's relay: one in the folder of each stage, and all alike.

Whatever is done is done to each list by itself, so that one that was left behind is mended by the
next change of the same operator.
"""

import secrets
from collections.abc import Callable
from pathlib import Path

import msgspec

from runtime.operators import OperatorKey, read_operators, write_operators
from runtime.settings import SettingsFault
from sekisho.site import Program, nodes_in
from wire.ids import ENTROPY_BYTES, OPERATOR, mint_id
from wire.reasons import Reason, Refused


def stages_in(site: Path) -> list[Path]:
    """Return the folders of the relay's stages, or raise `SettingsFault` if there are none."""
    found = [site / node.folder for node in nodes_in(site) if node.program is not Program.ZONE]
    if not found:
        raise SettingsFault(f"{site} holds no stage of the relay: operators belong to the relay")
    return found


def entries_in(site: Path) -> list[OperatorKey]:
    """Return every entry that a stage of `site` has."""
    return sorted({each for folder in stages_in(site) for each in read_operators(folder).entries})


def find(site: Path, wanted: str, *, now: int) -> OperatorKey:
    """Return the valid entry of the operator with this id or name.  Raises `Refused`."""
    valid = [each for each in entries_in(site) if each.is_valid(now)]
    found = [each for each in valid if wanted in (each.id, each.name)]
    if len({each.id for each in found}) > 1:
        raise Refused(Reason.CONFLICT, f"several operators are called {wanted}: say the id")
    if not found:
        raise Refused(Reason.NOT_FOUND, f"no operator {wanted}: see `sekisho operator list`")
    return found[-1]


def new_id(*, now: int) -> str:
    """Return an id for somebody who becomes an operator."""
    return mint_id(OPERATOR, now=now, entropy=secrets.token_bytes(ENTROPY_BYTES))


def add(site: Path, entry: OperatorKey) -> None:
    """Have every stage know `entry`."""
    _change(site, lambda entries: [*entries, entry])


def end(site: Path, operator: str, *, now: int) -> None:
    """Have `operator` decide nothing more from now on."""
    _change(site, lambda entries: [_ended(each, operator, now) for each in entries])


def rotate(site: Path, operator: OperatorKey, public: str, *, now: int) -> None:
    """Give `operator` another key; what the old one has signed counts no more."""
    new = msgspec.structs.replace(operator, key=public, since=now, until=None)
    _change(site, lambda entries: [*(_ended(each, operator.id, now) for each in entries), new])


def _change(site: Path, change: Callable[[list[OperatorKey]], list[OperatorKey]]) -> None:
    changed = [(folder, change(list(read_operators(folder).entries))) for folder in stages_in(site)]
    for folder, entries in changed:
        write_operators(folder, entries)


def _ended(entry: OperatorKey, operator: str, now: int) -> OperatorKey:
    if entry.id != operator or not (entry.until is None or now < entry.until):
        return entry
    return msgspec.structs.replace(entry, until=max(now, entry.since))
