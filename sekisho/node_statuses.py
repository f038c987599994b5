"""Asking the nodes of a host how they are, and making rows of what they say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sekisho.local_socket import ask_line, ask_node
from sekisho.site import Node, Program, nodes_in
from wire.reasons import Reason, Refused, Unavailable

COLUMNS: Final = ("node", "state", "lane", "connected", "high", "waiting", "trouble")
Row = tuple[object, ...]
MAX_BEHIND: Final = 10_000  # what an index takes in within seconds of a flood's end

DRIFT_MS: Final = 2_000  # from here on two clocks are worth a word

# Reasons for which a zone ends every session until an operator looks.
_FATAL: Final = frozenset({Reason.ROLLBACK, Reason.FORK, Reason.AUDIT_INCONSISTENT})


@dataclass(frozen=True, slots=True)
class NodeStatus:
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
        """Yield rows for people, as `COLUMNS`: one for each lane of a zone, one for a stage."""
        said = self.answer
        if said is None:
            yield (self.node.name, "stopped", self.node.lane, None, None, None, None)
            return
        match self.node.program:
            case Program.ZONE:
                known = search_trouble(said) or _refused(said) or _differing(said)
                for lane, each in said["lanes"].items():
                    waiting = said["outbox"] if each["direction"] == "leaving" else None
                    links = "relay" if each["connected"] else "-"
                    offset = each.get("clock_offset_ms") or 0
                    drift = clock_trouble(offset) if abs(offset) >= DRIFT_MS else None
                    trouble = each["trouble"] or drift or known
                    yield self._row(lane, each, links, each["high"], waiting, trouble)
            case Program.TRANSFORM:
                ends = [end for end in ("near", "verify") if said[f"{end}_connected"]]
                held = f"{said['holds']} held" if said["holds"] else said["verify_trouble"]
                trouble = "the disk is full" if said["disk_full"] else held
                links = " ".join(ends) or "-"
                yield self._row(said["lane"], said, links, said["high"], said["waiting"], trouble)
            case Program.VERIFY:
                refused = said.get("refused_consents", 0)
                unsigned = f"{refused} consents of transform refused" if refused else None
                trouble = unsigned if said["log_is_writable"] else "the audit log cannot be written"
                if stopped := said["far_stopped"]:
                    trouble = f"nothing is handed out: {stopped}"
                yield self._row(said["lane"], said, None, said["sealed"], said["depth"], trouble)

    def _row(
        self,
        lane: str,
        said: dict[str, Any],
        links: str | None,
        high: int,
        waiting: int | None,
        trouble: str | None,
    ) -> Row:
        halted = said["halted"]
        state = "halted" if halted else "running"
        return (self.node.name, state, lane, links, high, waiting, halted or trouble)


def _refused(said: dict[str, Any]) -> str | None:
    """Say how much of the other zone's events this one has not applied, if any."""
    count = said.get("quarantine", 0)
    return f"{count} in quarantine" if count else None


def clock_trouble(offset_ms: int) -> str:
    """Say by how much the relay's clock differs from a zone's."""
    which = "ahead of" if offset_ms > 0 else "behind"
    return f"the relay's clock is {abs(offset_ms) / 1000:.1f} s {which} this zone's"


def _differing(said: dict[str, Any]) -> str | None:
    """Say in how much this zone's copy and the other's differ, if they do."""
    count = said.get("copy", {}).get("differences", 0)
    return f"the copies differ in {count}" if count else None


def readings(site: Path) -> list[NodeStatus]:
    """Ask every node in `site`."""
    return [NodeStatus(node, read(site, node)) for node in nodes_in(site)]


def read(site: Path, node: Node) -> dict[str, Any] | None:
    """Return what a node says of itself, or None if it does not answer."""
    path = site / node.admin_socket
    try:
        if node.program is Program.VERIFY:
            answer = ask_line(path)
        else:
            answer = ask_node(path, "GET", "/v1/status")
    except (Refused, Unavailable):
        return None
    return answer if isinstance(answer, dict) else None


def search_trouble(status: Mapping[str, Any]) -> str | None:
    """Return how far the search of a zone is from knowing everything, or None if it is near."""
    search = status["search"]
    if search["trouble"] is not None:
        return f"no search: {search['trouble']}"
    if not search["complete"]:
        return "the search index is being made"
    if search["behind"] > MAX_BEHIND:
        return f"the search index is {search['behind']} events behind"
    return None


def halts_of(status: Mapping[str, Any]) -> list[str]:
    """Return the reasons for which a node has stopped a lane, by what it says of itself."""
    parts = list(status["lanes"].values()) if "lanes" in status else [status]
    fatal = [part["reason"] for part in parts if part.get("reason") in _FATAL]
    halted = [part["halted"] or part.get("far_stopped") for part in parts]
    return [str(reason) for reason in halted if reason] or fatal
