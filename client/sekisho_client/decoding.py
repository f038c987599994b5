"""From JSON to typed values: what a server says is checked against the dataclass it should be.

    decode({"id": "us_…", "name": "花子", "later": 1}, User)

A shape is a dataclass, `list[…]`, `dict[str, …]`, `tuple[…]`, a `Literal`, a union of such, or
`str`, `int`, `bool`, `None` and `Any`.  A newer server may say more: members that a dataclass does
not name are passed over, and `Literal[…] | Unknown` is any string.  Of a union of dataclasses, the
one is taken whose `type`, a `Literal` with its name as the default, is that of the JSON object;
where none is, `Raw` is, if the union has it.  What is nested more
deeply than Python can follow is `Unexpected` too.
"""

import dataclasses
import json
from collections.abc import Callable, Mapping
from types import GenericAlias, NoneType, UnionType
from typing import (
    Any,
    Literal,
    NewType,
    TypeAlias,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from sekisho_client.errors import Unexpected

T = TypeVar("T")
# A word that is in no list of this client: a later server says it.
Unknown = NewType("Unknown", str)
# What a value can be decoded to.
Shape: TypeAlias = type[T]
Reader = Callable[[object], Any]

# What tells the dataclasses of a union apart, in JSON and here.
TAG = "type"

_JSON_NAMES: Mapping[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    NoneType: "null",
}


# Made when a shape is first met: a program has some dozens of them.
_READERS: dict[Any, Reader] = {}


@dataclasses.dataclass(frozen=True, slots=True)
class Raw:
    """Something of a `type` that this client does not know, as the server said it."""

    type: str
    value: Any


def parse(untrusted: bytes | str) -> Any:
    """Return the JSON value that `untrusted` is.  Raises `Unexpected` if it is none."""
    try:
        return json.loads(untrusted, parse_constant=_reject_constant)
    except (ValueError, RecursionError) as trouble:  # also of bytes that are not UTF-8
        raise Unexpected("", f"is not JSON: {trouble}") from None


def decode(value: object, shape: Shape[T]) -> T:
    """Return `value`, which came from JSON, as `shape`.  Raises `Unexpected` with the path."""
    try:
        decoded: T = _reader(shape)(value)
    except RecursionError:
        raise Unexpected("", "is nested too deeply") from None
    return decoded


def decode_member(value: object, name: str, shape: Shape[T]) -> T:
    """Return one member of an object, as `shape`."""
    members = decode(value, dict[str, Any])
    if name not in members:
        raise Unexpected(f"/{name}", "is missing")
    with_path: T = _at(name, _reader(shape), members[name])
    return with_path


def decode_items(value: object, shape: Shape[T]) -> list[T]:
    """Return the member `items` of an object, a list of `shape`."""
    items: list[T] = decode_member(value, "items", GenericAlias(list, (shape,)))  # type: ignore[arg-type] # list[shape], made at run time
    return items


def _reject_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _at(name: str | int, read: Reader, value: object) -> Any:
    """Read a part of something, and let an error say where that part stands."""
    try:
        return read(value)
    except Unexpected as trouble:
        escaped = str(name).replace("~", "~0").replace("/", "~1")
        raise Unexpected(f"/{escaped}{trouble.pointer}", trouble.fault) from None


def _instance(value: object, wanted: type) -> Any:
    """Return `value` if it is of the JSON type `wanted`; true and false are no numbers."""
    is_number = wanted is float and type(value) is int
    if type(value) is not wanted and not is_number:
        found = _JSON_NAMES.get(type(value), type(value).__name__)
        raise Unexpected("", f"is {found}, not {_JSON_NAMES[wanted]}")
    return value


def _reader(shape: Any) -> Reader:
    """Return what reads a `shape`; made once for each."""
    if shape not in _READERS:
        _READERS[shape] = _make_reader(shape)
    return _READERS[shape]


def _make_reader(shape: Any) -> Reader:
    origin, arguments = get_origin(shape), get_args(shape)
    if shape is Any:
        return lambda value: value
    if shape is None:
        return _reader(NoneType)
    if origin is Literal:
        return _literal(arguments)
    if origin in (Union, UnionType):
        return _union(arguments)
    if shape is Unknown:
        return _reader(str)
    if origin is list:
        return _list(_reader(arguments[0]))
    if origin is tuple:
        return _tuple([_reader(argument) for argument in arguments])
    if origin is dict and arguments[0] is str:
        return _dict(_reader(arguments[1]))
    if dataclasses.is_dataclass(shape):
        return _object(shape)
    if shape in _JSON_NAMES and shape not in (dict, list):
        return lambda value: _instance(value, shape)
    raise TypeError(f"{shape!r} is no shape that JSON can be decoded to")


def _literal(words: tuple[Any, ...]) -> Reader:
    def read(value: object) -> Any:
        # Compared with the type: True == 1, and a list cannot be looked up in a set.
        if not any(type(value) is type(word) and value == word for word in words):
            raise Unexpected("", f"is {_shown(value)}, not one of {', '.join(map(repr, words))}")
        return value

    return read


def _shown(value: object) -> str:
    if isinstance(value, str) and len(value) <= 40:
        return repr(value)
    return _JSON_NAMES.get(type(value), type(value).__name__)


def _list(read_item: Reader) -> Reader:
    return lambda value: [
        _at(number, read_item, item) for number, item in enumerate(_instance(value, list))
    ]


def _tuple(readers: list[Reader]) -> Reader:
    def read(value: object) -> Any:
        parts = _instance(value, list)
        if len(parts) != len(readers):
            raise Unexpected("", f"has {len(parts)} parts, not {len(readers)}")
        return tuple(
            _at(number, reader, part)
            for number, (reader, part) in enumerate(zip(readers, parts, strict=True))
        )

    return read


def _dict(read_value: Reader) -> Reader:
    return lambda value: {
        name: _at(name, read_value, each) for name, each in _instance(value, dict).items()
    }


def _object(shape: Any) -> Reader:
    hints = get_type_hints(shape)
    fields = dataclasses.fields(shape)
    # Filled when first used, so that a shape may hold itself.
    readers: dict[str, Reader] = {}
    required = [
        field.name
        for field in fields
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]

    def read(value: object) -> Any:
        given = _instance(value, dict)
        if not readers:
            readers.update({field.name: _reader(hints[field.name]) for field in fields})
        for name in required:
            if name not in given:
                raise Unexpected(f"/{name}", "is missing")
        return shape(
            **{
                name: _at(name, read_member, given[name])
                for name, read_member in readers.items()
                if name in given
            }
        )

    return read


def _union(arguments: tuple[Any, ...]) -> Reader:
    others = [each for each in arguments if each is not NoneType]
    if Unknown in others:
        read = _reader(str)
    elif len(others) > 1:
        read = _tagged(others)
    else:  # looked up when it is needed: it may be the shape that this is part of

        def read(value: object) -> Any:
            return _reader(others[0])(value)

    if len(others) == len(arguments):
        return read
    return lambda value: None if value is None else read(value)


def _tagged(shapes: list[Any]) -> Reader:
    """Return what reads one of several dataclasses that their `type` tells apart."""
    known = {get_args(get_type_hints(each)[TAG])[0]: each for each in shapes if each is not Raw}

    def read(value: object) -> Any:
        tag = decode_member(value, TAG, str)
        if tag in known:
            return _reader(known[tag])(value)
        if Raw in shapes:
            return Raw(tag, value)
        raise Unexpected(f"/{TAG}", f"is {_shown(tag)}, not one of {', '.join(map(repr, known))}")

    return read
