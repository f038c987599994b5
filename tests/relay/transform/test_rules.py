"""The rules: what they object to, and what they let be."""

from pathlib import Path

import msgspec
import pytest

from relay.transform.policy import (
    Action,
    ActionRule,
    FilePolicy,
    Objection,
    Policy,
    RoomPolicy,
    Rule,
    RuleFinding,
    TextPolicy,
    WordList,
    judge_by_policy,
    read_policy,
)
from relay.transform.rules import (
    individual_numbers,
    limit_attachments,
    limit_kinds,
    limit_lengths,
    limit_rooms,
    limit_words,
    rules_of,
)
from runtime.settings import SettingsFault
from tests.relay.transform.site import AUTHOR, ROOM, act, file_ref, new_id, post
from wire.bodies import MessageEdit, MessageWithdraw, ProfileSet, ReadSet, RoomPut
from wire.events import Event
from wire.reasons import Reason

ROOT = Path(__file__).parents[3]


def found(rule: Rule, *events: Event) -> list[int]:
    return [index for index, _ in rule(events)]


def test_other_kinds_are_refused() -> None:
    said = post("一")
    rule = limit_kinds(["message.post"])
    assert found(rule, said, act(said, MessageWithdraw(said.id)), said) == [1]


def test_a_room_that_is_denied_or_not_allowed_is_refused() -> None:
    other = "rm_" + "0" * 26
    assert found(limit_rooms(RoomPolicy(deny=[ROOM])), post("一")) == [0]
    assert found(limit_rooms(RoomPolicy(allow=[other])), post("一")) == [0]
    assert found(limit_rooms(RoomPolicy(allow=[ROOM])), post("一")) == []
    assert found(limit_rooms(RoomPolicy(allow=[ROOM], deny=[ROOM])), post("一")) == [0]


def test_a_text_is_as_long_as_the_policy_says() -> None:
    said = post("五文字です")
    assert found(limit_lengths(TextPolicy(max_characters=5)), said) == []
    edit = act(said, MessageEdit(said.id, "長い文字列"))
    assert found(limit_lengths(TextPolicy(max_characters=4)), said, edit) == [0, 1]


def test_a_message_has_as_many_files_as_the_policy_says() -> None:
    two = [file_ref(bytes([n]), f"{n}.txt", "text/plain") for n in range(2)]
    assert found(limit_attachments(FilePolicy(max_count=2)), post("一", *two)) == []
    assert found(limit_attachments(FilePolicy(max_count=1)), post("一", *two)) == [0]


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [("hold", Reason.HELD_BY_RULE), ("refuse", Reason.UNCLEAN_TEXT)],
)
def test_a_sender_hears_whether_a_word_is_held_or_refused(
    verdict: Objection, reason: Reason
) -> None:
    rule = limit_words(WordList(name="w", action=verdict, words=["取扱注意"]))
    assert [finding.reason for _, finding in rule([post("取扱注意")])] == [reason]


def test_files_are_of_messages_only() -> None:
    said = post("一", file_ref(b"x", "a.txt", "text/plain"))
    edit = Event(said.id, 1, 0, ROOM, said.author, MessageEdit(said.id, ""), said.files)
    (finding,) = [each for _, each in limit_attachments(FilePolicy())([said, edit])]
    assert finding == RuleFinding(Action.REFUSE, Reason.KIND_NOT_ALLOWED, "files-of-message")


@pytest.mark.parametrize(
    "text", ["これは取扱注意です", "ＡＢＣ社外", "abc社外", "Abc社外", "x機密-12y"]
)
def test_words_are_found_whatever_their_width_and_case(text: str) -> None:
    rule = limit_words(WordList(name="w", words=["取扱注意", "ABC社外"], patterns=["機密-[0-9]+"]))
    assert found(rule, post("よい"), post(text), post("よい")) == [1]


def test_a_word_matches_as_written_and_not_as_what_it_resembles() -> None:
    rule = limit_words(WordList(name="w", words=["㊙", "①次案"]))
    assert found(rule, post("秘書課"), post("1次案"), post("㊙"), post("極㊙"), post("①次案")) == [
        2,
        3,
        4,
    ]


def test_a_plain_word_is_found_in_whatever_looks_like_it() -> None:
    rule = limit_words(WordList(name="w", words=["極秘"]))
    assert found(rule, post("極秘"), post("極㊙"), post("秘")) == [0, 1]


