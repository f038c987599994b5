"""The lane's policy as the verify stage reads it, with its own code.

It reads the text that the transform stage reads, and shares none of its types: what this stage
believes about `policy.toml` stands here.  What only the other stage carries out (rates, and of
holds all but who must agree) is passed over; anything else that is not known is no policy, so that
no rule can stand in the text that only one of the stages has heard of.
"""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from relay.verify.policy.patterns import PatternFault
from relay.verify.policy.quorum import MAX_APPROVERS, MAX_OPERATORS, Quorum
from relay.verify.policy.word_lists import ListedWords, list_words
from runtime.settings import SettingsFault
from wire.bodies import KINDS
from wire.fields import MAX_FILE_BYTES, MAX_FILES, MAX_TEXT

T = TypeVar("T", str, int, bool)

_OF_TRANSFORM: Final = frozenset({"rates"})
_MEASURES: Final = ("pass", "hold", "refuse")
_SAID_BY_RELAY: Final = frozenset({"relay.notice", "file.ready"})


@dataclass(frozen=True, slots=True)
class JointRule:
    """What is done where all conditions hold; one that is empty, or 0, is none."""

    name: str
    action: str
    rooms: frozenset[str]
    senders: frozenset[str]
    endings: frozenset[str]
    min_bytes: int
    lists: tuple[ListedWords, ...]
    is_of_numbers: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LanePolicy:
    """What may cross on a lane.  An action is `pass`, `hold` or `refuse`."""

    kinds: frozenset[str] = KINDS - _SAID_BY_RELAY
    rooms: frozenset[str] = frozenset()  # empty: all but those that are denied
    denied_rooms: frozenset[str] = frozenset()
    max_characters: int = MAX_TEXT
    gaiji: str = "keep"
    individual_number: str = "pass"
    max_file_bytes: int = MAX_FILE_BYTES
    max_files: int = MAX_FILES
    words: tuple[ListedWords, ...] = ()
    rules: tuple[JointRule, ...] = field(default=())
    # How many must agree before something held goes on.
    quorum: Quorum = field(default_factory=Quorum)


def read_lane_policy(text: bytes, path: Path) -> LanePolicy:
    """Return the policy that the file at `path` holds, or raise `SettingsFault`: what is wrong."""
    try:
        return _policy(_Table(tomllib.loads(text.decode()), ""))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as trouble:
        raise SettingsFault(f"{path} is not TOML: {trouble}") from None
    except _Unread as trouble:
        raise SettingsFault(f"{path}: {trouble}") from None


class _Unread(Exception):
    """Something in a policy is not as it must be: where, and what was expected."""


