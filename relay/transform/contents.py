"""What stands inside files, judged by the rules for what people write.  Pure.

Nothing here keeps or quotes a word of it: what is said of a file is a rule and a count.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from relay.transform.individual_numbers import BETWEEN, count_individual_numbers
from relay.transform.policy import ACTIONS, Action, Policy
from relay.transform.rules import search_words


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
    return lambda text: sum(1 for search in searches for _ in search(text))


def judge_contents(contents: Sequence[str], rules: Sequence[ContentRule]) -> ContentFinding | None:
    """Return the strictest finding in the words of a file, of several the first one."""
    text = BETWEEN.join(contents)
    strictest: ContentFinding | None = None
    for rule in rules if text else ():
        is_stricter = strictest is None or rule.action > strictest.action
        if is_stricter and (count := rule.times_in(text)):
            strictest = ContentFinding(rule.action, rule.name, count)
    return strictest