def test_a_pattern_is_looked_for_in_both_spellings() -> None:
    rule = limit_words(WordList(name="w", patterns=["㊙[0-9]", "極秘[0-9]"]))
    assert found(rule, post("㊙１"), post("秘1"), post("極㊙1")) == [0, 2]


def test_halfwidth_katakana_is_the_same_word_as_written_in_full() -> None:
    rule = limit_words(WordList(name="w", words=["㊙ﾌｧｲﾙ", "ﾊﾟｽﾜｰﾄﾞ"]))
    assert found(rule, post("㊙ファイル"), post("秘ファイル"), post("パスワード")) == [0, 2]


def test_a_word_does_not_reach_from_one_message_into_the_next() -> None:
    rule = limit_words(WordList(name="w", words=["機密"], patterns=["機\\s*密", "機.密"]))
    assert found(rule, post("機"), post("密")) == []


def test_words_are_looked_for_wherever_people_can_type() -> None:
    rule = limit_words(WordList(name="w", words=["機密"]))
    said = post("一")
    assert found(
        rule,
        post("添付", file_ref(b"x", "機密.txt", "text/plain")),
        act(said, MessageEdit(said.id, "機密")),
        act(said, MessageWithdraw(said.id, "機密")),
        act(said, RoomPut(name="部屋", topic="機密")),
    ) == [0, 1, 2, 3]


def acted_on(event: Event, rule: ActionRule, *lists: WordList) -> str | None:
    """Return by which rule `event` is held, if it is."""
    policy = Policy(version=1, kinds=["message.post", "read.set"], rules=[rule], words=[*lists])
    (finding,) = judge_by_policy([event], rules_of(policy))
    return None if finding is None else finding.rule


SHEET = file_ref(b"x" * 100, "名簿.xlsx", "application/vnd.ms-excel")


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"rooms": [ROOM]}, True),
        ({"rooms": ["rm_" + "0" * 26]}, False),
        ({"senders": [AUTHOR.uid]}, True),
        ({"senders": [AUTHOR.tenant]}, True),
        ({"senders": [AUTHOR.frontend]}, True),
        ({"senders": ["us_" + "0" * 26]}, False),
        ({"files": ["*"]}, True),
        ({"files": ["pdf", "xlsx"]}, True),
        ({"files": ["pdf"]}, False),
        ({"min_bytes": 100}, True),
        ({"min_bytes": 101}, False),
        ({"words": ["w"]}, True),
        ({"words": ["other"]}, False),
        ({"individual_number": True}, False),
        ({"rooms": [ROOM], "files": ["xlsx"], "words": ["w"]}, True),
        ({"rooms": [ROOM], "files": ["xlsx"], "words": ["other"]}, False),
    ],
)
def test_a_rule_acts_where_all_of_its_conditions_hold(
    condition: dict[str, object], holds: bool
) -> None:
    lists = [
        WordList(name="w", action="pass", words=["名簿"]),
        WordList(name="other", action="pass", words=["議事録"]),
    ]
    rule = msgspec.convert({"name": "r", "action": "hold"} | condition, ActionRule)
    found = acted_on(post("送ります", SHEET), rule, *lists)
    assert found == ("rule-r" if holds else None)


def test_a_rule_is_about_what_people_say() -> None:
    rule = ActionRule(name="r", action="hold", rooms=[ROOM])
    said = post("一")
    assert acted_on(said, rule) == "rule-r"
    assert acted_on(act(said, ReadSet(said.id, 1, 1, said.at)), rule) is None


def test_a_list_that_passes_is_there_for_rules_only() -> None:
    words = WordList(name="w", action="pass", words=["名簿"])
    assert acted_on(post("名簿"), ActionRule(name="r", action="hold", files=["*"]), words) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[rules]]\nname = "r"\naction = "hold"\n', "no condition"),
        ('[[rules]]\nname = "r"\naction = "hold"\nwords = ["w"]\n', "'w', which is not there"),
        ('[[rules]]\nname = "r"\naction = "approve"\nfiles = ["*"]\n', "approve"),
        ('[[words]]\nname = "w"\naction = "approve"\n', "approve"),
        ('[text]\nindividual_number = "approve"\n', "approve"),
        ('[[words]]\nname = "w"\n[[words]]\nname = "w"\n', "one name"),
    ],
)
def test_a_policy_that_nobody_could_carry_out_is_not_loaded(
    tmp_path: Path, text: str, told: str
) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(f'version = 1\nkinds = ["message.post"]\n{text}')
    with pytest.raises(SettingsFault, match=told):
        read_policy(path)


