"""docs/commands.ja.md and docs/settings.ja.md: the tables of the code, told in Japanese.

What there is to tell comes from the commands and the settings' types, as in English; the
sentences come from japanese.toml.  One that is missing, or left over from something that
is gone, is a `KeyError` that names it, so that no translation falls behind unnoticed.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import click
from msgspec import NODEFAULT, Struct

from sekisho.annotated import Section, sections_of, toml_value
from sekisho.exits import Exit
from sekisho.main import HELP_OPTIONS

_COMMANDS_HEAD = """\
# コマンド

English: [commands.md](commands.md)

`DIR` は `sekisho init` が作ったフォルダーです。結果を表示するコマンドはどれも `--json` を受け付け、
一つの JSON 文書を出します(`api` と `prove` は常に JSON です)。
パイプでは、表の欄をタブで区切ります。失敗したときは、理由が標準エラー出力に一行で出ます。

<!-- Printed from the code: python3 -m sekisho.write_docs -->

## 終了コード

| コード | 意味 |
|---|---|
"""

_SETTINGS_HEAD = """\
# 設定

English: [settings.md](settings.md)

各プログラムは、起動時に一度だけ、ノードのフォルダーにある TOML ファイルを読みます。
知らないキーや、種類の違う値があれば、その両方を示す一行を出し、終了コード 78 で止まります。
`sekisho init` は、すべての設定を書いたファイルを作ります。注釈付きの例は `config/` にあります。
何を通すかは設定ではありません。レーンごとの `policy.toml` で決まります。
ファイルをどう扱うかは `profile.toml` で決まります([sanitising.ja.md](sanitising.ja.md))。

<!-- Printed from the code: python3 -m sekisho.write_docs -->
"""

Sentences = dict[str, Any]


def commands_of(described: Mapping[str, click.Command]) -> str:
    """Return docs/commands.ja.md for the commands of `described`, by their full names."""
    told = _sentences()
    codes = told["exits"]
    rows = "".join(f"| {code.value} | {codes.pop(str(code.value))} |\n" for code in Exit)
    parts = [_command(name, each, told) for name, each in described.items()]
    told["options"].clear()  # they stand for many commands, so none of them uses one up
    _demand_none_left(told, "exits", "commands")
    return "\n".join([_COMMANDS_HEAD + rows, *parts])


def settings_of(described: Mapping[str, type[Struct]]) -> str:
    """Return docs/settings.ja.md for the settings types of `described`, by their files."""
    told = _sentences()
    parts = []
    for name, form in described.items():
        sections = [_section(each, told["settings"][name]) for each in sections_of(form)]
        parts.append("\n".join([f"## `{name}`\n", *sections]))
    _demand_none_left(told, "settings")
    return "\n".join([_SETTINGS_HEAD, *parts])


def _sentences() -> Sentences:
    return tomllib.loads((files("sekisho") / "japanese.toml").read_text(encoding="utf-8"))


def _command(name: str, command: click.Command, told: Sentences) -> str:
    own: Sentences = told["commands"].get(name, {})
    context = click.Context(command, info_name=name, help_option_names=HELP_OPTIONS)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    lines = [f"## `{name}`", "", "```text", usage, "```", "", _taken_lines(own, name), ""]
    if isinstance(command, click.Group):
        lines += ["| コマンド | |", "|---|---|"]
        for inner in command.commands:
            brief = told["commands"][f"{name} {inner}"]["help"].partition("\n")[0]
            lines.append(f"| `{inner}` | {brief} |")
        lines.append("")
    lines += [
        "| オプション | 意味 |",
        "|---|---|",
        *_options(command, context, own, told["options"]),
    ]
    return "\n".join([*lines, ""])


def _options(
    command: click.Command, context: click.Context, own: Sentences, common: Sentences
) -> Iterator[str]:
    for option in command.get_params(context):
        record = option.get_help_record(context) if isinstance(option, click.Option) else None
        if record is not None:
            written = record[0].replace("|", "\\|")
            key = ", ".join(option.opts)
            meaning = own.pop(key, None) or _known(common, key, str(context.info_name))
            yield f"| `{written}` | {meaning} |"


def _section(section: Section, told: Sentences) -> str:
    own = told
    for part in filter(None, section.path.split(".")):
        own = own.get(part, {})
    name = section.path or "file"
    lines = [f"### `[{section.path}]`" if section.path else "### 最上位", ""]
    lines += [_taken_lines(own, name), ""]
    lines += ["| キー | 意味 | 既定値 |", "|---|---|---|"]
    for each in section.settings:
        default = "必須" if each.default is NODEFAULT else f"`{toml_value(each.default)}`"
        meaning = _taken(own, each.key, name)
        lines.append(f"| `{each.key}` | {meaning} | {default} |")
    return "\n".join([*lines, ""])


def _taken(sentences: Sentences, key: str, of: str) -> str:
    """Return a sentence and use it up."""
    sentence = _known(sentences, key, of)
    del sentences[key]
    return sentence


def _taken_lines(sentences: Sentences, of: str) -> str:
    """Return what introduces a command or a table, one sentence a line, and use it up."""
    return re.sub(r"。(?=[^\n])", "。\n", _taken(sentences, "help", of))


def _known(sentences: Sentences, key: str, of: str) -> str:
    if key not in sentences:
        raise KeyError(f"japanese.toml has no sentence for {key} of {of}")
    return str(sentences[key])


def _demand_none_left(told: Sentences, *tables: str) -> None:
    left = [path for table in tables for path in _leaves(told[table], table)]
    if left:
        raise KeyError(f"japanese.toml has sentences for what is gone: {', '.join(left)}")


def _leaves(told: Sentences, path: str) -> Iterator[str]:
    for key, value in told.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{path}.{key}")
        else:
            yield f"{path}.{key}"
