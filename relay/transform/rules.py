"""The rules: each looks at the events of one payload and says what it has found.  Pure.

Rules that need a memory are not here: what a sender has used up is weighed in
`relay.transform.rates`, where the store keeps it.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

import re2

from relay.transform.individual_numbers import BETWEEN, count_individual_numbers
from relay.transform.normalise import texts_of
from relay.transform.policy import (
    ACTIONS,
    Action,
    ActionRule,
    FilePolicy,
    Policy,
    RoomPolicy,
    Rule,
    RuleFinding,
    TextPolicy,
    WordList,
)
from runtime.settings import SettingsFault
from wire.digests import NOTHING, CopyDigest
from wire.events import Author, Event, FileRef, owner_of_files
from wire.reasons import Reason


def rules_of(policy: Policy) -> tuple[Rule, ...]:
    """Return the rules that `policy` asks for, or raise `SettingsFault`."""
    rules = [
        limit_kinds(policy.kinds),
        limit_digests(),
        limit_lengths(policy.text),
        limit_attachments(policy.files),
    ]
    if policy.rooms.allow or policy.rooms.deny:
        rules.append(limit_rooms(policy.rooms))
    if policy.text.individual_number != "pass":
        rules.append(individual_numbers(ACTIONS[policy.text.individual_number]))
    rules += [
        limit_words(each)
        for each in policy.words
        if each.action != "pass" and (each.words or each.patterns)
    ]
    lists = {each.name: each for each in policy.words}
    rules += [act_on(each, [lists[name] for name in each.words]) for each in policy.rules]
    return tuple(rules)


def limit_kinds(allowed: Sequence[str]) -> Rule:
    """Refuse events of any other kind."""
    known = frozenset(allowed)

    def rule(events: Sequence[Event]) -> Iterator[tuple[int, RuleFinding]]:
        for index, event in enumerate(events):
            if event.kind not in known:
                yield index, RuleFinding(Action.REFUSE, Reason.KIND_NOT_ALLOWED, "kinds")

    return rule


def limit_digests() -> Rule:
    """Refuse digests of the copy that carry anything beside what they are for."""

    def rule(events: Sequence[Event]) -> Iterator[tuple[int, RuleFinding]]:
        for index, event in enumerate(events):
            body = event.body
            if not isinstance(body, CopyDigest):
                continue
            ends = [body.after, *(span.upto for span in body.spans)]
            empty = [
                each.digest for each, end in zip(body.spans, ends, strict=False) if each.upto == end
            ]
            is_bare = event.room is None and not event.files and event.author.person is None
            if not is_bare or ends != sorted(ends) or set(empty) - {NOTHING}:
                yield index, RuleFinding(Action.REFUSE, Reason.KIND_NOT_ALLOWED, "digest-form")

    return rule


def limit_rooms(policy: RoomPolicy) -> Rule:
    """Refuse events of rooms that are not to cross.  What concerns no room passes."""
    allow, deny = frozenset(policy.allow), frozenset(policy.deny)

    def rule(events: Sequence[Event]) -> Iterator[tuple[int, RuleFinding]]:
        for index, event in enumerate(events):
            room = event.room
            if room is not None and (room in deny or (allow and room not in allow)):
                yield index, RuleFinding(Action.REFUSE, Reason.ROOM_NOT_ALLOWED, "rooms")

    return rule


def limit_lengths(policy: TextPolicy) -> Rule:
    """Refuse a text that is longer than the policy allows."""
    most = policy.max_characters

    def rule(events: Sequence[Event]) -> Iterator[tuple[int, RuleFinding]]:
        for index, event in enumerate(events):
            if any(len(text) > most for text in texts_of(event)):
                yield index, RuleFinding(Action.REFUSE, Reason.TOO_LARGE, "text-length")

    return rule


def limit_attachments(policy: FilePolicy) -> Rule:
    """Refuse files that are too many or too large, or that could not be told when they come."""

    def objection(event: Event) -> RuleFinding | None:
        if owner_of_files(event) is None:
            return RuleFinding(Action.REFUSE, Reason.KIND_NOT_ALLOWED, "files-of-message")
        if len(event.files) > policy.max_count:
            return RuleFinding(Action.REFUSE, Reason.TOO_LARGE, "file-count")
        if any(file.size > policy.max_bytes for file in event.files):
            return RuleFinding(Action.REFUSE, Reason.TOO_LARGE, "file-size")
        if not _can_be_told(event.files):
            return RuleFinding(Action.REFUSE, Reason.FILE_BROKEN, "file-hash")
        return None

    def rule(events: Sequence[Event]) -> Iterator[tuple[int, RuleFinding]]:
        for index, event in enumerate(events):
            if event.files and (found := objection(event)) is not None:
                yield index, found

    return rule


def _can_be_told(files: Sequence[FileRef]) -> bool:
    """Return whether each file has a hash, and one hash does not stand for two sizes."""
    sizes = {file.sha256: file.size for file in files}
    return None not in sizes and all(sizes[file.sha256] == file.size for file in files)


def limit_words(policy: WordList) -> Rule:
    """Object to texts in which a word or a pattern of the list occurs.

    How an entry matches is in `search_words`.
    """
    occurs = _occurrence([policy])
    action = ACTIONS[policy.action]
    finding = RuleFinding(action, reason_of(action), f"words-{policy.name}")

    def rule(events: Sequence[Event]) -> Iterator[tuple[int, RuleFinding]]:
        if not occurs(events):
            return
        for index, event in enumerate(events):
            if occurs([event]):
                yield index, finding

    return rule


def _occurrence(lists: Sequence[WordList]) -> Callable[[Sequence[Event]], bool]:
    """Return what says whether something of any of `lists` occurs in events."""
    searches = [search for each in lists for search in search_words(each)]

    def occurs(events: Sequence[Event]) -> bool:
        text = _joined(events)
        return any(next(search(text), None) is not None for search in searches)

    return occurs


# Takes a text that need not be folded; yields each place where something was found.
WordSearch = Callable[[str], Iterator[object]]


def search_words(policy: WordList) -> Iterator[WordSearch]:
    """Yield what finds the entries of a list; nothing where it has none.

    An entry matches as written.  ㊙ is not 秘: a word that folding would make another is looked
    for in the text as it stands, and any other word in the folded text, which sees through
    what only looks different (極㊙ for 極秘).  A pattern is looked for in both, anywhere: it
    has no `^` and no `$`, so that one search can look through many texts.
    """
    for pattern in policy.patterns:
        if _ENDS.search(_HARMLESS.sub("", pattern)):
            raise SettingsFault(f"policy: words {policy.name!r}: {pattern!r}: leave out ^ and $")
    folded = [word for word in policy.words if fold(word) == fold_width(word)]
    kept = [word for word in policy.words if word not in folded]
    yield from _search(policy, fold, folded)
    yield from _search(policy, fold_width, kept)


# The ends of a text or a line; and what stands in a class of characters, or behind a backslash.
_ENDS = re.compile(r"[\^$]|\\[AzZ]")
_HARMLESS = re.compile(r"\\[^AzZ]|\[\^?\]?(?:\\.|[^\]\\])*\]")


def _search(
    policy: WordList, form: Callable[[str], str], words: Sequence[str]
) -> Iterator[WordSearch]:
    """Yield what finds any of `words` and the list's patterns in the `form` of a text."""
    entries = [*(re2.escape(form(word)) for word in words), *policy.patterns]
    if not entries:
        return
    options = re2.Options()
    options.log_errors = False  # it would go to stderr, past our log
    try:
        pattern = re2.compile("|".join(entries).encode(), options)
    except re2.error as trouble:
        raise SettingsFault(f"policy: words {policy.name!r}: {trouble}") from None
    yield lambda text: pattern.finditer(form(text).encode())