def test_a_word_is_no_pattern() -> None:
    rule = limit_words(WordList(name="w", words=["a.c"]))
    assert found(rule, post("abc"), post("a.c")) == [1]


def test_a_list_without_words_objects_to_nothing() -> None:
    policy = Policy(version=1, kinds=["message.post"], words=[WordList(name="w")])
    assert judge_by_policy([post("一"), post("")], rules_of(policy)) == [None, None]


def test_a_pattern_cannot_be_made_to_take_for_ever() -> None:
    rule = limit_words(WordList(name="w", patterns=["(a+)+b"]))
    assert found(rule, post("a" * 7_999 + "!")) == []


@pytest.mark.parametrize("pattern", ["^機密", "機密$", "a|b$", "\\A機密", "機密\\z"])
def test_a_pattern_has_no_ends_since_one_search_looks_through_several_texts(pattern: str) -> None:
    with pytest.raises(SettingsFault, match="leave out"):
        limit_words(WordList(name="w", patterns=[pattern]))


@pytest.mark.parametrize("pattern", ["[^a]密", "機\\$", "[$^]", "[]^]密", "\\^"])
def test_what_only_looks_like_an_end_is_none(pattern: str) -> None:
    limit_words(WordList(name="w", patterns=[pattern]))


def test_an_individual_number_is_held_and_another_number_is_not() -> None:
    said = [post("よい"), post("番号は1234-5678-9018です"), post("番号は1234-5678-9019です")]
    assert found(individual_numbers(Action.HOLD), *said) == [1]


def test_two_numbers_of_one_person_are_not_one() -> None:
    digits = "123456789018"
    phone, own = f"{digits[:4]}-{digits[4:8]}", digits[8:]
    profile = act(post(""), ProfileSet(new_id("us"), telephone=phone, staff_number=own))
    assert found(individual_numbers(Action.HOLD), profile) == []


def finding_only(finding: RuleFinding) -> Rule:
    return lambda _: iter([(0, finding)])


def test_the_strictest_finding_decides_and_of_equals_the_first() -> None:
    hold = RuleFinding(Action.HOLD, Reason.HELD_BY_RULE, "a")
    refuse = RuleFinding(Action.REFUSE, Reason.UNCLEAN_TEXT, "b")
    later = RuleFinding(Action.REFUSE, Reason.UNCLEAN_TEXT, "c")
    rules = [finding_only(each) for each in (hold, refuse, later)]
    assert judge_by_policy([post("一")], rules) == [refuse]
    assert judge_by_policy([post("一")], rules[:1]) == [hold]
    assert judge_by_policy([post("一")], []) == [None]


def test_a_finding_never_quotes_what_it_found() -> None:
    policy = read_policy(ROOT / "config" / "policy" / "export.toml")
    said = post("部外秘 123456789018")
    (finding,) = judge_by_policy([said], rules_of(policy))
    assert finding is not None
    assert finding.action is Action.HOLD
    assert "部外秘" not in str(finding)
    assert "123456789018" not in str(finding)


@pytest.mark.parametrize("lane", ["import", "export"])
def test_the_policies_that_come_with_us_can_be_used(lane: str) -> None:
    policy = read_policy(ROOT / "config" / "policy" / f"{lane}.toml")
    assert judge_by_policy([post("おはようございます")], rules_of(policy)) == [None]


@pytest.mark.parametrize(
    ("toml", "key"),
    [
        ("version = 2\nkinds = []", "version"),
        ('version = 1\nkinds = ["file.ready"]', "file.ready"),
        ("version = 1\nkinds = []\n[files]\nmax_bytes = 1_000_000_000", "files.max_bytes"),
        ("version = 1\nkinds = []\nallow_original = true", "allow_original"),
        ('version = 1\nkinds = []\n[[words]]\nname = "A B"', "words"),
        ('version = 1\nkinds = []\n[files]\nmax_count = "many"', "files.max_count"),
    ],
)
def test_a_policy_that_makes_no_sense_says_where(tmp_path: Path, toml: str, key: str) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(toml)
    with pytest.raises(SettingsFault) as caught:
        read_policy(path)
    assert key in str(caught.value)
    assert str(path) in str(caught.value)
