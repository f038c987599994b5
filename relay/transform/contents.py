"""What stands inside files, judged by the rules for what people write.

Nothing here keeps or quotes a word of it: what is said of a file is a rule and a count.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from relay.transform.files.file_rows import FileRow
from relay.transform.individual_numbers import BETWEEN, count_individual_numbers
from relay.transform.policy import ACTIONS, Action, ActionRule, Policy
from relay.transform.rules import is_about, search_words
from sanitizer.outcome import ContentReading, ContentText
from wire.events import Author

# Characters looked at in one go, so that others have their turn, and how far on one looks to see
# what stands across two pieces: further than any number or word reaches, with what is around it.
PIECE, BEYOND = 1 << 16, 1 << 11

MAX_TIMES = 1_000_000_000  # the bound of `FileReady.found`

# Where a line ends in the middle of a word, which is one word all the same.
_LINE_END = re.compile(r"\s*\n\s*")


class ContentFinding(NamedTuple):
    """What a rule has found in a file, and how many times."""

    action: Action
    rule: str
    times: int


# Returns how many times something stands in a text.
Counter = Callable[[str], int]


class ContentRule(NamedTuple):
    """A rule for the words of files: what it does, its name, and what it counts.

    Of several things that it counts all must be there.  `condition` says of which files it is.
    """

    action: Action
    name: str
    counters: Sequence[Counter]
    condition: ActionRule | None = None


def content_rules(policy: Policy) -> tuple[ContentRule, ...]:
    """Return the rules of `policy` that words and numbers in files are judged by."""
    lists = {words.name: tuple(search_words(words)) for words in policy.words}
    rules = [
        ContentRule(ACTIONS[words.action], f"words-{words.name}", [_counter(lists[words.name])])
        for words in policy.words
        if words.action != "pass" and lists[words.name]
    ]
    if policy.text.individual_number != "pass":
        action = ACTIONS[policy.text.individual_number]
        rules.insert(0, ContentRule(action, "individual-number", [count_individual_numbers]))
    for rule in policy.rules:
        named = [search for name in rule.words for search in lists[name]]
        counters = [_counter(named)] if rule.words else []
        if rule.individual_number:
            counters.append(count_individual_numbers)
        if counters:
            rules.append(ContentRule(ACTIONS[rule.action], f"rule-{rule.name}", counters, rule))
    return tuple(rules)


def rules_about(file: FileRow, rules: Sequence[ContentRule]) -> list[ContentRule]:
    """Return those of `rules` whose conditions hold for `file`, but for what is in it."""
    author = msgspec.json.decode(file.author, type=Author)
    return [
        rule
        for rule in rules
        if rule.condition is None
        or is_about(rule.condition, file.room, author, [file.name], file.size)
    ]


def _counter(searches: Sequence[Callable[[str], Iterable[object]]]) -> Counter:
    def times_in(text: str) -> int:
        joined = _LINE_END.sub("", text)
        return max(
            sum(1 for search in searches for _ in search(each))
            for each in dict.fromkeys((text, joined))
        )

    return times_in


def judge_contents(
    contents: Sequence[ContentText], rules: Sequence[ContentRule], seconds: float
) -> ContentFinding | None:
    """Return the strictest finding in the words of a file, of several the first one.

    What is only in one reading of the file counts, what is in both counts once.
    Raises `TimeoutError` after about so many `seconds`.
    """
    deadline = time.monotonic() + seconds
    strictest: ContentFinding | None = None
    for rule in rules:
        if strictest is not None and rule.action <= strictest.action:
            continue
        found = [_found(contents, times_in, deadline) for times_in in rule.counters]
        if all(found):
            strictest = ContentFinding(rule.action, rule.name, min(MAX_TIMES, sum(found)))
    return strictest


def _found(contents: Sequence[ContentText], times_in: Counter, deadline: float) -> int:
    times = dict.fromkeys(ContentReading, 0)
    for text in contents:
        times[text.reading] += _times(times_in, text.text, deadline)
    return times[ContentReading.BOTH] + max(
        times[ContentReading.SHOWN], times[ContentReading.WHOLE]
    )


def _times(times_in: Counter, text: str, deadline: float) -> int:
    """Return how many times something stands in `text`.

    What stands where two pieces meet is in both, and in what is taken off.
    """
    times = 0
    for begins, end in _pieces(text):
        if time.monotonic() > deadline:
            raise TimeoutError
        times += times_in(text[begins : end + BEYOND])
        if end < len(text):
            times -= times_in(text[end : end + BEYOND])
    return times


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Yield where pieces of `text` begin and end: between two lines or cells, if there are any."""
    begins = 0
    while begins < len(text):
        end = begins + PIECE
        if end < len(text):
            middle = begins + PIECE // 2
            end = max(text.rfind(mark, middle, end) for mark in (BETWEEN, "\n")) + 1 or end
        yield begins, end
        begins = end
