"""The roll is in order after every change, and says what the directory says."""

import random

import pytest

from tests.zone.events import an_id
from wire.merge import Register
from zone.copy.directory_views import UserView
from zone.store import roll
from zone.store.directory import Directory


def register(uid: str, field: str, value: str) -> Register:
    return Register(uid, field, value, "1")


def in_order(directory: Directory, users: list[str]) -> list[UserView]:
    known = [view for uid in users if (view := directory.user(uid)) is not None]
    return sorted(known, key=lambda user: (user.kana, user.name, user.id))


@pytest.mark.parametrize("many", [1, 4, 1000])
def test_everybody_is_in_order_after_any_changes(
    monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(roll, "MANY", many)
    dice, directory = random.Random(many), Directory()
    users = [an_id("us", n) for n in range(30)]
    for _ in range(200):
        for uid in dice.sample(users, dice.randrange(6)):
            field = dice.choice(["name", "kana", "status"])
            directory.learn([register(uid, field, dice.choice("あいうえお"))])
        assert directory.users() == in_order(directory, users)
    assert len(directory.users()) == len(users)


def test_a_list_once_given_out_does_not_change() -> None:
    directory, uid = Directory(), an_id("us", 1)
    directory.learn([register(uid, "name", "花子")])
    before = directory.users()
    directory.learn([register(uid, "name", "太郎"), register(an_id("us", 2), "name", "次郎")])
    assert [user.name for user in directory.users()] == ["太郎", "次郎"]
    assert [user.name for user in before] == ["花子"]
