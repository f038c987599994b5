"""What stands inside files, judged by the rules for what people write.

Nothing here keeps or quotes a word of it: what is said of a file is a rule and a count.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from relay.transform.individual_numbers import BETWEEN, count_individual_numbers
from relay.transform.policy import ACTIONS, Action, Policy
from relay.transform.rules import search_words
from sanitizer.outcome import ContentText, Reading

# Characters looked at in one go, so that others have their turn, and how far on one looks to see
# what stands across two pieces: further than any number or word reaches, with what is around it.
PIECE, BEYOND = 1 << 16, 1 << 11

# Where a line ends in the middle of a word, which is one word all the same.
_LINE_END = re.compile(r"\s*\n\s*")


class ContentFinding(NamedTuple):
    """What a rule has found in a file, and how many times."""

    action: Action
    rule: str
    times: int


class ContentRule(NamedTuple):
    """A rule for the words of files: what it does, its name, and how it counts what it finds."""

    action: Action
    name: str
    times_in: Callable[[str], int]


def content_rules(policy: Policy) -> tuple[ContentRule, ...]:
    """Return the rules of `policy` that words and numbers in files are judged by."""
    rules = [
        ContentRule(ACTIONS[words.action], f"words-{words.name}", _counter(searches))
        for words in policy.words
        if (searches := tuple(search_words(words)))
    ]
    if policy.text.individual_number != "pass":
        action = ACTIONS[policy.text.individual_number]
        rules.insert(0, ContentRule(action, "individual-number", count_individual_numbers))
    return tuple(rules)


def _counter(searches: Sequence[Callable[[str], Iterable[object]]]) -> Callable[[str], int]:
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
        times = dict.fromkeys(Reading, 0)
        for text in contents:
            times[text.reading] += _times(rule, text.text, deadline)
        found = times[Reading.BOTH] + max(times[Reading.SHOWN], times[Reading.WHOLE])
        if found:
            strictest = ContentFinding(rule.action, rule.name, found)
    return strictest


def _times(rule: ContentRule, text: str, deadline: float) -> int:
    """Return how many times `rule` finds something in `text`.

    What it finds where two pieces meet is in both, and in what is taken off.
    """
    times = 0
    for begins, end in _pieces(text):
        if time.monotonic() > deadline:
            raise TimeoutError
        times += rule.times_in(text[begins : end + BEYOND])
        if end < len(text):
            times -= rule.times_in(text[end : end + BEYOND])
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
