"""Making the nodes of a host: folders, settings, stores, policies.  Keys: `sekisho.keystore`.

Nothing that is there is ever replaced.  So doing it again after it was cut short
does what is missing, and doing it again after that does nothing.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.settings import SettingsFault
from sekisho import annotated, keystore, programs
from sekisho.addresses import Addresses, stages_of
from sekisho.site import STATUTES, Host, Node, delivered_statute, nodes_of, statutes_of
from wire.ids import ENTROPY_BYTES, TENANT, mint_id


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be made, and where."""

    folder: Path
    site: str
    host: Host
    tenant: str
    addresses: Addresses


@dataclass(frozen=True, slots=True)
class SetupStep:
    """A file or folder, and whether it was made now or had been there."""

    path: Path
    made: bool


def tenant_of(site: str) -> str:
    """Return the tenant id of a site.

    It follows from the name, so that both zones have the same one without exchanging it.
    """
    return mint_id(TENANT, now=0, entropy=hashlib.sha256(site.encode()).digest()[:ENTROPY_BYTES])


def make(plan: Plan, *, now: int) -> Iterator[SetupStep]:
    """Make what `plan` lacks, and yield everything it consists of as it is done."""
    nodes = nodes_of(plan.host)
    for folder in _folders(plan, nodes):
        yield _make_folder(folder)
    for path, made in keystore.make(plan.folder, nodes, now=now):
        yield SetupStep(path, made)
    for node in nodes:
        yield _make_file(plan.folder / node.settings, _settings(plan, node))
        yield _make_store(plan.folder, node)
        for name in node.folders:
            yield _make_folder(plan.folder / node.folder / name)
        if node.lane is not None:
            for which in STATUTES:
                path = plan.folder / statutes_of(node.lane) / f"{which}.toml"
                yield _make_file(path, delivered_statute(which, node.lane))


def _folders(plan: Plan, nodes: tuple[Node, ...]) -> Iterator[Path]:
    """Yield the nodes' folders and those above them, each once, the outer ones first."""
    statutes = [statutes_of(node.lane) for node in nodes if node.lane is not None]
    own = [*(node.folder for node in nodes), *statutes]
    within = {parent for folder in own for parent in [folder, *folder.parents]}
    yield from (plan.folder / each for each in sorted(within, key=lambda p: (len(p.parts), p)))


def _make_folder(path: Path) -> SetupStep:
    if path.is_dir():
        return SetupStep(path, False)
    path.mkdir(mode=0o700, parents=True)
    return SetupStep(path, True)


def _make_file(path: Path, contents: str) -> SetupStep:
    if path.exists():
        return SetupStep(path, False)
    draft = path.with_name(f"{path.name}.tmp")
    draft.touch(mode=0o600)
    draft.write_text(contents, encoding="utf-8")
    draft.rename(path)
    return SetupStep(path, True)


def _make_store(site: Path, node: Node) -> SetupStep:
    folder, path = site / node.folder, site / node.store
    if path.exists():
        return SetupStep(path, False)
    for name in set(node.folders) - {"keys", "run"}:
        _demand_empty(folder / name, path)
    programs.create_store(node.program, folder)
    return SetupStep(path, True)


def _demand_empty(folder: Path, store: Path) -> None:
    """Take away an empty folder of a store that is to be made; one with files is a lost store."""
    if folder.is_dir():
        if any(folder.iterdir()):
            raise SettingsFault(
                f"{store} is missing but {folder} holds files: restore the store from a backup"
            )
        folder.rmdir()


def _settings(plan: Plan, node: Node) -> str:
    values: dict[str, Any] = {"site": plan.site}
    if node.zone is not None:
        leaving, arriving = stages_of(node.zone)
        values |= {
            "zone": node.zone,
            "tenant": plan.tenant,
            "lane": {
                "leaving": plan.addresses.of_dialler(leaving),
                "arriving": plan.addresses.of_dialler(arriving),
            },
        }
    if node.lane is not None:
        link = plan.addresses.of_listener((node.lane, node.program))
        values |= {"lane": node.lane, "link": link}
    return annotated.toml(programs.settings_type(node.program), values)
