"""What the demo promises, and whether each promise held.  The exit code follows from here."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Check:
    """One promise, and what was found."""

    promise: str
    held: bool
    found: str = ""


@dataclass(slots=True)
class Checks:
    """All promises looked at so far."""

    done: list[Check] = field(default_factory=list)
    _shown: int = 0

    def add(self, promise: str, held: bool, found: str = "") -> None:
        """Note whether a promise held."""
        self.done.append(Check(promise, held, found))

    def news(self) -> list[Check]:
        """Return the promises that were looked at since this was last asked."""
        fresh, self._shown = self.done[self._shown :], len(self.done)
        return fresh

    @property
    def all_held(self) -> bool:
        """Whether something was looked at and nothing was broken."""
        return bool(self.done) and all(check.held for check in self.done)
