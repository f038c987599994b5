"""How many people must agree before something held goes on: this stage's own reading of policy."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from runtime.settings import SettingsFault

# Two operators are a town hall's four eyes; of approvers no policy asks for more than these.
MAX_OPERATORS, MAX_APPROVERS = 2, 4
_ACTIONS = ("pass", "approve")


@dataclass(frozen=True, slots=True)
class Quorum:
    """So many operators, or so many approvers; 0 approvers: however many, they do not suffice."""

    operators: int = 1
    approvers: int = 1
    # Whether each file waits for somebody's yes.
    is_for_files: bool = False

    def is_met(self, *, operators: int, approvers: int) -> bool:
        """Return whether so many different people are enough."""
        return operators >= self.operators or 0 < self.approvers <= approvers


def read_quorum(text: str, path: Path) -> Quorum:
    """Return what `[holds]` and `[files]` of a policy ask for; `path` is where it lies.

    Raises `SettingsFault`.
    """
    try:
        policy = tomllib.loads(text)
    except tomllib.TOMLDecodeError as trouble:
        raise SettingsFault(f"{path}: {trouble}") from None
    holds, files = policy.get("holds", {}), policy.get("files", {})
    if not isinstance(holds, dict) or not isinstance(files, dict):
        raise SettingsFault(f"{path}: holds, files: expected tables")
    if (action := files.get("action", "pass")) not in _ACTIONS:
        raise SettingsFault(f"{path}: files.action: {action!r} is none of {', '.join(_ACTIONS)}")
    plain = Quorum()
    return Quorum(
        _number(path, holds, "operators", plain.operators, 1, MAX_OPERATORS),
        _number(path, holds, "approvers", plain.approvers, 0, MAX_APPROVERS),
        action == "approve",
    )


def _number(
    path: Path, holds: dict[str, object], name: str, plain: int, low: int, high: int
) -> int:
    value = holds.get(name, plain)
    if type(value) is not int or not low <= value <= high:
        raise SettingsFault(f"{path}: holds.{name}: expected a number from {low} to {high}")
    return value
