"""Settings files and their documentation, printed from the types that read them.

What is said of a setting is the comment above its field, and of a table the docstring
of its type; so neither an example nor docs/settings.md can say anything else.
"""

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec import inspect as types

Values = Mapping[str, Any]

LINE_WIDTH = 88


@dataclass(frozen=True, slots=True)
class Setting:
    """One key: what it is for, what may stand there, and what holds where it is left out."""

    key: str
    meaning: str
    form: str
    default: Any  # NODEFAULT where it must be given


@dataclass(frozen=True, slots=True)
class Section:
    """A table of settings; `path` is empty for the top of the file."""

    path: str
    meaning: str
    settings: tuple[Setting, ...]


def sections_of(form: type[Struct], path: str = "") -> Iterator[Section]:
    """Yield the tables of a settings type, the top one first."""
    comments = _comments(form)
    settings, tables = [], []
    for field in msgspec.structs.fields(form):
        if isinstance(field.type, type) and issubclass(field.type, Struct):
            tables.append((f"{path}.{field.name}".lstrip("."), field.type))
            continue
        default = field.default
        if field.default_factory is not NODEFAULT:
            default = field.default_factory()
        meaning = comments[field.name] or _docstring(field.type)
        settings.append(Setting(field.name, meaning, _words(field.type), default))
    yield Section(path, _docstring(form), tuple(settings))
    for inner_path, inner in tables:
        yield from sections_of(inner, inner_path)


def toml(form: type[Struct], values: Values) -> str:
    """Return a settings file: `values` as given, everything else as a comment with its default."""
    return "\n".join(_table(section, values) for section in sections_of(form))


def markdown(form: type[Struct]) -> str:
    """Return the tables that docs/settings.md has of a settings type."""
    lines = []
    for section in sections_of(form):
        lines += [f"### `[{section.path}]`" if section.path else "### Top level", ""]
        lines += [section.meaning, "", "| key | meaning | value | default |", "|---|---|---|---|"]
        for each in section.settings:
            default = "required" if each.default is NODEFAULT else f"`{toml_value(each.default)}`"
            lines.append(f"| `{each.key}` | {each.meaning} | {each.form} | {default} |")
        lines.append("")
    return "\n".join(lines)


def _table(section: Section, values: Values) -> str:
    chosen = values
    for part in filter(None, section.path.split(".")):
        chosen = chosen.get(part, {})
    lines = [*_comment(section.meaning)]
    if section.path:
        lines.append(f"[{section.path}]")
    for each in section.settings:
        lines += ["", *_comment(each.meaning), f"# Value: {each.form}."]
        if each.key in chosen:
            lines.append(f"{each.key} = {toml_value(chosen[each.key])}")
        elif each.default is not NODEFAULT:
            lines.append(f"# {each.key} = {toml_value(each.default)}")
        else:
            raise KeyError(f"{section.path}.{each.key} must be given")
    return "\n".join([*lines, ""])


def _comment(text: str) -> list[str]:
    paragraphs = text.split("\n\n")
    lines = [line for each in paragraphs for line in [*textwrap.wrap(each, LINE_WIDTH), ""]][:-1]
    return [f"# {line}".rstrip() for line in lines]


def toml_value(value: Any) -> str:
    """Return `value` as TOML, which for what settings hold is written as JSON is."""
    return json.dumps(msgspec.to_builtins(value), ensure_ascii=False)


def _comments(form: type[Struct]) -> dict[str, str]:
    """Return what stands as a comment above each field in the source of `form`."""
    source = textwrap.dedent(inspect.getsource(form))
    lines = source.splitlines()
    (definition,) = ast.parse(source).body
    if not isinstance(definition, ast.ClassDef):
        raise TypeError(f"{form} is not a class")
    comments = {}
    for node in definition.body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), lineno=number):
                comments[name] = _above(lines, number - 1)
    return comments


def _above(lines: list[str], index: int) -> str:
    found: list[str] = []
    while (line := lines[index - 1].strip()).startswith("#"):
        found.insert(0, line.lstrip("# "))
        index -= 1
    return " ".join(found)


def _docstring(annotation: Any) -> str:
    """Return what a type of ours says of itself; of the built-in ones there is nothing to say."""
    own = isinstance(annotation, type) and annotation.__module__ != "builtins"
    return inspect.cleandoc(annotation.__doc__ or "") if own else ""


def _words(annotation: Any) -> str:
    return _describe(types.type_info(annotation))


def _describe(info: types.Type) -> str:
    match info:
        case types.IntType(ge=least, le=most):
            return f"whole number{_range(least, most)}"
        case types.FloatType(ge=least, le=most):
            return f"number{_range(least, most)}"
        case types.StrType():
            return "text"
        case types.BoolType():
            return "true or false"
        case types.ListType(item_type=item) | types.VarTupleType(item_type=item):
            return f"list, each: {_describe(item)}"
        case types.EnumType(cls=cls):
            return "one of " + ", ".join(f'"{member.value}"' for member in cls)
        case types.LiteralType(values=values):
            return "one of " + ", ".join(toml_value(value) for value in values)
        case _:
            raise TypeError(f"no words for settings of the type {info}")


def _range(least: float | None, most: float | None) -> str:
    if most is not None:
        return f" from {least or 0} to {most}"
    return f" of {least} or more" if least is not None else ""
