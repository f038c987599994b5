"""The addresses at which the nodes of a site meet: who listens, who dials.

The relay listens and the zones dial, so a zone needs no open port.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sekisho.site import Program, stage_node
from wire.lane import Lane, Zone

FIRST_PORT: Final = 4001

# One of the relay's nodes: of which lane, and which program.
Stage = tuple[Lane, Program]

# The order of the relay's ports, from the first on.
_PORTS: Final[tuple[Stage, ...]] = (
    (Lane.IMPORT, Program.TRANSFORM),
    (Lane.IMPORT, Program.VERIFY),
    (Lane.EXPORT, Program.TRANSFORM),
    (Lane.EXPORT, Program.VERIFY),
)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where links meet.  Without TLS they are Unix sockets on one host.

    `listen` says for each zone at which of the relay's own addresses it is
    waited for, `dial` at which address the zones find the relay.
    """

    tls: bool = False
    listen: tuple[tuple[Zone, str], ...] = ()
    dial: str = "127.0.0.1"
    first_port: int = FIRST_PORT

    def of_listener(self, stage: Stage) -> str:
        """Return the setting `link` of one of the relay's nodes."""
        if not self.tls:
            return "unix:run/link.sock"
        host = dict(self.listen).get(zone_at(stage), "127.0.0.1")
        return f"tls:{_bracketed(host)}:{self._port(stage)}"

    def of_dialler(self, stage: Stage) -> str:
        """Return the setting by which a zone finds `stage`."""
        if not self.tls:
            # Every zone's folder is directly in that of the site.
            return f"unix:{Path('..') / stage_node(*stage).folder / 'run' / 'link.sock'}"
        return f"tls:{_bracketed(self.dial)}:{self._port(stage)}"

    def _port(self, stage: Stage) -> int:
        return self.first_port + _PORTS.index(stage)


def zone_at(stage: Stage) -> Zone:
    """Return which zone dials one of the relay's nodes."""
    lane, program = stage
    return lane.source if program is Program.TRANSFORM else lane.target


def stages_of(zone: Zone) -> tuple[Stage, Stage]:
    """Return the relay's nodes that a zone dials: where it sends, and where it receives."""
    leaving = Lane.leaving(zone)
    arriving = next(lane for lane in Lane if lane is not leaving)
    return (leaving, Program.TRANSFORM), (arriving, Program.VERIFY)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
