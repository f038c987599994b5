"""The settings of a zone's daemon: `zone.toml` in the node's folder."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from wire.lane import Zone

Size = Annotated[int, Meta(ge=1)]


class RequestLimits(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How much frontends may ask for.  The defaults stand in `config/zone.toml`."""

    # Size of one uploaded file.  A 12-megapixel phone photo has 3 to 6 MiB.
    file_bytes: Annotated[int, Meta(ge=1, le=100 * 1024 * 1024)] = 20 * 1024 * 1024
    # Size of all files a zone keeps, so that uploads cannot fill the disk.
    blob_bytes: Size = 100 * 1024 * 1024 * 1024
    # Size of all thumbnails; the oldest are deleted first, and made again when requested.
    thumbnail_bytes: Size = 1024 * 1024 * 1024
    # Unfinished uploads in pieces (tus) that one user may have.
    user_uploads: Size = 20
    # Hours for which authors may withdraw a message; 0 is for ever.  Moderators always may.
    withdraw_hours: Annotated[int, Meta(ge=0, le=87_600)] = 24
    # Requests a second that one frontend may make.
    frontend_rate: Size = 2_000
    # How many of those it may save up.
    frontend_burst: Size = 4_000
    # Open event streams of one frontend.
    frontend_streams: Size = 4_096
    # Requests a second that a frontend may make on behalf of one person.
    person_rate: Size = 200
    # How many of those may be saved up for them.
    person_burst: Size = 2_000
    # Open event streams of one person in one frontend.
    person_streams: Size = 64
    # Events in the log that streams resume from; an older cursor answers `cursor-gone`.
    log_entries: Size = 1_000_000
    # Unacknowledged events in the outbox; beyond it, posting to shared rooms answers 503.
    outbox_events: Size = 1_000_000


class LaneSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the relay listens: `unix:PATH` or `tls:HOST:PORT`, and who it runs as."""

    # Where this zone sends to: the transform stage of the lane that leads out of it.
    leaving: str
    # Where this zone receives from: the verify stage of the lane that leads here.
    arriving: str
    # Unix users that the relay may run as, on Unix sockets; empty means the daemon's own.
    uids: list[int] = []


class SocketSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where frontends find this zone, and which Unix users may open the socket.

    Whoever opens it is asked who they are before a byte of theirs is read: permissions are a
    wall before that one.  Systemd may hand over the socket instead (`LISTEN_FDS`).
    """

    # Path of the frontends' socket; a relative one is under the node's folder.
    api: Annotated[str, Meta(min_length=1, max_length=107)] = "run/api.sock"
    # Its permissions, in octal: 600 for the daemon's own user, 660 for a group, 666 for anybody.
    mode: Literal["600", "660", "666"] = "660"
    # Unix group that may open it, by name or number; empty means the daemon's own.
    group: str = ""


class AuditLogSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How this zone follows the audit log of the lane that leads here."""

    # Seconds within which the log must hold the record of what was released; else it is taken
    # out of sight until it does.  A relay that runs publishes its log every second.
    confirm_s: Annotated[int, Meta(ge=1, le=86_400)] = 600


class ApprovalSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who gives the word that the relay asks for before it lets something out (上長承認).

    Whether it asks is in the policy of the lane.  Nobody approves what they send themselves.
    """

    # Titles of those who approve: of the author's section, else of the one above it.
    titles: tuple[Annotated[str, Meta(min_length=1, max_length=100)], ...] = ("課長", "部長")
    # Whoever has this duty approves where no superior is left, for the whole municipality.
    duty: Annotated[str, Meta(pattern="^([a-z0-9][a-z0-9_-]{0,39})?$")] = "approver"
    # Ids of people, `us_…`: where some are named, these approve and nobody else.
    people: tuple[Annotated[str, Meta(min_length=29, max_length=29)], ...] = ()
    # Hours after which those who have not decided are reminded.
    remind_hours: Annotated[int, Meta(ge=1, le=8_784)] = 4
    # Hours after which the next above is asked as well; every so many hours once more.
    escalate_hours: Annotated[int, Meta(ge=1, le=8_784)] = 24


class ZoneSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that configures a zone's daemon."""

    # Name of the municipality's installation: the same on all its nodes.
    site: Annotated[str, Meta(min_length=1, max_length=100)]
    zone: Zone
    # Id of the municipality, `tn_…`: the same in both zones.
    tenant: Annotated[str, Meta(min_length=29, max_length=29)]
    lane: LaneSettings
    # Seconds by which a time may be ahead of this node's clock.  Beyond it an event is refused.
    clock_tolerance_s: Annotated[int, Meta(ge=1, le=3600)] = 300
    # Seconds between two comparisons of both copies of the conversation; 0 is only when asked.
    reconcile_s: Annotated[int, Meta(ge=0, le=604_800)] = 3_600
    sockets: SocketSettings = SocketSettings()
    log: AuditLogSettings = AuditLogSettings()
    limits: RequestLimits = RequestLimits()
    approvals: ApprovalSettings = ApprovalSettings()
