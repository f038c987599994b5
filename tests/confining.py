"""Daemons within the process of a test, which has to stay as it is: whoever tests confines nobody.

What confining does is tested with processes of their own, in `tests/confinement/`.
"""

from confinement.daemon import Reach


def unconfined(_: Reach) -> None:
    """Put up no wall."""
