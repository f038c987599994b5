"""The few kernel calls that confinement is made of, straight through libc.

Each function is one call and raises `OSError` when the kernel says no.  What is confined, and in
which order, is decided where it is done: in `confinement.daemon`, `sanitizer.worker` and
`sanitizer.zygote`; what is allowed is in `confinement.filters` and `.landlock`.
"""

import ctypes
import os
import struct

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38

# linux/sched.h
CLONE_NEWNS = 0x0002_0000
CLONE_NEWUTS = 0x0400_0000
CLONE_NEWIPC = 0x0800_0000
CLONE_NEWUSER = 0x1000_0000
CLONE_NEWPID = 0x2000_0000
CLONE_NEWNET = 0x4000_0000

# linux/mount.h
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 1 << 1, 1 << 2, 1 << 3, 1 << 5
MS_BIND, MS_REC, MS_PRIVATE, MS_RELATIME = 1 << 12, 1 << 14, 1 << 18, 1 << 21

# linux/capability.h: version 3, two sets of 32 bits each.
CAPABILITY_VERSION_3 = 0x2008_0522
LAST_CAPABILITY = 63

MNT_DETACH = 2

_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_CAPSET = {"x86_64": 126, "aarch64": 91}

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def _checked(result: int, call: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")
    return result


def syscall(number: int, *arguments: int | bytes | None, call: str) -> int:
    """Make system call `number`; integers are passed as 64-bit words."""
    words = [ctypes.c_long(word) if isinstance(word, int) else word for word in arguments]
    return _checked(int(_libc.syscall(ctypes.c_long(number), *words)), call)


def prctl(option: int, argument: int = 0) -> int:
    return _checked(
        int(_libc.prctl(option, *(ctypes.c_ulong(word) for word in (argument, 0, 0, 0)))),
        f"prctl({option})",
    )


def unshare(flags: int) -> None:
    _checked(int(_libc.unshare(flags)), "unshare")


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    names = (os.fsencode(name) for name in (source, target, kind))
    words = os.fsencode(options) if options else None
    _checked(int(_libc.mount(*names, ctypes.c_ulong(flags), words)), "mount")


def change_root(new_root: str) -> None:
    """Make the mount `new_root` the root, and let the old one go.  Source: pivot_root(2)."""
    os.chdir(new_root)
    syscall(_PIVOT_ROOT[os.uname().machine], b".", b".", call="pivot_root")
    _checked(int(_libc.umount2(b".", MNT_DETACH)), "umount2")
    os.chdir("/")


def drop_capabilities() -> None:
    """Give up every capability, and the right to get one back by executing a file.

    Emptying the bounding set needs a capability itself.  Who has none may skip it: with
    no-new-privileges set, executing a file grants nothing either.
    """
    for capability in range(LAST_CAPABILITY + 1):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:
            break
    header = struct.pack("=Ii", CAPABILITY_VERSION_3, 0)
    nothing = struct.pack("=6I", 0, 0, 0, 0, 0, 0)
    syscall(_CAPSET[os.uname().machine], header, nothing, call="capset")