class _Table:
    """A table of a policy, of which each member is taken out once, and none may be left."""

    def __init__(self, told: Mapping[str, Any], where: str) -> None:
        self._left = dict(told)
        self._where = where

    def take(self, name: str, kind: type[T], default: T | None = None) -> T:
        """Return the member `name`, which is a `kind`."""
        value = self._left.pop(name, default)
        if type(value) is not kind:
            raise _Unread(f"{self._where}{name}: expected {kind.__name__}")
        return value

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Return a whole number within bounds."""
        value = self.take(name, int, default)
        if not least <= value <= most:
            raise _Unread(f"{self._where}{name}: expected a number from {least} to {most}")
        return value

    def one_of(self, name: str, known: Collection[str], default: str | None = None) -> str:
        """Return a word of a closed list."""
        value = self.take(name, str, default)
        if value not in known:
            raise _Unread(f"{self._where}{name}: {value!r} is none of {', '.join(known)}")
        return value

    def texts(self, name: str, *, is_needed: bool = False) -> list[str]:
        """Return a list of texts, none of which is empty."""
        value = self._left.pop(name, None if is_needed else [])
        if not isinstance(value, list) or any(type(e) is not str or not e for e in value):
            raise _Unread(f"{self._where}{name}: expected a list of texts")
        return value

    def table(self, name: str) -> "_Table":
        """Return the table `name`, empty if it is not there."""
        value = self._left.pop(name, {})
        if not isinstance(value, dict):
            raise _Unread(f"{self._where}{name}: expected a table")
        return _Table(value, f"{self._where}{name}.")

    def tables(self, name: str) -> Iterator["_Table"]:
        """Yield the tables of the list `name`."""
        value = self._left.pop(name, [])
        if not isinstance(value, list) or any(not isinstance(each, dict) for each in value):
            raise _Unread(f"{self._where}{name}: expected tables")
        yield from (_Table(each, f"{self._where}{name}[{at}].") for at, each in enumerate(value))

    def end(self, passed_over: Collection[str] = ()) -> None:
        """Object to whatever is left."""
        for name in self._left.keys() - set(passed_over):
            raise _Unread(f"{self._where}{name} is not known to this stage")


def _policy(top: _Table) -> LanePolicy:
    if top.take("version", int) != 1:
        raise _Unread("version: expected 1")
    kinds = frozenset(top.texts("kinds", is_needed=True))
    if unknown := sorted(kinds - (KINDS - _SAID_BY_RELAY)):
        raise _Unread(f"kinds: {unknown[0]!r} is not known")
    rooms, text, files = top.table("rooms"), top.table("text"), top.table("files")
    words = tuple(_listed(each) for each in top.tables("words"))
    by_name = {each.name: each for each in words}
    rules = tuple(_rule(each, by_name) for each in top.tables("rules"))
    if len(by_name) < len(words) or len({rule.name for rule in rules}) < len(rules):
        raise _Unread("two lists of words, or two rules, have one name")
    policy = LanePolicy(
        kinds=kinds,
        rooms=frozenset(rooms.texts("allow")),
        denied_rooms=frozenset(rooms.texts("deny")),
        max_characters=text.number("max_characters", MAX_TEXT, 1, MAX_TEXT),
        gaiji=text.one_of("gaiji", ("keep", "replace", "hold"), "replace"),
        individual_number=text.one_of("individual_number", _MEASURES, "hold"),
        max_file_bytes=files.number("max_bytes", 20 * 1024 * 1024, 1, MAX_FILE_BYTES),
        max_files=files.number("max_count", MAX_FILES, 0, MAX_FILES),
        words=words,
        rules=rules,
        quorum=_quorum(top.table("holds"), files),
    )
    for table in (rooms, text, files):
        table.end()
    top.end(_OF_TRANSFORM)
    return policy


def _quorum(holds: _Table, files: _Table) -> Quorum:
    return Quorum(
        holds.number("operators", 1, 1, MAX_OPERATORS),
        holds.number("approvers", 1, 0, MAX_APPROVERS),
        is_for_files=files.one_of("action", ("pass", "approve"), "pass") == "approve",
    )


def _listed(table: _Table) -> ListedWords:
    name = table.take("name", str)
    action = table.one_of("action", _MEASURES, "hold")
    words, patterns = table.texts("words"), table.texts("patterns")
    table.end()
    try:
        return list_words(name, action, words, patterns)
    except PatternFault as trouble:
        raise _Unread(f"words {name!r}: {trouble}") from None


def _rule(table: _Table, lists: Mapping[str, ListedWords]) -> JointRule:
    rule = JointRule(
        name=(name := table.take("name", str)),
        action=table.one_of("action", _MEASURES[1:]),
        rooms=frozenset(table.texts("rooms")),
        senders=frozenset(table.texts("senders")),
        endings=frozenset(table.texts("files")),
        min_bytes=table.number("min_bytes", 0, 0, 2**53),
        lists=tuple(_known(lists, each, name) for each in table.texts("words")),
        is_of_numbers=table.take("individual_number", bool, False),
    )
    table.end()
    conditions = (rule.rooms, rule.senders, rule.endings, rule.min_bytes, rule.lists)
    if not any(conditions) and not rule.is_of_numbers:
        raise _Unread(f"rules: {name!r} has no condition")
    return rule


def _known(lists: Mapping[str, ListedWords], name: str, rule: str) -> ListedWords:
    if name not in lists:
        raise _Unread(f"rules: {rule!r} names the list {name!r}, which is not there")
    return lists[name]
