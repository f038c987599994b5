"""JSON becomes typed values, or an error that says which member is wrong."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from sekisho_client import Unexpected
from sekisho_client.decoding import Raw, Unknown, decode, decode_items, decode_member, parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A part of something."""

    size: int
    kind: Literal["small", "large"] = "small"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cat:
    """One of two that are told apart by `type`."""

    type: Literal["cat"] = "cat"
    lives: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dog:
    """The other."""

    type: Literal["dog"] = "dog"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """One member of each shape."""

    name: str
    leaf: Leaf
    maybe: Leaf | None = None
    leaves: list[Leaf] = field(default_factory=list)
    by_name: dict[str, list[int]] = field(default_factory=dict)
    pair: tuple[str, int] = ("", 0)
    pet: Cat | Dog | None = None
    guest: Cat | Raw | None = None
    mood: Literal["calm", "wild"] | Unknown = "calm"
    inner: "Tree | None" = None
    open: bool = False
    share: float = 0.0
    anything: Any = None


SMALL = {"name": "a", "leaf": {"size": 1}}


def test_each_shape_becomes_what_it_says() -> None:
    said = SMALL | {
        "maybe": {"size": 2, "kind": "large"},
        "leaves": [{"size": 3}],
        "by_name": {"x": [1, 2]},
        "pair": ["exif", 0],
        "pet": {"type": "dog", "name": "ポチ"},
        "guest": {"type": "cat", "lives": 9},
        "mood": "wild",
        "inner": SMALL,
        "open": True,
        "share": 1,
        "anything": {"deep": [None]},
    }
    assert decode(said, Tree) == Tree(
        name="a",
        leaf=Leaf(size=1),
        maybe=Leaf(size=2, kind="large"),
        leaves=[Leaf(size=3)],
        by_name={"x": [1, 2]},
        pair=("exif", 0),
        pet=Dog(name="ポチ"),
        guest=Cat(lives=9),
        mood="wild",
        inner=Tree(name="a", leaf=Leaf(size=1)),
        open=True,
        share=1,
        anything={"deep": [None]},
    )


def test_what_a_newer_server_says_is_passed_over_or_kept_as_it_is() -> None:
    newer = SMALL | {"guest": {"type": "fish", "fins": 2}, "mood": "dreamy", "later": [1]}
    tree = decode(newer | {"leaf": {"size": 1, "more": 0}}, Tree)
    assert tree.guest == Raw("fish", {"type": "fish", "fins": 2})
    assert (tree.mood, tree.leaf) == ("dreamy", Leaf(size=1))


@pytest.mark.parametrize(
    ("wrong", "pointer", "fault"),
    [
        ({"name": 1}, "/name", "is a whole number, not a string"),
        ({"name": None}, "/name", "is null, not a string"),
        ({"leaf": []}, "/leaf", "is a list, not an object"),
        ({"leaf": {}}, "/leaf/size", "is missing"),
        ({"leaf": {"size": True}}, "/leaf/size", "is true or false, not a whole number"),
        ({"leaf": {"size": 1.0}}, "/leaf/size", "is a number, not a whole number"),
        ({"leaf": {"size": 1, "kind": "x"}}, "/leaf/kind", "is 'x', not one of 'small', 'large'"),
        ({"leaf": {"size": 1, "kind": {}}}, "/leaf/kind", "is an object, not one of"),
        ({"maybe": 0}, "/maybe", "is a whole number, not an object"),
        ({"leaves": {}}, "/leaves", "is an object, not a list"),
        ({"leaves": [{"size": 1}, {"size": ""}]}, "/leaves/1/size", "is a string"),
        ({"by_name": {"a/b~": ["1"]}}, "/by_name/a~1b~0/0", "is a string, not a whole number"),
        ({"pair": ["x"]}, "/pair", "has 1 parts, not 2"),
        ({"pair": ["x", "y"]}, "/pair/1", "is a string, not a whole number"),
        ({"pet": {"type": "fish"}}, "/pet/type", "is 'fish', not one of 'cat', 'dog'"),
        ({"pet": {"lives": 9}}, "/pet/type", "is missing"),
        ({"guest": {"type": 1}}, "/guest/type", "is a whole number, not a string"),
        ({"mood": 1}, "/mood", "is a whole number, not a string"),
        ({"inner": SMALL | {"leaf": None}}, "/inner/leaf", "is null, not an object"),
        ({"open": 1}, "/open", "is a whole number, not true or false"),
        ({"share": "1"}, "/share", "is a string, not a number"),
    ],
)
def test_what_is_wrong_is_named_by_its_pointer(
    wrong: dict[str, Any], pointer: str, fault: str
) -> None:
    with pytest.raises(Unexpected) as caught:
        decode(SMALL | wrong, Tree)
    assert caught.value.pointer == pointer
    assert caught.value.fault.startswith(fault)
    assert str(caught.value).startswith(pointer)


@pytest.mark.parametrize("name", ["name", "leaf"])
def test_a_member_that_must_be_there_is_missed(name: str) -> None:
    with pytest.raises(Unexpected, match=f"^/{name} is missing$"):
        decode({key: value for key, value in SMALL.items() if key != name}, Tree)


def test_a_part_of_an_answer_is_named_from_its_root() -> None:
    assert decode_items({"items": [{"size": 1}], "next": None}, Leaf) == [Leaf(size=1)]
    with pytest.raises(Unexpected, match=r"^/items/0/size is a string"):
        decode_items({"items": [{"size": ""}]}, Leaf)
    with pytest.raises(Unexpected, match=r"^/id is missing$"):
        decode_member({}, "id", str)
    with pytest.raises(Unexpected, match=r"^the answer is a list, not an object$"):
        decode_member([], "id", str)


@pytest.mark.parametrize(
    "untrusted",
    [b"", b"{", b"\xff", b"NaN", b"[Infinity]", b"9" * 5000, b"[" * 200_000, b'{"a":' * 200_000],
)
def test_what_is_no_json_is_refused_however_deep_or_long(untrusted: bytes) -> None:
    with pytest.raises(Unexpected, match=r"^the answer is not JSON"):
        parse(untrusted)


def test_what_nests_for_ever_in_its_shape_is_refused_and_not_a_crash() -> None:
    said: dict[str, Any] = SMALL
    for _ in range(5_000):
        said = SMALL | {"inner": said}
    with pytest.raises(Unexpected, match="is nested too deeply"):
        decode(said, Tree)
    assert decode(parse(json.dumps(SMALL)), Tree).inner is None


def test_a_shape_that_json_has_not_is_a_bug_of_the_program() -> None:
    with pytest.raises(TypeError, match="is no shape"):
        decode({}, set)
