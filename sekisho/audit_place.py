"""Which audit log is meant, and whose signatures on it count.

A lane of a site on this host: the keys are those of its keyring.  Or any folder with a
log, as an auditor has it, and the keys as words (C2SP vkey).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runtime.node import read_keyring
from runtime.settings import read_settings
from sekisho.programs import settings_type
from sekisho.site import Program, lanes_in, nodes_in, stage_node
from wire.audit.note import SignatureType, Verifier, decode_vkey
from wire.keys import KeyRole
from wire.lane import Lane, Zone, log_origin


@dataclass(frozen=True, slots=True)
class AuditLog:
    """A published log and the keys to verify it by."""

    folder: Path
    log: Verifier
    witnesses: tuple[Verifier, ...]


def of_folder(folder: Path, vkey: str, witness_vkeys: Sequence[str]) -> AuditLog:
    """Return the log in `folder`, to be verified by these keys and no others."""
    return AuditLog(folder, decode_vkey(vkey), tuple(map(decode_vkey, witness_vkeys)))


def of_lane(site: Path, lane: Lane, *, now: int) -> AuditLog:
    """Return the log of a lane whose verify stage is in `site`.

    Its witnesses are both zones, as far as the keyring has them.
    """
    node = stage_node(lane, Program.VERIFY)
    name = site_name(site)
    keyring = read_keyring(site / node.folder)
    log = Verifier(log_origin(name, lane), keyring.public(KeyRole(f"{lane}-audit"), now=now))
    held = {entry.role for entry in keyring.entries}
    roles = [KeyRole(f"witness-{zone}") for zone in Zone]
    witnesses = tuple(
        Verifier(f"{name}/{role}", keyring.public(role, now=now), SignatureType.COSIGNATURE_V1)
        for role in roles
        if role in held
    )
    return AuditLog(site / node.folder / "log", log, witnesses)


def of_site(site: Path, *, now: int) -> list[AuditLog]:
    """Return the logs of the lanes whose verify stage is in `site`."""
    return [of_lane(site, lane, now=now) for lane in lanes_in(site)]


def of_site_beside(zone_folder: Path, *, now: int) -> list[AuditLog]:
    """Return the logs of both lanes, if the relay of a zone's folder is on this host."""
    site = zone_folder.parent
    places = [site / stage_node(lane, Program.VERIFY).folder / "log" for lane in Lane]
    if not all(place.is_dir() for place in places):
        return []
    return [of_lane(site, lane, now=now) for lane in Lane]


def site_name(site: Path) -> str:
    """Return the name of the installation, as the settings of its first node have it."""
    node = nodes_in(site)[0]
    settings = read_settings(site / node.settings, settings_type(node.program))
    name: str = settings.site  # type: ignore[attr-defined] # each program's settings have it
    return name
