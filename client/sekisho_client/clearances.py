"""What the server says of clearances: what waits for a superior's word (上長承認), or did.

Times are milliseconds since 1970.  A member that a later server adds is passed over.
"""

from dataclasses import dataclass
from typing import Literal

from sekisho_client.decoding import Unknown
from sekisho_client.messages import File
from sekisho_client.people import Zone

ClearanceState = Literal["waiting", "released", "denied", "expired", "withdrawn", "refused"]
ClearanceWord = Literal["approve", "deny", "return"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearanceDecision:
    """What somebody decided, and when."""

    user: str
    decision: ClearanceWord | Unknown
    reason: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearance:
    """A file that waits for a superior's word, or did.  `id` is that of the file.

    The relay's `rule` asked; `ja` and `en` say it in words.  `approvers` are those whose word
    counts now, `said` what people decided; `mine` is whether one's own word is waited for.
    """

    id: str
    message: str
    room: str | None
    author: str
    person: str | None
    at: int
    until: int
    rule: str
    ja: str
    en: str
    to: Zone | Unknown
    state: ClearanceState | Unknown
    text: str
    file: File
    approvers: list[str]
    said: list[ClearanceDecision]
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearanceUpdate:
    """A file waits for one's word, or no longer: `file` is its name, `by` who sends it.

    `reminder` counts from 0, as long as it waits.
    """

    id: str
    message: str
    file: str
    by: str
    state: ClearanceState | Unknown
    until: int
    reminder: int = 0
