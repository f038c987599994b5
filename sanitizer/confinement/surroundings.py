"""What a process gives up once, so that all it starts are without it.

Root, the network, sight of other processes, and every file of this machine but those named.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

from confinement import kernel
from sanitizer.confinement.protections import Protection

NOBODY = 65534

NAMESPACES = (
    (Protection.NETWORK_NAMESPACE, kernel.CLONE_NEWNET),
    (Protection.IPC_NAMESPACE, kernel.CLONE_NEWIPC),
    (Protection.HOST_NAME_NAMESPACE, kernel.CLONE_NEWUTS),
    (Protection.PROCESS_NAMESPACE, kernel.CLONE_NEWPID),
)

# Where the empty root is put together: a folder every Linux has, hidden behind it from then on.
NEW_ROOT = Path("/tmp")  # noqa: S108 - nothing is written there; an empty file system covers it


NOTHING: Mapping[Path, str] = MappingProxyType({})

# A file system of the jail's own, in memory, which goes when its last process goes.
SCRATCH = Path("/scratch")

# Mount flags that whoever mounts again must not drop, as statvfs(2) tells them.
LOCKED = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC | 1 << 10 | 1 << 11
ST_RELATIME = 1 << 12


def give_up(
    readable: Sequence[Path], *, scratch_bytes: int = 0, added: Mapping[Path, str] = NOTHING
) -> frozenset[Protection]:
    """Leave what can be left, keeping sight of `readable`; return what was left.

    `readable` are folders, files, and links, which are made again.  What is not there is left out.
    `scratch_bytes`: what `SCRATCH` may hold; none where it is 0.  `added`: texts to be seen in
    folders that are empty on this machine.

    Root makes its namespaces first and then stops being root.  Anybody else needs a user namespace
    first, in which to be root for long enough.  Of the process namespace the caller is not a
    member, only its future children are.
    """
    left: set[Protection] = set()
    is_root = os.geteuid() == 0
    if not is_root and _enter_user_namespace():
        left.add(Protection.USER_NAMESPACE)
    left |= {protection for protection, flag in NAMESPACES if _unshared(flag)}
    if _empty_root(readable, scratch_bytes, added):
        left.add(Protection.EMPTY_ROOT)
    if is_root:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        if _unshared(kernel.CLONE_NEWUSER):
            left.add(Protection.USER_NAMESPACE)
    left.add(Protection.UNPRIVILEGED_USER)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)  # nobody traces us, or reads our memory in /proc
    return frozenset(left)


def _unshared(flag: int) -> bool:
    try:
        kernel.unshare(flag)
    except OSError:
        return False
    return True


def _enter_user_namespace() -> bool:
    """Have all capabilities in a namespace of our own, under the user and group we are."""
    user, group = os.getuid(), os.getgid()
    if not _unshared(kernel.CLONE_NEWUSER):
        return False
    with suppress(OSError):  # without a map no file can be made, so the root stays as it is
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    return True


def _empty_root(readable: Sequence[Path], scratch_bytes: int, added: Mapping[Path, str]) -> bool:
    """Put an empty, read-only file system in place of all others, but for `readable`."""
    if not _unshared(kernel.CLONE_NEWNS):
        return False
    try:
        kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
        kernel.mount("tmpfs", str(NEW_ROOT), "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV)
        for path in readable:
            _show(path, NEW_ROOT / path.relative_to("/"))
        for path, text in added.items():
            _add(NEW_ROOT / path.relative_to("/"), text)
        if scratch_bytes:
            _make_scratch(NEW_ROOT / SCRATCH.relative_to("/"), scratch_bytes)
        _make_read_only(NEW_ROOT)
        kernel.change_root(str(NEW_ROOT))
    except OSError:
        return False
    return True


def _show(path: Path, inside: Path) -> None:
    if not path.exists():
        return
    inside.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        inside.symlink_to(path.readlink())
        return
    if path.is_dir():
        inside.mkdir(exist_ok=True)
    else:
        inside.touch()
    kernel.mount(str(path), str(inside), "", kernel.MS_BIND | kernel.MS_REC)
    _make_read_only(inside)


def _add(inside: Path, text: str) -> None:
    folder = inside.parent
    if not folder.is_dir() or any(folder.iterdir()):
        return
    kernel.mount("tmpfs", str(folder), "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV)
    inside.write_text(text)
    _make_read_only(folder)


def _make_scratch(inside: Path, size: int) -> None:
    inside.mkdir()
    owner = f",uid={NOBODY},gid={NOBODY}" if os.geteuid() == 0 else ""
    flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    kernel.mount("tmpfs", str(inside), "tmpfs", flags, f"size={size},mode=700{owner}")


def _make_read_only(mounted: Path) -> None:
    known = os.statvfs(mounted).f_flag
    flags = known & LOCKED | (kernel.MS_RELATIME if known & ST_RELATIME else 0)
    again = kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | kernel.MS_NOSUID
    kernel.mount("none", str(mounted), "", again | flags)
