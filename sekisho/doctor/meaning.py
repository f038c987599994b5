"""What is said of a fault that `sekisho doctor` knows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means, and the command that mends it or says more.

    `{path}`, `{site}`, `{lane}`, `{zone}` and `{namespaces}` are filled in.
    """

    ja: str
    en: str
    mend: str
    # A warning is worth knowing and stops nothing.
    is_warning: bool = False
