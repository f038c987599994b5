"""The protections a jail can have, and those it will not work without."""

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


# Without these a jail does not start, unless its owner says so knowingly: everything else is a
# second wall behind them.
REQUIRED = frozenset({Protection.RESOURCE_LIMITS, Protection.NO_NEW_PRIVILEGES, Protection.SECCOMP})
