"""The settings of a transform stage: `transform.toml` in the node's folder."""

import os
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from runtime.links import UnixEndpoint
from runtime.settings import SettingsFault, read_settings
from wire.lane import Lane

FILE = "transform.toml"


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


def verify_endpoint(folder: Path) -> UnixEndpoint:
    """Return where the settings in `folder` say that the verify stage listens.

    For whoever dials it for us: the stage itself may not.  Raises `SettingsFault`.
    """
    settings = read_settings(folder / FILE, TransformSettings)
    scheme, _, path = settings.stage.partition(":")
    if scheme != "unix" or not path:
        raise SettingsFault(f"stage: {settings.stage!r} is not unix:PATH")
    return UnixEndpoint(Path(os.path.normpath(folder / path)), frozenset(settings.stage_uids))
