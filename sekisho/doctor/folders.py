"""Checks of the nodes' folders: there, closed to others, with settings that can be used."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from relay.rule_files import POLICY, PROFILE, rules_folder
from runtime.settings import OpenToOthers, SettingsFault, is_changeable, is_readable
from sekisho.doctor.codes import Code
from sekisho.doctor.facts import NodeFacts
from sekisho.doctor.finding import DoctorFinding
from sekisho.doctor.reach import may_open, read_frontends
from sekisho.site import Program

SOCKET_PATH_BYTES: Final = 107  # sun_path has 108 bytes with its NUL


def check(site: Path, nodes: Sequence[NodeFacts], now: int) -> Iterator[DoctorFinding]:  # noqa: ARG001 - all checks are called alike
    """Yield what is wrong with the folders of `nodes`."""
    for each in nodes:
        yield from _folders(each)
        yield from _modes(each)
        yield from _owners(each)
        yield from _sockets(each)
        yield from _shut_out(each)
        if isinstance(each.settings, SettingsFault) and not isinstance(each.settings, OpenToOthers):
            yield DoctorFinding(
                Code.SETTINGS_BAD, each.folder / each.node.settings.name, str(each.settings)
            )
    yield from _same(nodes, "site", Code.SITE_DIFFERS)
    yield from _same(nodes, "tenant", Code.TENANT_DIFFERS)


def _folders(facts: NodeFacts) -> Iterator[DoctorFinding]:
    for path in (facts.folder, *(facts.folder / name for name in facts.node.folders)):
        if not path.is_dir():
            yield DoctorFinding(Code.FOLDER_MISSING, path)
        elif path.stat().st_mode & 0o077 and path in (facts.folder, facts.folder / "keys"):
            yield DoctorFinding(Code.FOLDER_OPEN, path, f"mode {path.stat().st_mode & 0o777:o}")


def _modes(facts: NodeFacts) -> Iterator[DoctorFinding]:
    """Yield the files that a node does not use since others may read, or change, them."""
    store = facts.node.store.name
    for name in (store, f"{store}-wal", "chat.token"):
        path = facts.folder / name
        if path.exists() and is_readable(mode := path.stat().st_mode):
            yield DoctorFinding(Code.FILE_OPEN, path, f"mode {mode & 0o777:o}")
    guarded = [facts.folder / facts.node.settings.name, facts.folder / "keyring.json"]
    if facts.node.program is Program.TRANSFORM:  # the other stage has the same
        guarded += [rules_folder(facts.folder) / name for name in (POLICY, PROFILE)]
    for path in guarded:
        if path.exists() and is_changeable(mode := path.stat().st_mode):
            yield DoctorFinding(Code.FILE_CHANGEABLE, path, f"mode {mode & 0o777:o}")


def _owners(facts: NodeFacts) -> Iterator[DoctorFinding]:
    """Yield what in a node's folder is not its user's: the daemon could not open it."""
    if not facts.folder.is_dir():
        return
    owner = facts.folder.stat().st_uid
    inside = [facts.folder / "keys", facts.folder / "run", facts.folder / facts.node.store.name]
    keys = facts.folder / "keys"
    inside += sorted(keys.glob("*.key")) if keys.is_dir() else []
    for path in inside:
        if path.exists() and path.stat().st_uid != owner:
            told = f"{path.name} is of uid {path.stat().st_uid}, not {owner}"
            yield DoctorFinding(Code.OWNER_DIFFERS, facts.folder, told)
            return


def _shut_out(facts: NodeFacts) -> Iterator[DoctorFinding]:
    """Yield the frontends whose Unix users the file system keeps from the socket."""
    wanted, found = facts.setting("sockets"), read_frontends(facts)
    if wanted is None or not found:
        return
    path = (facts.folder / wanted.api).absolute()
    for name, uids in found:
        far = [uid for uid in uids if not may_open(path, wanted, uid, facts.folder)]
        if far:
            told = f"{name} runs as uid {far[0]}, which cannot open {path}"
            where = facts.folder / facts.node.settings.name
            yield DoctorFinding(Code.FRONTEND_SHUT_OUT, where, told)


def _sockets(facts: NodeFacts) -> Iterator[DoctorFinding]:
    for path in _own_sockets(facts):
        if len(bytes(path)) > SOCKET_PATH_BYTES:
            yield DoctorFinding(Code.SOCKET_TOO_LONG, path, f"{len(bytes(path))} bytes")
        # Not by connecting: on a link the newest connection wins, and we would cut it.
        elif path.is_socket() and not facts.is_running:
            yield DoctorFinding(Code.SOCKET_STALE, path)
    for path in _dialled(facts):
        if len(bytes(path)) > SOCKET_PATH_BYTES:
            yield DoctorFinding(
                Code.SOCKET_TOO_LONG, path, f"{len(bytes(path))} bytes, as it is dialled"
            )


def _own_sockets(facts: NodeFacts) -> Iterator[Path]:
    """Yield the socket files at which a node listens, where its settings have them."""
    wanted = facts.setting("sockets")
    for name in facts.node.sockets:
        if name == "api.sock" and wanted is not None:
            yield (facts.folder / wanted.api).absolute()
        else:
            yield (facts.folder / "run" / name).absolute()


def _dialled(facts: NodeFacts) -> Iterator[Path]:
    """Yield the socket files that a node dials, spelt as it does: with the dots of its settings."""
    lane = facts.setting("lane")
    found: list[str | None] = [facts.setting("stage")]
    if facts.node.zone is not None and lane is not None:
        found += [lane.leaving, lane.arriving]
    for address in found:
        if address is not None and address.startswith("unix:"):
            yield (facts.folder / address.removeprefix("unix:")).absolute()


def _same(nodes: Sequence[NodeFacts], name: str, code: Code) -> Iterator[DoctorFinding]:
    """Yield the nodes whose setting `name` is not that of the first which has it."""
    values: list[tuple[NodeFacts, Any]] = [
        (each, each.setting(name)) for each in nodes if each.setting(name) is not None
    ]
    for each, value in values[1:]:
        if value != values[0][1]:
            where = each.folder / each.node.settings.name
            first = f"{values[0][0].node.name} has {values[0][1]}"
            yield DoctorFinding(code, where, f"{name} = {value}, but {first}")
