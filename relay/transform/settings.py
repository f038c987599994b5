"""The settings of a transform stage: `transform.toml` in the node's folder."""

from typing import Annotated

from msgspec import Meta, Struct

from wire.lane import Lane


class TransformSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything a transform stage is told, but for what may cross.

    That is in `policy.toml`, and what becomes of files in `profile.toml`.
    """

    # Name of the municipality's installation: the same on all its nodes.
    site: Annotated[str, Meta(min_length=1, max_length=100)]
    lane: Lane
    # Where the near zone finds us: `unix:PATH` or `tls:HOST:PORT`.
    link: str
    # Users that the near zone may run as, on a Unix socket; empty means our own.
    link_uids: list[int] = []
    # Where the verify stage listens: a Unix socket, since both stages are on one host.
    stage: str = "unix:../verify/run/stage.sock"
    # Users that the verify stage may run as; empty means our own.
    stage_uids: list[int] = []
    # Items that the verify stage has not settled.  Beyond it the near zone is told to wait;
    # 100,000 messages are about 100 MB of store.
    max_waiting: Annotated[int, Meta(ge=1)] = 100_000
    # Bytes of files as they came in, waiting to be cleaned.
    max_arriving_bytes: Annotated[int, Meta(ge=1)] = 4 * 1024 * 1024 * 1024
    # Files cleaned at the same time.  Each takes up to a core and 1.5 GiB of memory.
    cleaners: Annotated[int, Meta(ge=1, le=64)] = 2
