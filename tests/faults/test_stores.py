"""Stores that are missing, damaged, older than they should be, in use, or on a full disk."""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.faults.asking import status_of
from tests.faults.installation import NAMES, Installation
from tests.faults.oracle import violations
from tests.faults.runs import Template, settled
from tests.faults.traffic import Said, converse

REFUSAL_TIMEOUT_S = 30


def refusal(installation: Installation, name: str) -> str:
    """Start a daemon that must not start, as an operator would, and return what it says."""
    lane, _, stage = name.partition("-")
    command = (
        ["relay", lane, str(installation.folder), "--stage", stage]
        if stage
        else [name, str(installation.folder)]
    )
    done = subprocess.run(
        [sys.executable, "-m", "sekisho.main", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=REFUSAL_TIMEOUT_S,
        check=False,
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_store_is_named_and_not_made_again(template: Template, name: str) -> None:
    installation = template.copy()
    for path in installation.node(name).glob("*.db*"):
        path.unlink()
    said = refusal(installation, name)
    assert str(installation.store(name)) in said
    assert not installation.store(name).exists()


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_store_is_named(template: Template, name: str) -> None:
    installation = template.copy()
    path = installation.store(name)
    size = path.stat().st_size
    with path.open("r+b") as file:
        for at in range(4096, size, 4096):
            file.seek(at)
            file.write(os.urandom(200))
    said = refusal(installation, name)
    assert path.name in said
    assert "restore" in said


@pytest.mark.parametrize("name", NAMES)
def test_a_store_of_another_program_is_named(template: Template, name: str) -> None:
    installation = template.copy()
    other = "import-verify" if name in ("internet", "lgwan") else "lgwan"
    for path in installation.node(name).glob("*.db-*"):
        path.unlink()
    shutil.copyfile(template.installation.store(other), installation.store(name))
    assert installation.store(name).name in refusal(installation, name)


@pytest.mark.parametrize("name", NAMES)
def test_a_second_instance_on_one_store_does_not_start(template: Template, name: str) -> None:
    installation = template.copy()
    installation.start(name)
    try:
        asyncio.run(installation.ready(name))
        assert "in use" in refusal(installation, name)
        assert installation.is_alive(name)
    finally:
        installation.stop(name)


async def _told_of_rollback(installation: Installation) -> str:
    """Wait until some daemon names the rollback; return which."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        for name in NAMES:
            status = await status_of(installation, name) if installation.is_alive(name) else None
            if status is not None and "rollback" in str(status):
                return name
            if not installation.is_alive(name) and "rollback" in installation.log(name):
                return name
        await asyncio.sleep(0.1)
    return ""


@pytest.mark.parametrize("name", NAMES)
def test_a_store_restored_from_a_backup_is_noticed_and_named(template: Template, name: str) -> None:
    installation = template.copy()

    async def talk(messages: int) -> None:
        installation.start_all()
        await installation.ready()
        await converse(installation, template.city, messages=messages)
        await settled(installation)
        installation.stop_all()

    async def start_again() -> str:
        for other in NAMES:
            installation.start(other)
        return await _told_of_rollback(installation)

    try:
        asyncio.run(talk(2))
        backup = installation.store(name).read_bytes()
        asyncio.run(talk(2))
        for path in installation.node(name).glob("*.db-*"):
            path.unlink()
        installation.store(name).write_bytes(backup)
        assert asyncio.run(start_again()), "nobody noticed"
    finally:
        for each in NAMES:
            if each in installation.running:
                installation.kill(each)


def _mount(folder: Path, size: str) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")
@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk_loses_nothing_and_goes_on_when_there_is_room(
    template: Template, name: str
) -> None:
    installation = template.copy()
    node = installation.node(name)
    kept = node.with_name(node.name + "-kept")
    node.rename(kept)
    node.mkdir()
    _mount(node, "64m")
    said: list[Said] = []
    try:
        shutil.copytree(kept, node, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sock"))
        said = asyncio.run(_fill_and_empty(installation, template, node))
    finally:
        installation.stop_all()
        # What the oracle reads must outlive the mount.
        shutil.copytree(node, kept, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sock"))
        subprocess.run(["umount", str(node)], check=True)
        node.rmdir()
        kept.rename(node)
    assert violations(installation, said) == []


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


async def _fill_and_empty(installation: Installation, template: Template, node: Path) -> list[Said]:
    """Fill a daemon's disk, talk, make room, and return what was acknowledged meanwhile."""
    installation.start_all()
    await installation.ready()
    ballast = node / "ballast"
    await asyncio.to_thread(_fill, ballast)
    talking = asyncio.ensure_future(converse(installation, template.city, messages=10))
    await asyncio.sleep(3)
    ballast.unlink()
    said = await talking
    await settled(installation)
    return said
