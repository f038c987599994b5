"""Asking the nodes of a host how they are, and making rows of what they say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sekisho.local_socket import ask
from sekisho.site import Node, nodes_in
from wire.reasons import Refused, Unavailable

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A node, and what it said of itself; None if it did not answer."""

    node: Node
    answer: dict[str, Any] | None

    @property
    def is_well(self) -> bool:
        """Whether it answers and no lane of it has halted."""
        return self.answer is not None and not halts_of(self.answer)

    def as_json(self) -> dict[str, Any]:
        """Return all of it."""
        return {"running": self.answer is not None, "well": self.is_well, "status": self.answer}

    def rows(self) -> Iterator[Row]:
        """Yield rows for people: one for each lane of a zone, one for a stage of the relay.

        Columns: node, state, lane, connected, high, waiting, trouble.
        """
        if self.answer is None:
            yield (self.node.name, "stopped", self.node.lane, None, None, None, None)
            return
        lanes = self.answer.get("lanes")
        if isinstance(lanes, dict):
            for lane, each in lanes.items():
                waiting = self.answer["outbox"] if each["direction"] == "leaving" else None
                yield self._row(f"{lane} ({each['direction']})", each, waiting)
        else:
            yield self._row(str(self.node.lane), self.answer, self.answer.get("waiting"))

    def _row(self, lane: str, said: dict[str, Any], waiting: object) -> Row:
        state = "halted" if said.get("halted") else "running"
        connected = "yes" if said.get("connected") else "no"
        trouble = said.get("halted") or said.get("trouble")
        return (self.node.name, state, lane, connected, said.get("high"), waiting, trouble)


def readings(site: Path) -> list[Reading]:
    """Ask every node in `site`."""
    return [Reading(node, read(site / node.admin_socket)) for node in nodes_in(site)]


def halts_of(status: Mapping[str, Any]) -> list[str]:
    """Return the reasons for which a node has stopped a lane, by what it says of itself."""
    lanes = status.get("lanes")
    parts = list(lanes.values()) if isinstance(lanes, dict) else [status]
    found = [part.get("halted") or part.get("reason") for part in parts]
    return [str(reason) for reason in found if reason]


def read(admin_socket: Path) -> dict[str, Any] | None:
    """Return what a node says of itself, or None if it does not answer."""
    try:
        answer = ask(admin_socket, "GET", "/v1/status")
    except (Refused, Unavailable):
        return None
    return answer if isinstance(answer, dict) else None
