"""Prints what is derived from the code: `python3 -m sekisho.write_docs`, in the source tree.

config/*.toml and docs/settings.md come from the settings' types, docs/commands.md from
the commands, docs/doctor.md from the doctor's list, the bodies of requests in docs/api.md from
the table of routes; `sekisho.japanese` has the Japanese of
the first two.  Tests compare.
"""

import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import click

from sekisho import annotated, exits, japanese
from sekisho.doctor import faults, remedies
from sekisho.main import COMMANDS, HELP_OPTIONS, load_subcommand
from sekisho.programs import EXAMPLES, settings_type
from sekisho.request_docs import with_bodies
from sekisho.site import Program

ROOT = Path(__file__).parents[1]

_SETTINGS_HEAD = """\
# Settings

日本語: [settings.ja.md](settings.ja.md)

Each program reads one TOML file in its node's folder, once, when it starts. An
unknown key or a value of another kind stops it with exit code 78 and a line that names both.
`sekisho init` writes the files with every setting in them; annotated examples are in
`config/`. What may cross is not a setting: it is in each lane's `policy.toml`, and what
becomes of files in its `profile.toml`: see [sanitising.md](sanitising.md).

<!-- Printed from the code: python3 -m sekisho.write_docs -->
"""

_DOCTOR_HEAD = """\
# What `sekisho doctor` finds

`sekisho doctor DIR` looks at the nodes of this host, running or not, and changes nothing.
It exits with 1 if there is a fault.
Warnings alone leave the exit code at 0; these codes are warnings:
%s

<!-- Printed from the code: python3 -m sekisho.write_docs -->

"""

_COMMANDS_HEAD = """\
# The command line

日本語: [commands.ja.md](commands.ja.md)

`DIR` is the folder that `sekisho init` made. Every command that prints a result takes
`--json` and then prints one JSON document (`api` and `prove` print JSON anyway). In a
pipe, tables are fields between tabs. An error is one line on stderr.

<!-- Printed from the code: python3 -m sekisho.write_docs -->

## Exit codes

| code | meaning |
|---|---|
"""


def _warnings() -> str:
    *names, last = (f"`{code}`" for code, told in faults.MEANINGS.items() if told.is_warning)
    return textwrap.fill(f"{', '.join(names)} and {last}.", 100, break_on_hyphens=False)


def written() -> Mapping[str, Callable[[], str]]:
    """Return what makes the contents of each file that is printed from the code."""
    return {
        **{f"config/{each}.toml": _example(each) for each in Program},
        "docs/api.md": lambda: with_bodies((ROOT / "docs/api.md").read_text(encoding="utf-8")),
        "docs/settings.md": _settings,
        "docs/doctor.md": lambda: _DOCTOR_HEAD % _warnings() + remedies.markdown(),
        "docs/commands.md": _commands,
        "docs/settings.ja.md": lambda: japanese.settings_of(
            {f"{each}.toml": settings_type(each) for each in Program}
        ),
        "docs/commands.ja.md": lambda: japanese.commands_of(dict(_all_commands())),
    }


def main() -> None:
    """Write every file again."""
    for path, contents in written().items():
        (ROOT / path).parent.mkdir(exist_ok=True)
        (ROOT / path).write_text(contents(), encoding="utf-8")


def _example(program: Program) -> Callable[[], str]:
    return lambda: annotated.toml(settings_type(program), EXAMPLES[program])


def _settings() -> str:
    parts = (f"## `{each}.toml`\n\n{annotated.markdown(settings_type(each))}" for each in Program)
    return "\n".join([_SETTINGS_HEAD, *parts])


def _commands() -> str:
    codes = "".join(f"| {code.value} | {meaning} |\n" for code, meaning in exits.MEANINGS.items())
    parts = [_described(command, name) for name, command in _all_commands()]
    return "\n".join([_COMMANDS_HEAD + codes, *parts])


def _all_commands() -> Iterator[tuple[str, click.Command]]:
    """Yield each command under its full name, a group before what is in it."""
    for name, entry in COMMANDS.items():
        command = load_subcommand(entry)
        yield f"sekisho {name}", command
        if isinstance(command, click.Group):
            yield from (
                (f"sekisho {name} {each}", inner) for each, inner in command.commands.items()
            )


def _described(command: click.Command, name: str) -> str:
    context = click.Context(
        command,
        info_name=name,
        terminal_width=88,
        max_content_width=88,
        help_option_names=HELP_OPTIONS,
    )
    return f"## `{name}`\n\n```text\n{command.get_help(context)}\n```\n"


if __name__ == "__main__":
    main()
