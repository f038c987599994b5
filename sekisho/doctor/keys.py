"""Checks of keys and keyrings: there, closed to others, whole, and equal on all nodes."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from sekisho.doctor.codes import Code
from sekisho.doctor.facts import NodeFacts
from sekisho.doctor.finding import DoctorFinding
from sekisho.keystore import entry_of, key_path
from wire.keyring import Keyring, raw_key
from wire.keys import KEY_BYTES, KeyRole, SigningKey
from wire.reasons import Reason, Refused


def check(site: Path, nodes: Sequence[NodeFacts], now: int) -> Iterator[DoctorFinding]:
    """Yield what is wrong with the keys of `nodes`."""
    for each in nodes:
        yield from _keyring(each, now)
        for role in each.node.roles:
            yield from _key(each, role)
    yield from _differences(site, nodes)


def _key(facts: NodeFacts, role: KeyRole) -> Iterator[DoctorFinding]:
    path = key_path(facts.folder, role)
    if not path.exists():
        yield DoctorFinding(Code.KEY_MISSING, path)
        return
    if path.stat().st_mode & 0o077:
        yield DoctorFinding(Code.KEY_OPEN, path, f"mode {path.stat().st_mode & 0o777:o}")
    try:
        seed = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as trouble:
        yield DoctorFinding(Code.KEY_DAMAGED, path, str(trouble))
        return
    if len(seed) != KEY_BYTES:
        yield DoctorFinding(Code.KEY_DAMAGED, path, f"{len(seed)} bytes, a key has {KEY_BYTES}")
        return
    if isinstance(facts.keyring, Keyring):
        entry = entry_of(facts.keyring, role)
        if entry is not None and raw_key(entry) != SigningKey.from_seed(role, seed).public:
            yield DoctorFinding(Code.KEY_FOREIGN, path)


def _keyring(facts: NodeFacts, now: int) -> Iterator[DoctorFinding]:
    path = facts.folder / "keyring.json"
    match facts.keyring:
        case Keyring() as keyring:
            missing = [role for role in KeyRole if not _has(keyring, role, now)]
            if missing:
                yield DoctorFinding(Code.KEYRING_INCOMPLETE, path, f"lacks {', '.join(missing)}")
        case Refused(reason=Reason.WEAK_KEY) as refusal:
            yield DoctorFinding(Code.KEY_WEAK, path, refusal.detail)
        case trouble:
            yield DoctorFinding(Code.KEYRING_BAD, path, str(trouble))


def _has(keyring: Keyring, role: KeyRole, now: int) -> bool:
    try:
        keyring.of(role, now=now)
    except Refused:
        return False
    return True


def _differences(site: Path, nodes: Sequence[NodeFacts]) -> Iterator[DoctorFinding]:
    held = [(each, each.keyring) for each in nodes if isinstance(each.keyring, Keyring)]
    for each, keyring in held[1:]:
        if keyring.digest() != held[0][1].digest():
            where = each.folder / "keyring.json"
            yield DoctorFinding(
                Code.KEYRINGS_DIFFER, where, f"not as {(held[0][0].folder).relative_to(site)}"
            )
