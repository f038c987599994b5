"""Clearances as frontends are shown them: types only.

A clearance is what the relay asks of this zone before it lets something out: the word of a
superior (上長承認).  What the superior says is a consent (`wire.consents`).
"""

from typing import Literal

from msgspec import Struct

from zone.copy.views import FileView

# `waiting` until the relay says what became of it; `said` has what people decided meanwhile.
ClearanceState = Literal["waiting", "released", "denied", "expired", "withdrawn", "refused"]
# 承認, 否認, 差戻し: to the relay what is returned is denied; its author is asked to mend it.
ClearanceWord = Literal["approve", "deny", "return"]


class DecisionView(Struct, frozen=True, kw_only=True):
    """What somebody decided, and when; `reason` is for its author."""

    user: str
    decision: ClearanceWord
    reason: str
    at: int


class ClearanceView(Struct, frozen=True, kw_only=True):
    """Something of ours that waits for a superior's word, or did.

    `id` is that of the file.  It was asked `at`, by a `rule` of the relay's policy that `ja` and
    `en` say in a sentence, and is not delivered unless somebody agrees by `until` (milliseconds
    since 1970).  `text` is that of its message, which goes to the zone `to`.  `approvers` are those
    whose word counts now; `mine` says whether the asker is one of them and has not decided.
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
    to: Literal["lgwan", "internet"]
    state: ClearanceState
    text: str
    file: FileView
    approvers: list[str]
    said: list[DecisionView]
    mine: bool = False


class ClearancesPage(Struct, frozen=True):
    """Clearances, the oldest first where they wait, else the latest first."""

    items: list[ClearanceView]


class ClearanceUpdate(Struct, frozen=True, kw_only=True):
    """A clearance waits for whoever is told this, or is told of again, or has ended.

    `file` is the name of the file, and `by` who wants to send it.  `reminder` counts from 0.
    """

    id: str
    message: str
    file: str
    by: str
    state: ClearanceState
    until: int
    reminder: int = 0
