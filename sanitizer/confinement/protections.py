"""The protections of a jail, all of which it needs."""

from enum import StrEnum


class Protection(StrEnum):
    """Something that stands between a decoder gone mad and the rest of the machine."""

    RESOURCE_LIMITS = "resource-limits"  # memory, processor time, no file written, no process made
    NO_NEW_PRIVILEGES = "no-new-privileges"
    SECCOMP = "seccomp"
    LANDLOCK = "landlock"
    NO_CAPABILITIES = "no-capabilities"
    UNPRIVILEGED_USER = "unprivileged-user"
    USER_NAMESPACE = "user-namespace"
    NETWORK_NAMESPACE = "network-namespace"
    IPC_NAMESPACE = "ipc-namespace"
    HOST_NAME_NAMESPACE = "host-name-namespace"
    EMPTY_ROOT = "empty-root"  # no file to be seen but fonts
    PROCESS_NAMESPACE = "process-namespace"


# Without these a jail does not start, and nobody can have one with fewer.  Each is a wall that
# another may have a hole in: a worker that may read fonts has no empty root where Landlock fails.
REQUIRED = frozenset(Protection)
