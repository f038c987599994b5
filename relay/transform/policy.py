"""The policy: what may cross on a lane, as `policy.toml` states it.

The type of the file, and what a rule has to say.  The rules are in
`relay.transform.rules`.  Pure but for `read_policy`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

from runtime.settings import SettingsFault, read_settings
from wire.bodies import KINDS, RELAY_ONLY
from wire.events import Event
from wire.fields import MAX_FILE_BYTES, MAX_FILES, MAX_TEXT
from wire.reasons import Reason

Objection = Literal["hold", "refuse"]
Measure = Literal["pass", "approve", "hold", "refuse"]
# The desk of superiors, `supervisor`, is for what they decide upon: see `FilePolicy.action`.
OperatorsDesk = Literal["operator", "security", "records"]
Amount = Annotated[int, Meta(ge=1)]
MAX_HOLD_HOURS = 366 * 24
_HOUR_MS = 3_600_000
# With `words-` before it a receipt has no room for more.
RuleName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,25}$")]


class RoomPolicy(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which rooms may cross, by id.  `allow` empty means all but those under `deny`."""

    allow: list[str] = []
    deny: list[str] = []


class TextPolicy(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What people write."""

    # 8,000 characters are ten pages of Japanese typescript.
    max_characters: Annotated[int, Meta(ge=1, le=MAX_TEXT)] = MAX_TEXT
    # Characters of the private use area, which another site shows as others or not at all.
    gaiji: Literal["keep", "replace", "hold"] = "replace"
    # Twelve digits with the check digit of an Individual Number (マイナンバー).
    individual_number: Measure = "hold"


class FilePolicy(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How much people attach.  What becomes of it is in the profile, beside the policy."""

    max_bytes: Annotated[int, Meta(ge=1, le=MAX_FILE_BYTES)] = 20 * 1024 * 1024
    max_count: Annotated[int, Meta(ge=0, le=MAX_FILES)] = MAX_FILES
    # Whether each file that could cross waits until a superior of its author says yes.
    action: Literal["pass", "approve"] = "pass"


class WordList(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Words that people should not send, or not without somebody's having looked.

    An entry matches as written, without regard to case and width: ㊙ is not 秘.  `patterns`
    are in the syntax of RE2, which cannot be made to take for ever.  With the action `pass` a list
    is there only for rules that name it.
    """

    name: RuleName
    action: Measure = "hold"
    words: list[Annotated[str, Meta(min_length=1, max_length=200)]] = []
    patterns: list[Annotated[str, Meta(min_length=1, max_length=1000)]] = []


class ActionRule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is done with what people say, where all of this holds.  What is left out does not count.

    Of several rules, and whatever else objects, the strictest decides.
    """

    name: RuleName
    action: Literal["approve", "hold", "refuse"]
    # Ids of rooms; and of people, tenants or frontends, any of which may be the sender's.
    rooms: list[str] = []
    senders: list[str] = []
    # Extensions of names of files, as "xlsx": at least one file has one of them; "*" is any file.
    files: list[Annotated[str, Meta(pattern=r"^(\*|[a-z0-9]{1,10})$")]] = []
    # Bytes of all files together, from which on it holds.
    min_bytes: Annotated[int, Meta(ge=0)] = 0
    # Names of lists of words, of any of which something occurs.
    words: list[RuleName] = []
    # Whether there is an Individual Number.
    individual_number: bool = False


class EventRate(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many events one sender may have taken."""

    per_minute: Amount = 600
    burst: Amount = 1_200
    action: Objection = "refuse"


class ByteRate(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many bytes, text and files, one sender may have taken."""

    per_day: Amount = 2 * 1024 * 1024 * 1024
    action: Objection = "hold"


class AdministrationRate(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many events of administration a lane takes; what is beyond waits, and is not refused."""

    # A thousand a second is about what a lane carries.  Ten thousand people, 500 sections and
    # 300 rooms of 60 members are 28,800 events, and come in at once.
    per_minute: Amount = 60_000
    burst: Amount = 60_000


class Rates(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one sender may use up, and how fast a lane takes what administers people and rooms."""

    events: EventRate = EventRate()
    bytes: ByteRate = ByteRate()
    administration: AdministrationRate = AdministrationRate()


class HeldTally(NamedTuple):
    """How much is held: how many messages, or files, and their bytes."""

    number: int
    bytes: int


# As a rule it is told to whoever sent what found no room.
Shortage = Literal["holds-full", "holds-full-sender"]


class Holds(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is kept back until a person decides."""

    # A week holds a long weekend and who is back after it; nobody waits for more than a year.
    expire_hours: Annotated[int, Meta(ge=1, le=MAX_HOLD_HOURS)] = 168
    # Who decides: told to whoever sent it and to whoever waits for it.
    desk: OperatorsDesk = "operator"
    # So many operators must agree before something is released: two are four eyes.
    operators: Annotated[int, Meta(ge=1, le=2)] = 1
    # Or so many superiors, of what waits for them; 0: theirs is not enough, however many.
    approvers: Annotated[int, Meta(ge=0, le=4)] = 1
    # Beyond these what would be held is refused, so that a flood of it cannot fill the disk.
    max_count: Amount = 10_000
    max_bytes: Amount = 1024 * 1024 * 1024
    # Of that one sender's share, so that none of them keeps the others from being looked at.
    per_sender_count: Amount = 1_000
    per_sender_bytes: Amount = 256 * 1024 * 1024

    def shortage(self, of_all: HeldTally, of_sender: HeldTally, size: int) -> Shortage | None:
        """Return which bound `size` bytes more would break, beside what is kept already."""
        if of_all.number >= self.max_count or of_all.bytes + size > self.max_bytes:
            return "holds-full"
        if of_sender.number >= self.per_sender_count:
            return "holds-full-sender"
        if of_sender.bytes + size > self.per_sender_bytes:
            return "holds-full-sender"
        return None

    def end(self, now: int) -> int:
        """Return when what is held from `now` on expires, both in milliseconds."""
        return now + self.expire_hours * _HOUR_MS


class Policy(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything a lane's policy says."""

    version: Literal[1]
    kinds: list[str]
    rooms: RoomPolicy = RoomPolicy()
    text: TextPolicy = TextPolicy()
    files: FilePolicy = FilePolicy()
    words: list[WordList] = []
    rules: list[ActionRule] = []
    rates: Rates = Rates()
    holds: Holds = Holds()


def read_policy(path: Path) -> Policy:
    """Return the policy in the file at `path`.

    Raises `SettingsFault` saying what is wrong with it.
    """
    policy = read_settings(path, Policy)
    allowed = KINDS - {str(body.__struct_config__.tag) for body in RELAY_ONLY}
    if unknown := sorted(set(policy.kinds) - allowed):
        known = ", ".join(sorted(allowed))
        raise SettingsFault(f"{path}: kinds: {unknown[0]!r} is none of {known}")
    if trouble := _trouble_of(policy):
        raise SettingsFault(f"{path}: {trouble}")
    return policy


def _trouble_of(policy: Policy) -> str | None:
    """Return what is wrong with lists and rules beyond what their types say, or None."""
    lists = {each.name for each in policy.words}
    if len(lists) < len(policy.words) or len({r.name for r in policy.rules}) < len(policy.rules):
        return "two lists of words, or two rules, have one name"
    for rule in policy.rules:
        if not rule_conditions(rule):
            return f"rules: {rule.name!r} has no condition: it would hold for everything"
        if missing := sorted(set(rule.words) - lists):
            return f"rules: {rule.name!r} names the list {missing[0]!r}, which is not there"
    measures = [policy.text.individual_number, *(each.action for each in policy.words)]
    if "approve" in [*measures, *(rule.action for rule in policy.rules)]:
        return "approve: superiors agree to files, under [files] action: write hold here"
    return None


def rule_conditions(rule: ActionRule) -> list[object]:
    """Return the conditions that `rule` has."""
    told = (rule.rooms, rule.senders, rule.files, rule.min_bytes, rule.words)
    return [each for each in (*told, rule.individual_number) if each]


class Action(IntEnum):
    """What to do with an event.  The strictest finding decides."""

    PASS = 0
    HOLD = 1
    REFUSE = 2


ACTIONS = {"pass": Action.PASS, "hold": Action.HOLD, "refuse": Action.REFUSE}


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """Something a rule has noticed.

    `rule` says what was found and never quotes it: it is logged, shown to the
    sender and kept for years.
    """

    action: Action
    reason: Reason
    rule: str


# A rule looks at the events of one payload, in normal form, and at nothing else: the
# same events always get the same findings, today and in the inquiry a year from now.
Rule = Callable[[Sequence[Event]], Iterator[tuple[int, RuleFinding]]]


def judge_by_policy(events: Sequence[Event], rules: Sequence[Rule]) -> list[RuleFinding | None]:
    """Return for each of `events` the strictest finding, the first one of several."""
    judged: list[RuleFinding | None] = [None] * len(events)
    for rule in rules:
        for index, finding in rule(events):
            known = judged[index]
            if known is None or finding.action > known.action:
                judged[index] = finding
    return judged
