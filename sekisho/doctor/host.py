"""Checks of the machine: versions, disk, clock, confinement, jail."""

import shutil
import sqlite3
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from runtime.settings import SettingsFault
from sanitizer.check import packing
from sekisho.doctor.codes import Code
from sekisho.doctor.facts import NodeFacts
from sekisho.doctor.finding import DoctorFinding
from sekisho.site import Program, lanes_in, statutes_of
from wire.keyring import Keyring

PYTHON: Final = (3, 11)
SQLITE: Final = (3, 37)  # STRICT tables
# A hundred files of the largest size that is usual, on their way in, rebuilt and kept.
FREE_BYTES: Final = 2 * 1024 * 1024 * 1024
# What a card's time may be ahead of ours: hosts that set their clocks at all are nearer.
AHEAD_MS: Final = 120_000


def check(site: Path, nodes: Sequence[NodeFacts], now: int) -> Iterator[DoctorFinding]:
    """Yield what is wrong with the machine."""
    yield from check_versions(sys.version_info[:2], sqlite3.sqlite_version_info)
    yield from check_zlib(packs_as_known=packing.packs_as_known())
    yield from check_disk(site, shutil.disk_usage(site).free)
    yield from check_clock(site, nodes, now)
    yield from check_confinement(site)
    if any(each.node.program is Program.TRANSFORM for each in nodes):
        yield from check_jail(site)
        yield from check_cell(site)
        yield from check_programs(Path("/"))
        yield from check_recordings(site, Path("/"))


def check_versions(python: tuple[int, ...], sqlite: tuple[int, ...]) -> Iterator[DoctorFinding]:
    """Yield the programs beneath us that are too old."""
    if python < PYTHON:
        yield DoctorFinding(
            Code.PYTHON_OLD, Path(sys.executable), f"{_dotted(python)} < {_dotted(PYTHON)}"
        )
    if sqlite < SQLITE:
        yield DoctorFinding(
            Code.SQLITE_OLD, Path(sys.executable), f"{_dotted(sqlite)} < {_dotted(SQLITE)}"
        )


def check_zlib(*, packs_as_known: bool) -> Iterator[DoctorFinding]:
    """Yield it if zlib packs in a way that the check of files does not know."""
    if not packs_as_known:
        yield DoctorFinding(Code.ZLIB_OTHER, Path(sys.executable), zlib.ZLIB_RUNTIME_VERSION)


def check_disk(site: Path, free: int) -> Iterator[DoctorFinding]:
    """Yield a disk on which `free` bytes are too few."""
    if free < FREE_BYTES:
        yield DoctorFinding(Code.DISK_LOW, site, f"{free // 2**20} MiB < {FREE_BYTES // 2**20} MiB")


def check_clock(site: Path, nodes: Sequence[NodeFacts], now: int) -> Iterator[DoctorFinding]:
    """Yield a clock that is behind the time at which the site's keys were made."""
    keyrings = [each.keyring for each in nodes if isinstance(each.keyring, Keyring)]
    newest = max((e.since for keyring in keyrings for e in keyring.entries), default=0)
    if newest > now + AHEAD_MS:
        yield DoctorFinding(
            Code.CLOCK_WRONG, site, f"{(newest - now) // 1000} s behind the newest key"
        )


def check_confinement(site: Path) -> Iterator[DoctorFinding]:
    """Yield what this host lacks for daemons to confine themselves, by confining a process."""
    from confinement.probe import find_lack

    if (lack := find_lack()) is not None:
        yield DoctorFinding(Code.CANNOT_CONFINE, site, f"{lack.wall}: {lack.why}")


def check_jail(site: Path, stages: str = "sanitizer.stages") -> Iterator[DoctorFinding]:
    """Yield what the jail lacks on this host, by starting one."""
    from sanitizer.jail import Jail, JailUnsafe

    try:
        Jail(stages=stages).close()
    except JailUnsafe as trouble:
        yield DoctorFinding(Code.JAIL_UNSAFE, site, str(trouble))


def check_cell(site: Path) -> Iterator[DoctorFinding]:
    """Yield what this host lacks to hold programs that are not ours, by starting a cell."""
    from confinement.launching import Launcher
    from sanitizer.outside.cell_link import Cell, CellUnsafe, cell_program
    from sanitizer.outside.recordings import TERMS

    launcher = Launcher({TERMS.program: cell_program(TERMS)})
    try:
        with Cell(launcher, TERMS) as cell:  # ffmpeg's, which executes nothing before its work
            cell.protections()
    except CellUnsafe as unsafe:
        yield DoctorFinding(
            Code.CELL_UNSAFE, site, ", ".join(sorted(unsafe.missing)) or str(unsafe)
        )
    finally:
        launcher.close()


def check_programs(root: Path) -> Iterator[DoctorFinding]:
    """Yield what the sanitizer could use of the machine at `root`, and does not find."""
    from sanitizer.outside import office

    if not office.is_installed(root):
        yield DoctorFinding(Code.OFFICE_MISSING, office.library(root))
    if missing := office.missing_fonts(root):
        yield DoctorFinding(Code.FONTS_MISSING, root / office.FONTS, ", ".join(missing))


def check_recordings(site: Path, root: Path) -> Iterator[DoctorFinding]:
    """Yield each lane that lets sound or film through, where the machine at `root` cannot."""
    from relay.rule_files import PROFILE
    from relay.transform.policy import FilePolicy
    from relay.transform.profiles import read_profile
    from sanitizer.needed import SOUND_AND_FILM
    from sanitizer.outside import recordings
    from sanitizer.profile import FileAction

    if recordings.is_installed(root):
        return
    for folder in (site / statutes_of(lane) for lane in lanes_in(site)):
        try:
            profile = read_profile(folder, FilePolicy())
        except SettingsFault:
            continue  # `doctor.lanes` says so
        if any(profile.action(kind) is not FileAction.REFUSE for kind in SOUND_AND_FILM):
            yield DoctorFinding(Code.FFMPEG_MISSING, folder / PROFILE)


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
