"""The two zones, the two lanes between them, and who speaks on a link."""

from dataclasses import dataclass
from enum import StrEnum


class Zone(StrEnum):
    """A network on which people work."""

    LGWAN = "lgwan"
    INTERNET = "internet"


class Lane(StrEnum):
    """A direction of travel, named as LGWAN sees it."""

    IMPORT = "import"
    EXPORT = "export"

    @property
    def source(self) -> Zone:
        """The zone that speaks on this lane."""
        return Zone.INTERNET if self is Lane.IMPORT else Zone.LGWAN

    @property
    def target(self) -> Zone:
        """The zone that listens on this lane."""
        return Zone.LGWAN if self is Lane.IMPORT else Zone.INTERNET

    @classmethod
    def leaving(cls, zone: Zone) -> "Lane":
        """Return the lane that leads out of `zone`."""
        return cls.IMPORT if zone is Zone.INTERNET else cls.EXPORT


class Hop(StrEnum):
    """Which of the two stretches of a lane: to the relay, or from it."""

    SOURCE = "source"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Link:
    """What every envelope on one connection must say of itself."""

    site: str
    lane: Lane
    hop: Hop

    @property
    def sender(self) -> str:
        """The role whose key seals here: a zone's own, or the relay's of this lane."""
        if self.hop is Hop.SOURCE:
            return f"{self.lane.source}-source"
        return f"{self.lane}-release"


def log_origin(site: str, lane: Lane) -> str:
    """Return the name under which a lane's audit log signs its checkpoints."""
    return f"sekisho/{site}/{lane}"
