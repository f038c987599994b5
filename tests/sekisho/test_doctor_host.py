"""What `sekisho doctor` finds of the host: programs, disk, clock, jail, cells, walls."""

from pathlib import Path

from sanitizer.jail import Jail, JailUnsafe
from sanitizer.outside.cell_link import CellUnsafe
from sanitizer.outside.recordings import TERMS
from sekisho.doctor import facts, host
from sekisho.doctor.codes import Code
from tests.sanitizer.test_cell import cell_on


def test_old_programs_and_a_small_disk_are_found(tmp_path: Path) -> None:
    old = [each.code for each in host.check_versions((3, 10), (3, 36, 0))]
    assert old == [Code.PYTHON_OLD, Code.SQLITE_OLD]
    assert list(host.check_versions((3, 11), (3, 40, 1))) == []
    assert [f.code for f in host.check_disk(tmp_path, host.FREE_BYTES - 1)] == [Code.DISK_LOW]
    assert list(host.check_disk(tmp_path, host.FREE_BYTES)) == []


def test_a_clock_behind_the_keys_is_found(site: Path) -> None:
    nodes = facts.gather(site)
    assert list(host.check_clock(site, nodes, 2**50)) == []
    assert [f.code for f in host.check_clock(site, nodes, 0)] == [Code.CLOCK_WRONG]


def test_a_jail_that_does_not_start_is_found(site: Path) -> None:
    assert [f.code for f in host.check_jail(site, stages="no.such.module")] == [Code.JAIL_UNSAFE]


def test_programs_and_fonts_that_this_host_lacks_are_named(tmp_path: Path) -> None:
    without = list(host.check_programs(tmp_path))
    assert [f.code for f in without] == [Code.OFFICE_MISSING, Code.FONTS_MISSING]
    assert without[1].detail == "fonts-noto-cjk, fonts-ipafont-gothic, fonts-ipafont-mincho"
    library = tmp_path / "usr/lib/libreoffice/program/libmergedlo.so"
    fonts = [tmp_path / "usr/share/fonts/x" / name for name in ("NotoSansCJK-Bold.ttc", "ipag.ttf")]
    for path in (library, *fonts):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert [f.detail for f in host.check_programs(tmp_path)] == ["fonts-ipafont-mincho"]


def test_ffmpeg_is_missed_where_a_profile_wants_it_and_nowhere_else(
    site: Path, tmp_path: Path
) -> None:
    assert list(host.check_recordings(site, tmp_path)) == []
    profile = site / "relay/import/rules/profile.toml"
    text = profile.read_text(encoding="utf-8")
    profile.write_text(text.replace("[kinds]", '[kinds]\nmp3 = "rebuild"'), encoding="utf-8")
    assert [(f.code, f.path) for f in host.check_recordings(site, tmp_path)] == [
        (Code.FFMPEG_MISSING, profile)
    ]
    for name in ("ffmpeg", "ffprobe"):
        program = tmp_path / "usr/bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.touch()
    assert list(host.check_recordings(site, tmp_path)) == []


def test_a_cell_can_be_had_where_it_has_all_it_takes(site: Path) -> None:
    try:
        with cell_on(TERMS) as cell:
            cell.protections()
    except CellUnsafe as unsafe:
        missing = [", ".join(sorted(unsafe.missing))]
    else:
        missing = []
    assert [each.detail for each in host.check_cell(site)] == missing


def test_the_walls_that_this_host_lacks_are_named_and_no_others(site: Path) -> None:
    try:
        Jail().close()
    except JailUnsafe as trouble:
        lacks = [(Code.JAIL_UNSAFE, str(trouble))]
    else:
        lacks = []
    assert [(each.code, each.detail) for each in host.check_jail(site)] == lacks


def test_a_wall_that_does_not_stand_is_named(site: Path) -> None:
    """Workers whose filter of system calls is not put in place, as on a kernel without one."""
    (finding,) = host.check_jail(site, stages="tests.sanitizer.no_seccomp_stages")
    assert finding.code is Code.JAIL_UNSAFE
    assert "seccomp" in finding.detail


def test_a_zlib_that_packs_in_another_way_is_named() -> None:
    assert list(host.check_zlib(packs_as_known=True)) == []
    (finding,) = host.check_zlib(packs_as_known=False)
    assert finding.code is Code.ZLIB_OTHER
