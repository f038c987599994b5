"""A running transform stage between its neighbours."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.relay.transform.near import Near
from tests.relay.transform.site import POLICY, Node, make_node, now, running
from tests.relay.transform.verify import Verify


@dataclass(frozen=True)
class World:
    """A running stage between its neighbours."""

    node: Node
    near: Near
    verify: Verify


@asynccontextmanager
async def world(
    folder: Path,
    policy: str = POLICY,
    clock: Callable[[], int] = now,
    profile: str = "",
    **settings: object,
) -> AsyncIterator[World]:
    node = make_node(folder, policy, profile, **settings)
    verify, near = Verify(node), Near(node)
    async with verify.listening(), running(node, clock), near.connected():
        yield World(node, near, verify)


def arriving(world: World) -> list[str]:
    """Return what lies in the folder of files as they came in."""
    return [path.name for path in (world.node.folder / "arriving").iterdir()]
