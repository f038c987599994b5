"""The site's layout: which nodes there are, where their folders lie, which keys each holds.

Names only: what makes the folders is `sekisho.setup`.
"""

import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

from relay.rule_files import rules_folder
from runtime.settings import SettingsFault
from wire.keys import KeyRole
from wire.lane import Lane, Zone


class Host(StrEnum):
    """Which machine this is: one for everything, or one of three."""

    ONE = "one"
    INTERNET = "internet"
    RELAY = "relay"
    LGWAN = "lgwan"


class Program(StrEnum):
    """What runs in a node's folder.  Its settings are in `PROGRAM.toml`, its store in `.db`."""

    ZONE = "zone"
    TRANSFORM = "transform"
    VERIFY = "verify"


@dataclass(frozen=True, slots=True)
class Node:
    """One daemon of the site."""

    name: str
    host: Host
    program: Program
    folder: Path  # under the site's folder
    roles: tuple[KeyRole, ...]
    folders: tuple[str, ...]
    sockets: tuple[str, ...]
    lane: Lane | None = None  # of the relay's nodes
    zone: Zone | None = None  # of the zones'

    @property
    def settings(self) -> Path:
        return self.folder / f"{self.program}.toml"

    @property
    def store(self) -> Path:
        return self.folder / f"{self.program}.db"

    @property
    def admin_socket(self) -> Path:
        return self.folder / "run" / "admin.sock"


def _zone(zone: Zone) -> Node:
    return Node(
        name=zone,
        host=Host(zone.value),
        program=Program.ZONE,
        folder=Path(zone),
        roles=(
            KeyRole(f"{zone}-source"),
            KeyRole(f"{zone}-consent"),
            KeyRole(f"witness-{zone}"),
            KeyRole(f"tls-{zone}"),
        ),
        folders=("blobs", "keys", "run", "search"),
        sockets=("api.sock", "admin.sock"),
        zone=zone,
    )


def _stage(lane: Lane, program: Program) -> Node:
    is_transform = program is Program.TRANSFORM
    names = ["receipt"] if is_transform else ["release", "audit"]
    return Node(
        name=f"{lane}-{program}",
        host=Host.RELAY,
        program=program,
        folder=Path("relay") / lane / program,
        roles=(*(KeyRole(f"{lane}-{name}") for name in names), KeyRole(f"tls-{lane}-{program}")),
        folders=("arriving", "cleaned", "keys", "run", "trusted")
        if is_transform
        else ("expected", "keys", "log", "run", "trusted"),
        sockets=("link.sock", "admin.sock")
        if is_transform
        else ("link.sock", "stage.sock", "admin.sock", "names.sock"),
        lane=lane,
    )


NODES: tuple[Node, ...] = (
    _zone(Zone.INTERNET),
    *(_stage(lane, program) for lane in Lane for program in (Program.TRANSFORM, Program.VERIFY)),
    _zone(Zone.LGWAN),
)


def nodes_of(host: Host) -> tuple[Node, ...]:
    """Return the nodes that run on `host`."""
    return tuple(node for node in NODES if host in (Host.ONE, node.host))


def nodes_in(site: Path) -> tuple[Node, ...]:
    """Return the nodes whose folders are in `site`, or raise `SettingsFault` if none is."""
    found = tuple(node for node in NODES if (site / node.folder).is_dir())
    if not found:
        raise SettingsFault(f"{site} holds no node: run `sekisho init {site}` or name another")
    return found


def zone_node(zone: str) -> Node:
    """Return the node of a zone."""
    return next(node for node in NODES if node.zone == zone)


def api_socket(site: Path, zone: str) -> Path:
    """Return the socket that frontends of a zone use, as its settings say."""
    folder, settings = site / zone_node(zone).folder, site / zone_node(zone).settings
    try:
        said = tomllib.loads(settings.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        said = {}
    return folder / str(said.get("sockets", {}).get("api", "run/api.sock"))


def stage_node(lane: str, program: Program) -> Node:
    """Return the node of one stage of a lane."""
    return next(node for node in NODES if node.lane == lane and node.program is program)


def statutes_of(lane: Lane) -> Path:
    """Return where policy and profile of `lane` lie, under the site's folder."""
    return rules_folder(Path("relay") / lane / Program.TRANSFORM)


def lanes_in(site: Path) -> Iterator[Lane]:
    """Yield the lanes whose relay is in `site`."""
    yield from (lane for lane in Lane if (site / "relay" / lane).is_dir())


# What a lane goes by.  `sekisho init` copies both from config.
STATUTES: tuple[Literal["policy"], Literal["profile"]] = ("policy", "profile")


def delivered_statute(which: Literal["policy", "profile"], lane: Lane) -> str:
    """Return the one that a new site begins with, or raise `SettingsFault`."""
    import sysconfig  # which takes time, and every command is one of a site

    # In the source tree, and where an installed wheel keeps its data.
    data = sysconfig.get_path("data", vars={"base": sys.prefix})
    places = Path(__file__).parents[1] / "config", Path(data) / "share" / "sekisho"
    for place in places:
        path = place / which / f"{lane}.toml"
        if path.exists():
            return path.read_text(encoding="utf-8")
    missing = places[0] / which / f"{lane}.toml"
    raise SettingsFault(f"no {which} to begin with: {missing} is missing")
