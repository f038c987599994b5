"""Who looked when, in plain words: the reference that reading is held to."""

from dataclasses import dataclass, field

from wire.lane import Zone


@dataclass(frozen=True)
class Look:
    """Somebody looked: what they saw, and what the relay had denied them for good."""

    zone: Zone
    user: str
    at: int
    saw: frozenset[str]
    denied: frozenset[str]
    number: int  # clocks are set back: which came first is not what they say


@dataclass
class Seen:
    """What one zone knows, in plain words."""

    came: list[tuple[str, bool]] = field(default_factory=list)  # message, readable: in order
    looks: list[Look] = field(default_factory=list)
    withdrawn: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    verdicts: dict[str, str] = field(default_factory=dict)  # on what was said here

    def readable(self) -> set[str]:
        return {name for name, is_readable in self.came if is_readable}
