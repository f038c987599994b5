"""What doctor says of the host is mended as it says: in a namespace, or in a root of its own."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sekisho.doctor import facts, host
from sekisho.doctor.codes import Code
from sekisho.doctor.faults import MEANINGS
from sekisho.doctor.finding import DoctorFinding
from sekisho.doctor.remedies import namespaces_setting, remedy_for
from tests.conftest import TOOLS
from tests.sekisho.unix_users import ROOT, STRANGER, environment, interpreter

MAPPED = "0 0 65536"

# Says what is wrong with the jail, and what mends it.
LOOK = """
import sys
from pathlib import Path
from sekisho.doctor import host
from sekisho.doctor.remedies import remedy_for
site = Path("/nowhere")
for finding in (*host.check_jail(site), *host.check_cell(site)):
    print(finding.code, remedy_for(finding, site), sep="\\t")
"""

# In a user namespace of its own, whose limits are its own (namespaces(7)): shut, look, mend, look.
ACTS = """
read mapped
look() { setpriv --reuid "$1" --regid "$1" --clear-groups "$PYTHON" -c "$LOOK"; }
echo 0 > /proc/sys/user/max_user_namespaces
look 0; echo --; look "$STRANGER"; echo --
$MEND
look 0; echo --; look "$STRANGER"
"""


def in_a_namespace(python: str, mend: str) -> list[dict[str, str]]:
    """Return what is found by root and by another user, with namespaces shut and opened again."""
    words = {"PYTHON": python, "LOOK": LOOK, "MEND": mend, "STRANGER": str(STRANGER)}
    process = subprocess.Popen(
        ["unshare", "-U", "sh", "-c", f"read x; echo | bash -c '{ACTS}'"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(**words),
        cwd="/",
        text=True,
    )
    own, deadline = Path("/proc/self/ns/user").readlink(), time.monotonic() + 30
    while Path(f"/proc/{process.pid}/ns/user").readlink() == own:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    for name in ("uid_map", "gid_map"):
        Path(f"/proc/{process.pid}/{name}").write_text(MAPPED)
    said, _ = process.communicate("\n", timeout=300)
    looks = [part.strip().splitlines() for part in said.split("--\n")]
    return [dict(line.split("\t") for line in part if "\t" in line) for part in looks]


def test_a_host_that_shuts_namespaces_is_mended_by_the_setting_that_doctor_names() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to have all users in a namespace")
    if found := [each.code for each in (*host.check_jail(ROOT), *host.check_cell(ROOT))]:
        pytest.skip(f"this host has them shut already: {found}")
    mend = "sysctl -w user.max_user_namespaces=16384"
    as_root, as_other, *after = in_a_namespace(interpreter(), mend)
    assert as_root == as_other == {Code.JAIL_UNSAFE: mend, Code.CELL_UNSAFE: mend}
    assert after == [{}, {}]


@pytest.mark.parametrize(
    ("name", "closed", "setting"),
    [
        ("kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
        (
            "kernel/apparmor_restrict_unprivileged_userns",
            "1",
            "kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        ("user/max_user_namespaces", "0", "user.max_user_namespaces=16384"),
    ],
)
def test_the_setting_that_is_named_is_the_one_that_is_shut(
    tmp_path: Path, name: str, closed: str, setting: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir()
    path.write_text(f"{closed}\n")
    assert namespaces_setting(tmp_path) == setting


def installed(root: Path, package: str) -> None:
    """Put what matters of a package where it would put it (`dpkg -L`)."""
    files = {
        "libreoffice-writer-nogui": ["usr/lib/libreoffice/program/libmergedlo.so"],
        "ffmpeg": ["usr/bin/ffmpeg", "usr/bin/ffprobe"],
        "fonts-noto-cjk": ["usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"],
        "fonts-ipafont-gothic": ["usr/share/fonts/opentype/ipafont-gothic/ipag.ttf"],
        "fonts-ipafont-mincho": ["usr/share/fonts/opentype/ipafont-mincho/ipam.ttf"],
    }
    for name in files.get(package, []):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_the_packages_that_doctor_names_are_what_is_missing(site: Path, tmp_path: Path) -> None:
    """CI installs the same packages, and there doctor misses nothing."""
    profile = site / "relay/import/rules/profile.toml"
    text = profile.read_text(encoding="utf-8")
    profile.write_text(text.replace("[kinds]", '[kinds]\nmp3 = "rebuild"'), encoding="utf-8")

    def look() -> list[DoctorFinding]:
        return [*host.check_programs(tmp_path), *host.check_recordings(site, tmp_path)]

    found = look()
    assert [each.code for each in found] == [
        Code.OFFICE_MISSING,
        Code.FONTS_MISSING,
        Code.FFMPEG_MISSING,
    ]
    for finding in found:
        program, verb, *packages = remedy_for(finding, site).split()
        assert (program, verb) == ("apt-get", "install")
        for package in packages:
            installed(tmp_path, package)
    assert look() == []
    for tool, code in (("soffice", Code.OFFICE_MISSING), ("ffmpeg", Code.FFMPEG_MISSING)):
        assert MEANINGS[code].mend.split()[2:] == TOOLS[tool].split()


def test_a_jail_whose_walls_can_be_had_starts(site: Path) -> None:
    without = "tests.sanitizer.no_seccomp_stages"
    assert [f.code for f in host.check_jail(site, stages=without)] == [Code.JAIL_UNSAFE]
    assert [f.code for f in host.check_jail(site, stages="no.such.module")] == [Code.JAIL_UNSAFE]
    assert Code.JAIL_UNSAFE not in {each.code for each in host.check_jail(site)}


def test_a_larger_disk_newer_programs_and_the_right_time_are_enough(site: Path) -> None:
    nodes = facts.gather(site)
    small, enough = host.FREE_BYTES - 1, host.FREE_BYTES
    old, new = ((3, 10), (3, 36, 0)), (sys.version_info[:2], host.SQLITE)
    assert [each.code for each in host.check_disk(site, small)] == [Code.DISK_LOW]
    assert [each.code for each in host.check_versions(*old)] == [Code.PYTHON_OLD, Code.SQLITE_OLD]
    assert [each.code for each in host.check_clock(site, nodes, 0)] == [Code.CLOCK_WRONG]
    assert list(host.check_disk(site, enough)) == []
    assert list(host.check_versions(*new)) == []
    assert list(host.check_clock(site, nodes, time.time_ns() // 1_000_000)) == []
