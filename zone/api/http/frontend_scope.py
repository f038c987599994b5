"""What a frontend may be used for, a closed list; `zone.api.http.scopes` says for which routes."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final


class FrontendScope(StrEnum):
    """What a frontend may do on behalf of the people it acts for."""

    READ = "read"  # see what they see, and follow it
    TALK = "talk"  # say, answer, upload, react, change items
    DECIDE = "decide"  # decide on approvals, delegate them, give clearances
    CALL = "call"  # broadcast to people (安否確認), change and close broadcasts
    ADMINISTER = "administer"  # make and change rooms, members and guests


# All that there is to choose from.
SCOPES: Final = tuple(scope.value for scope in FrontendScope)
# Of a frontend for which no scope was named.
DEFAULT_SCOPES: Final[Sequence[FrontendScope]] = (FrontendScope.READ, FrontendScope.TALK)
