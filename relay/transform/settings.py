"""The settings of a transform stage: `transform.toml` in the node's folder."""

import os
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from runtime.links import UnixEndpoint
from runtime.settings import SettingsFault, read_settings
from wire.lane import Lane

FILE = "transform.toml"


class TransformReceipts(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When the near zone is told what became of what it sent.

    At once, or at a pace: then as many records come at each tick, whether or not anything has
    happened, so that neither their time nor their number says anything.
    """

    # Milliseconds between two ticks.  0 is at once, -1 is 1000 between hosts (TLS) and 0 on one.
    pace_ms: Annotated[int, Meta(ge=-1, le=5000)] = -1


PACE_MS = 1_000


class TransformSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that configures a transform stage, except what may cross.

    `policy.toml` says what may cross, and `profile.toml` what becomes of files.
    """

    # Name of the municipality's installation: the same on all its nodes.
    site: Annotated[str, Meta(min_length=1, max_length=100)]
    lane: Lane
    # Address at which the near zone finds this stage: `unix:PATH` or `tls:HOST:PORT`.
    link: str
    # Unix users that the near zone may run as, on a Unix socket; empty means this stage's own.
    link_uids: list[int] = []
    # Unix group that may open that socket: one in which the near zone's user is; empty means none.
    link_group: str = ""
    # Where the verify stage listens, if it is started by itself: a Unix socket on the same host.
    # `sekisho relay` without `--stage` starts both, and links them without any path.
    stage: str = "unix:../verify/run/stage.sock"
    # Unix users that the verify stage may run as; empty means this stage's own.
    stage_uids: list[int] = []
    # Seconds by which a time may be ahead of this node's clock.  Beyond it an event is refused.
    clock_tolerance_s: Annotated[int, Meta(ge=1, le=3600)] = 300
    # Transfers that the verify stage has not settled.  Beyond it the near zone has to wait;
    # 100,000 messages are about 100 MB of store.
    max_waiting: Annotated[int, Meta(ge=1)] = 100_000
    # Bytes of files that came in and wait to be sanitised.
    max_arriving_bytes: Annotated[int, Meta(ge=1)] = 4 * 1024 * 1024 * 1024
    # Files sanitised at the same time.  Each takes up to a core and 1.5 GiB of memory.
    cleaners: Annotated[int, Meta(ge=1, le=64)] = 2
    receipts: TransformReceipts = TransformReceipts()

    @property
    def pace_ms(self) -> int:
        """How many milliseconds are between two ticks; 0 if the near zone is told at once."""
        if self.receipts.pace_ms >= 0:
            return self.receipts.pace_ms
        return PACE_MS if self.link.startswith("tls:") else 0


def verify_endpoint(folder: Path) -> UnixEndpoint:
    """Return where the settings in `folder` say that the verify stage listens.

    For whoever dials it for us: the stage itself may not.  Raises `SettingsFault`.
    """
    settings = read_settings(folder / FILE, TransformSettings)
    scheme, _, path = settings.stage.partition(":")
    if scheme != "unix" or not path:
        raise SettingsFault(f"stage: {settings.stage!r} is not unix:PATH")
    return UnixEndpoint(Path(os.path.normpath(folder / path)), frozenset(settings.stage_uids))
