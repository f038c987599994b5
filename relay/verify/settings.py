"""The settings of a verify stage: `verify.toml` in the node's folder."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from runtime.links import UnixEndpoint
from runtime.settings import read_settings
from sanitizer.check.check import MEDIA
from wire.bodies import KINDS, KINDS_TO_RELAY
from wire.fields import MAX_FILE_BYTES
from wire.lane import Lane

FILE = "verify.toml"


class VerifyReceipts(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the near zone is told of the far one, which by it could speak to the other network.

    At once, it hears when each event was taken in.  At looks it hears twice a bit in each, and an
    event counts as delivered once it is released and on record, whatever the far zone does then.
    """

    # Seconds between two looks.  0 is at once, -1 is 120 between hosts (TLS) and 0 on one host.
    look_s: Annotated[int, Meta(ge=-1, le=86400)] = -1


LOOK_S = 120


class VerifySettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that configures a verify stage.

    The policy says what may cross; `kinds`, `media` and `private_use` narrow it here once
    more, whatever the transform stage made of the policy.
    """

    # Name of the municipality's installation: the same on all its nodes.
    site: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\s+]+$")]
    lane: Lane
    # Address at which the far zone finds this stage: `unix:PATH` or `tls:HOST:PORT`.
    link: str
    # Unix users that the far zone may run as, on a Unix socket; empty means this stage's own.
    link_uids: list[int] = []
    # Unix group that may open that socket: one in which the far zone's user is; empty means none.
    link_group: str = ""
    # Unix users that the transform stage may run as, if this stage is started by itself; empty
    # means this stage's own.
    stage_uids: list[int] = []
    # Kinds of events that may cross this lane at all.
    kinds: tuple[str, ...] = tuple(sorted(KINDS - KINDS_TO_RELAY))
    # Media types of files that may cross this lane at all.
    media: tuple[str, ...] = tuple(sorted(MEDIA))
    # Size of a rebuilt file; 100 MiB is the hard limit.
    max_file_bytes: Annotated[int, Meta(ge=1, le=MAX_FILE_BYTES)] = MAX_FILE_BYTES
    # Whether text may hold 外字 (private use), which have a meaning on one site only.
    private_use: bool = True
    # Records by which a witness may lag behind the audit log: beyond it `audit verify` fails.
    witness_lag_records: Annotated[int, Meta(ge=1)] = 10_000
    # Hours since a witness signed, while there is a record that it has not: beyond it likewise.
    witness_lag_hours: Annotated[int, Meta(ge=1, le=8760)] = 24
    # Seconds by which a time may be ahead of this node's clock.  Beyond it an event is refused.
    clock_tolerance_s: Annotated[int, Meta(ge=1, le=3600)] = 300
    # Events sealed for a far zone that does not fetch them: 1,000,000 are about 1 GB of store.
    max_waiting: Annotated[int, Meta(ge=1)] = 1_000_000
    # Bytes of files released for a far zone that does not fetch them.
    max_waiting_bytes: Annotated[int, Meta(ge=1)] = 10 * 1024 * 1024 * 1024
    receipts: VerifyReceipts = VerifyReceipts()

    @property
    def look_s(self) -> int:
        """How many seconds are between two looks at the far zone; 0 if all is told at once."""
        if self.receipts.look_s >= 0:
            return self.receipts.look_s
        return LOOK_S if self.link.startswith("tls:") else 0


def stage_endpoint(folder: Path) -> UnixEndpoint:
    """Return where the verify stage in `folder` waits for the transform stage, started by itself.

    Raises `SettingsFault`.
    """
    settings = read_settings(folder / FILE, VerifySettings)
    return UnixEndpoint(folder / "run" / "stage.sock", frozenset(settings.stage_uids))