def fold(text: str) -> str:
    """Return `text` without what only looks different: case, width, circles, ligatures (NFKC)."""
    return unicodedata.normalize("NFKC", text).casefold()


# Characters that differ from another in width alone, and that one.
_WIDTHS = {
    code: unicodedata.normalize("NFKC", chr(code))
    for code in (0x3000, *range(0xFF00, 0xFFF0))
    if unicodedata.decomposition(chr(code)).startswith(("<wide>", "<narrow>"))
}


def fold_width(text: str) -> str:
    """Return `text` for comparison as it is written: without regard to case and width only."""
    return unicodedata.normalize("NFC", text.translate(_WIDTHS)).casefold()


def _joined(events: Sequence[Event]) -> str:
    return BETWEEN.join([text for event in events for text in texts_of(event)])


def reason_of(action: Action) -> Reason:
    """Return what a sender is told whose words a rule objects to."""
    return Reason.HELD_BY_RULE if action is Action.HOLD else Reason.UNCLEAN_TEXT


def individual_numbers(action: Action) -> Rule:
    """Object to texts that seem to hold somebody's Individual Number (My Number).

    What seems to be one is in `relay.transform.individual_numbers`.
    """
    finding = RuleFinding(action, reason_of(action), "individual-number")

    def rule(events: Sequence[Event]) -> Iterator[tuple[int, RuleFinding]]:
        if not count_individual_numbers(_joined(events)):
            return
        for index, event in enumerate(events):
            if count_individual_numbers(_joined([event])):
                yield index, finding

    return rule


def act_on(rule: ActionRule, lists: Sequence[WordList]) -> Rule:
    """Do what `rule` says where all of its conditions hold; `lists` are those it names.

    It is about what people say: an event without a word and without a file is none of its.
    """
    occurs = _occurrence(lists)
    action = ACTIONS[rule.action]
    finding = RuleFinding(action, reason_of(action), f"rule-{rule.name}")

    def holds(event: Event) -> bool:
        names, size = [file.name for file in event.files], sum(file.size for file in event.files)
        return (
            bool(names or texts_of(event))
            and is_about(rule, event.room, event.author, names, size)
            and (not lists or occurs([event]))
            and (not rule.individual_number or count_individual_numbers(_joined([event])) > 0)
        )

    def rule_of_events(events: Sequence[Event]) -> Iterator[tuple[int, RuleFinding]]:
        yield from ((index, finding) for index, event in enumerate(events) if holds(event))

    return rule_of_events


def _is_any(senders: Sequence[str], author: Author) -> bool:
    ids = {author.uid, author.person, author.tenant, author.frontend}
    return not ids.isdisjoint(senders)


def is_about(
    rule: ActionRule, room: str | None, author: Author, names: Sequence[str], size: int
) -> bool:
    """Return whether the conditions of a rule hold, but for what is said.

    `names` are those of files, which have `size` bytes together.
    """
    endings = {name.rpartition(".")[2].casefold() for name in names} | ({"*"} if names else set())
    return (
        (not rule.rooms or room in rule.rooms)
        and (not rule.senders or _is_any(rule.senders, author))
        and (not rule.files or not endings.isdisjoint(rule.files))
        and size >= rule.min_bytes
    )
