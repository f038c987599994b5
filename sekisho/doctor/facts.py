"""What the checks look at: each node's settings, keyring and status, read once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from runtime.node import MAX_KEYRING_BYTES
from runtime.settings import SettingsFault, read_settings
from sekisho import node_statuses
from sekisho.programs import settings_type
from sekisho.site import Node, nodes_in
from wire.keyring import KeyEntry, Keyring
from wire.reasons import Refused


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """One node.  Where something could not be read, what stands there is the reason."""

    node: Node
    folder: Path
    settings: Any  # the program's own type, or `SettingsFault`
    keyring: Keyring | Refused | str
    status: dict[str, Any] | None  # None: the node does not answer

    @property
    def is_running(self) -> bool:
        return self.status is not None

    def setting(self, name: str) -> Any:
        """Return a setting, or None where the settings cannot be read."""
        return getattr(self.settings, name, None)


def tolerance_ms(facts: NodeFacts) -> int:
    """Return by how much a clock may be ahead of a node's, in milliseconds."""
    return int(facts.setting("clock_tolerance_s") or 300) * 1000


def gather(site: Path) -> list[NodeFacts]:
    """Return the facts of the nodes in `site`."""
    return [
        NodeFacts(
            node,
            site / node.folder,
            _settings(site, node),
            _keyring(site / node.folder / "keyring.json"),
            node_statuses.read(site, node),
        )
        for node in nodes_in(site)
    ]


def _settings(site: Path, node: Node) -> Any:
    try:
        return read_settings(site / node.settings, settings_type(node.program))
    except SettingsFault as fault:
        return fault


def _keyring(path: Path) -> Keyring | Refused | str:
    try:
        with path.open("rb") as file:
            untrusted = file.read(MAX_KEYRING_BYTES)
        return Keyring(msgspec.json.decode(untrusted, type=list[KeyEntry]))
    except Refused as refusal:
        return refusal
    except (OSError, msgspec.DecodeError) as trouble:
        return str(trouble)
