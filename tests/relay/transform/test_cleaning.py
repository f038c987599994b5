"""What the sanitizer is asked to do, and what is made of its answers."""

import hashlib
from pathlib import Path

import pytest

from relay.rule_files import rules_digest
from relay.transform.policy import FilePolicy
from relay.transform.profiles import read_profile
from relay.transform.sanitising import REASONS
from runtime.settings import SettingsFault
from sanitizer import outcome
from sanitizer.kinds import Kind
from sanitizer.profile import DEFAULT_PROFILE, MEBIBYTE, FileLimits
from tests.conftest import ROOT
from wire.reasons import Reason
from wire.receipts import REASONS as ON_THE_WIRE
from wire.removed import REMOVED


def test_every_word_of_the_sanitizers_has_one_that_a_receipt_can_say() -> None:
    assert set(REASONS) == set(outcome.FileReason)
    assert set(REASONS.values()) <= set(ON_THE_WIRE)


def test_whatever_the_sanitizer_removes_has_a_word_in_receipts() -> None:
    assert set(outcome.Removed) <= set(REMOVED)


def test_only_what_is_no_refusal_goes_without_a_reason() -> None:
    assert [word for word, reason in REASONS.items() if reason is None] == [outcome.FileReason.NONE]


def test_a_file_costs_no_more_than_policy_and_profile_allow(tmp_path: Path) -> None:
    (tmp_path / "profile.toml").write_text("[limits]\nmax_mebibytes = 1\n")
    assert read_profile(tmp_path, FilePolicy(max_bytes=1_000)).limits.max_bytes == 1_000
    assert read_profile(tmp_path, FilePolicy()).limits.max_bytes == MEBIBYTE


@pytest.mark.parametrize("text", ['[kinds]\npng = "pass"\n', "x", "\ud800"])
def test_a_profile_that_is_not_understood_stops_the_lane(tmp_path: Path, text: str) -> None:
    (tmp_path / "profile.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(SettingsFault, match="profile"):
        read_profile(tmp_path, FilePolicy())


def test_a_lane_without_a_profile_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match="sekisho init"):
        read_profile(tmp_path, FilePolicy())


@pytest.mark.parametrize("lane", ["import", "export"])
def test_what_a_new_site_begins_with_rebuilds_everything(tmp_path: Path, lane: str) -> None:
    shipped = (ROOT / "config" / "profile" / f"{lane}.toml").read_text("utf-8")
    (tmp_path / "profile.toml").write_text(shipped)
    profile = read_profile(tmp_path, FilePolicy())
    assert (profile.limits, profile.rules) == (FileLimits(), DEFAULT_PROFILE.rules)
    assert profile.similarity == DEFAULT_PROFILE.similarity
    assert all(profile.action(kind) is DEFAULT_PROFILE.action(kind) for kind in Kind)


def test_both_files_stand_behind_the_hash_in_every_record(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_bytes(b"a")
    with pytest.raises(SettingsFault, match="profile"):
        rules_digest(tmp_path)
    (tmp_path / "profile.toml").write_bytes(b"b")
    assert rules_digest(tmp_path) == hashlib.sha256(b"ab").hexdigest()


def test_a_file_that_could_not_be_cleaned_for_no_fault_of_its_own_says_so() -> None:
    assert REASONS[outcome.FileReason.JAIL_FAILED] is Reason.FILE_NOT_CLEANED
