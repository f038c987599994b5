"""The lane's policy, asked a second time: is there a rule that the transform stage passed over?

Pure, and written on its own.  What is found here was found there, if both stages are honest: a
find says that one of them is not, or is broken.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from msgspec import to_builtins

from relay.normal_form import Decision, Transfer
from relay.verify.policy.lane_policy import JointRule, LanePolicy
from relay.verify.policy.twelve_digits import may_show_individual_number, shows_individual_number
from relay.verify.policy.word_lists import ListedWords, Searched
from wire.bodies import FileReady, MessagePost, RelayNotice
from wire.digests import CopyDigest
from wire.events import Event
from wire.reasons import Reason

# Stands between texts that are searched as one.  None that is clean holds it.
_BETWEEN: Final = "\x1e"
_CLOSED: Final = frozenset({"kind", "type"})
_PRIVATE_USE = re.compile("[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")
_ID = re.compile(r"[a-z]{2}_[0-7][0-9a-hjkmnp-tv-z]{25}")
_LATE: Final[frozenset[Decision]] = frozenset({"denied", "expired", "refused"})


class PolicyFinding(NamedTuple):
    """A rule that does not let an item pass: its name, and what a sender is told by rights.

    `file` is set where the rule would only have held a file's name: a person may have let that
    name pass when they released the message that it belongs to.
    """

    rule: str
    reason: Reason
    file: str | None = None


def judge_again(items: Sequence[Transfer], policy: LanePolicy) -> list[PolicyFinding | None]:
    """Return for each item what the policy has against its being released as it is."""
    said = [_said(item) for item in items]
    # One look at all of them together finds what little has to be looked at one by one.
    joined = Searched(_BETWEEN.join(_joined(texts) for texts in said if texts))
    lists = [each for each in policy.words if each.occur(joined)]
    has_numbers = may_show_individual_number(joined.seen)
    return [
        None if item.event is None else next(_findings(item, item.event, texts, look), None)
        for item, texts in zip(items, said, strict=True)
        for look in (_Look(policy, lists, has_numbers, texts),)
    ]


class _Look:
    """What there may be in the texts of one event, each looked for when it is first asked for."""

    def __init__(
        self, policy: LanePolicy, lists: Sequence[ListedWords], has_numbers: bool, texts: list[str]
    ) -> None:
        self.policy = policy
        self.texts = texts
        self._lists = lists
        self._may_have_numbers = has_numbers and bool(texts)

    @cached_property
    def _searched(self) -> Searched:
        return Searched(_joined(self.texts))

    def has_any(self, lists: Sequence[ListedWords]) -> bool:
        """Return whether something of any of `lists` occurs."""
        return bool(self.texts) and any(
            each.occur(self._searched) for each in lists if each in self._lists
        )

    @cached_property
    def has_number(self) -> bool:
        """Whether there plainly is an Individual Number."""
        return self._may_have_numbers and shows_individual_number(self._searched.seen)


def _findings(
    item: Transfer, event: Event, texts: list[str], look: _Look
) -> Iterator[PolicyFinding]:
    policy, body = look.policy, event.body
    is_of_relay = isinstance(body, FileReady | RelayNotice)
    if item.decision == "refused" and not isinstance(body, FileReady):
        return  # it is not released
    if not is_of_relay and str(body.__struct_config__.tag) not in policy.kinds:
        yield PolicyFinding("kinds", Reason.KIND_NOT_ALLOWED)
    # Of what was held before its room was denied, it is still told that it will not come.
    if not (is_of_relay and item.decision in _LATE) and _is_denied(event.room, policy):
        yield PolicyFinding("rooms", Reason.ROOM_NOT_ALLOWED)
    if not is_of_relay:
        yield from _amounts(event, texts, policy)
    file = body.file if isinstance(body, FileReady) else None
    for rule, action in _occurring(event, look):
        if action == "refuse":
            yield PolicyFinding(rule, Reason.UNCLEAN_TEXT)
        elif item.decision != "released":
            yield PolicyFinding(rule, Reason.HELD_BY_RULE, file)


def _amounts(event: Event, texts: list[str], policy: LanePolicy) -> Iterator[PolicyFinding]:
    if any(len(text) > policy.max_characters for text in texts):
        yield PolicyFinding("text-length", Reason.TOO_LARGE)
    if len(event.files) > policy.max_files:
        yield PolicyFinding("file-count", Reason.TOO_LARGE)
    if any(file.size > policy.max_file_bytes for file in event.files):
        yield PolicyFinding("file-size", Reason.TOO_LARGE)


def _occurring(event: Event, look: _Look) -> Iterator[tuple[str, str]]:
    """Yield the rules that words, numbers and files of `event` come under, with their actions."""
    policy = look.policy
    if policy.gaiji != "keep" and any(map(_has_private_use, look.texts)):
        yield "gaiji", "hold" if policy.gaiji == "hold" else "refuse"
    if policy.individual_number != "pass" and look.has_number:
        yield "individual-number", policy.individual_number
    for each in policy.words:
        if each.action != "pass" and look.has_any((each,)):
            yield f"words-{each.name}", each.action
    if not isinstance(event.body, FileReady | RelayNotice):
        for rule in policy.rules:
            if _holds(rule, event, look):
                yield f"rule-{rule.name}", rule.action


def _holds(rule: JointRule, event: Event, look: _Look) -> bool:
    if not look.texts and not event.files:
        return False
    who = event.author
    ids = {who.uid, who.person, who.tenant, who.frontend}
    endings = {file.name.rpartition(".")[2].casefold() for file in event.files}
    if event.files:
        endings.add("*")
    return (
        (not rule.rooms or event.room in rule.rooms)
        and (not rule.senders or bool(rule.senders & ids))
        and (not rule.endings or bool(rule.endings & endings))
        and sum(file.size for file in event.files) >= rule.min_bytes
        and (not rule.lists or look.has_any(rule.lists))
        and (not rule.is_of_numbers or look.has_number)
    )


def _is_denied(room: str | None, policy: LanePolicy) -> bool:
    if room is None:
        return False
    return room in policy.denied_rooms or bool(policy.rooms and room not in policy.rooms)


def _said(item: Transfer) -> list[str]:
    """Return what somebody typed of what is released, names of files last."""
    event = item.event
    if event is None:
        return []
    match event.body:
        case RelayNotice() | CopyDigest():
            return []
        case FileReady(name=name):
            return [name]
        case MessagePost(text=text) as body if body.is_plain:
            texts = [text]
        case body:
            texts = [*_strings(to_builtins(body), "")]
    return texts + [file.name for file in event.files]


def _strings(value: object, member: str) -> Iterator[str]:
    """Yield every string of `value` that is no id and no word of the closed lists of kinds."""
    match value:
        case str():
            if member not in _CLOSED and _ID.fullmatch(value) is None:
                yield value
        case dict():
            for name, inner in value.items():
                yield from _strings(inner, name)
        case list() | tuple():
            for each in value:
                yield from _strings(each, member)


def _joined(texts: Sequence[str]) -> str:
    return _BETWEEN.join(texts)


def _has_private_use(text: str) -> bool:
    return _PRIVATE_USE.search(text) is not None
