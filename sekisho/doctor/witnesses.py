"""Checks of the audit logs' witnesses: that the zones still vouch for what the relay records."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from relay.verify.settings import VerifySettings
from runtime.audit_publish import published_head
from runtime.audit_verify import seen_by
from sekisho.doctor.codes import Code
from sekisho.doctor.facts import NodeFacts
from sekisho.doctor.finding import DoctorFinding
from wire.audit.note import SignatureType, Verifier
from wire.keyring import Keyring
from wire.keys import KeyRole
from wire.lane import Zone, log_origin
from wire.reasons import Refused


def check(site: Path, nodes: Sequence[NodeFacts], now: int) -> Iterator[DoctorFinding]:  # noqa: ARG001 - all checks are called alike
    """Yield the witnesses that lag by more than a lane's settings allow."""
    for each in nodes:
        settings, keyring = each.settings, each.keyring
        if isinstance(settings, VerifySettings) and isinstance(keyring, Keyring):
            for zone in Zone:
                yield from _lag(each.folder / "log", settings, keyring, zone, now)


def _lag(
    folder: Path, settings: VerifySettings, keyring: Keyring, zone: Zone, now: int
) -> Iterator[DoctorFinding]:
    try:
        key = keyring.public(KeyRole(f"{settings.lane}-audit"), now=now)
        log = Verifier(log_origin(settings.site, settings.lane), key)
        role = KeyRole(f"witness-{zone}")
        name, public = f"{settings.site}/{role}", keyring.public(role, now=now)
        witness = Verifier(name, public, SignatureType.COSIGNATURE_V1)
        size = published_head(folder, log).size
        seen = seen_by(folder, log, witness)
    except (Refused, OSError):
        return  # `doctor.keys` and `doctor.stores` say so
    records = size - (seen.size if seen else 0)
    hours = 0 if seen is None else (now // 1000 - seen.at_s) // 3600
    if records > settings.witness_lag_records or (records and hours > settings.witness_lag_hours):
        detail = f"{name}: {records} records, {hours} h"
        yield DoctorFinding(Code.WITNESS_LAGS, folder, detail)
