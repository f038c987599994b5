"""Any kind of item, filled in by its types: what the tests that walk all kinds have to hold."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec import inspect

from wire.fields import MAX_TEXT

Leaf = inspect.StrType | inspect.LiteralType | inspect.IntType | inspect.BoolType
LINE = "一行の言葉"
PARAGRAPH = "一行目\n二行目"


def leaves(of: type) -> Iterator[tuple[str, Leaf]]:
    """Yield the plain values in a struct at any depth, by the members that hold them.

    The members of a list are the list's own.
    """
    yield from _leaves(inspect.type_info(of), "")


def _leaves(info: inspect.Type, member: str) -> Iterator[tuple[str, Leaf]]:
    match info:
        case inspect.StructType(fields=fields):
            for field in fields:
                yield from _leaves(field.type, field.name)
        case inspect.ListType(item_type=inner) | inspect.VarTupleType(item_type=inner):
            yield from _leaves(inner, member)
        case inspect.UnionType(types=inner) | inspect.TupleType(item_types=inner):
            for each in inner:
                yield from _leaves(each, member)
        case inspect.StrType() | inspect.LiteralType() | inspect.IntType() | inspect.BoolType():
            yield member, info
        case inspect.NoneType() | inspect.EnumType():  # nothing, or one of a closed list
            return
        case _:
            raise AssertionError(f"{member}: what is {info}?")


def is_typed(leaf: Leaf) -> bool:
    """Return whether people type such a value; ids and names of closed lists have a pattern."""
    return isinstance(leaf, inspect.StrType) and leaf.pattern is None


def is_running_text(leaf: Leaf) -> bool:
    """Return whether a value has several lines: it is a `wire.fields.Text`."""
    return isinstance(leaf, inspect.StrType) and leaf.max_length == MAX_TEXT


def written(_member: str, leaf: inspect.StrType) -> str:
    """Return what people might write there."""
    return PARAGRAPH if is_running_text(leaf) else LINE


Writes = Callable[[str, inspect.StrType], str]


def sample(of: type, write: Writes = written) -> Any:
    """Return a struct in which every member is said, at any depth: `write` returns its texts."""

    def value(info: inspect.Type, member: str) -> object:
        match info:
            case inspect.StructType(fields=fields, tag_field=tag_field, tag=tag):
                said = {field.encode_name: value(field.type, field.name) for field in fields}
                return said if tag_field is None else said | {tag_field: tag}
            case inspect.ListType(item_type=inner):
                return [value(inner, member)]
            case inspect.UnionType(types=types):
                one = next(each for each in types if not isinstance(each, inspect.NoneType))
                return value(one, member)
            case inspect.StrType(pattern=str(pattern)):
                return "us_" + "0" * 26 if pattern.startswith("^[a-z]{2}_") else "key"
            case inspect.StrType():
                return write(member, info)
            case inspect.LiteralType(values=values):
                return values[0]
            case inspect.IntType():
                return info.ge or 1
            case inspect.BoolType():
                return True
            case _:
                raise AssertionError(f"what is {info}?")

    return msgspec.convert(value(inspect.type_info(of), ""), of)
