"""The command `sekisho`: which subcommands there are, and where each one lives.

A subcommand is imported when it is called, so that asking for help costs nothing.
What a subcommand does is never here.
"""

import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import click

from sekisho import exits


@dataclass(frozen=True, slots=True)
class Subcommand:
    """Where a subcommand lives, as `module:attribute`, and the line that `--help` has for it."""

    target: str
    help: str


HELP_OPTIONS: Final = ["-h", "--help"]

COMMANDS: Mapping[str, Subcommand] = {
    "init": Subcommand("sekisho.commands.init:init", "Make the nodes of this host: 初期設定"),
    "keys": Subcommand("sekisho.commands.keys:keys", "Exchange and list keys: 鍵"),
    "internet": Subcommand("sekisho.commands.daemons:internet", "Run the internet zone"),
    "lgwan": Subcommand("sekisho.commands.daemons:lgwan", "Run the LGWAN zone"),
    "relay": Subcommand("sekisho.commands.daemons:relay", "Run one lane of the relay"),
    "demo": Subcommand("sekisho.demo.command:demo", "Start it all here, with samples: 体験版"),
    "chat": Subcommand("sekisho.chat.command:chat", "Talk in a room, on the terminal: チャット"),
    "status": Subcommand("sekisho.commands.status:status", "State of the nodes: 稼働状況"),
    "doctor": Subcommand(
        "sekisho.commands.doctor:doctor", "Find faults, and how to mend them: 診断"
    ),
    "reconcile": Subcommand(
        "sekisho.commands.reconcile:reconcile", "Compare and mend both copies: 照合"
    ),
    "quarantine": Subcommand(
        "sekisho.commands.quarantine:quarantine", "What was sent without a right: 権限のない操作"
    ),
    "hold": Subcommand("sekisho.commands.holds:hold", "What waits for a decision: 保留"),
    "operator": Subcommand(
        "sekisho.commands.operators:operator", "Who decides upon what is held: 審査担当"
    ),
    "act": Subcommand("sekisho.commands.acts:act", "What operators did, and how far it got: 操作"),
    "lane": Subcommand("sekisho.commands.lanes:lane", "Look at a lane, or let it go on: 経路"),
    "set-back": Subcommand(
        "sekisho.commands.set_back:set_back", "Set a store back that is ahead: 時刻の修復"
    ),
    "audit": Subcommand(
        "sekisho.commands.audit:audit", "Verify, search and prove from the log: 監査"
    ),
    "tenant": Subcommand(
        "sekisho.commands.tenants:tenant", "Municipalities, and what they agreed on: 自治体"
    ),
    "user": Subcommand("sekisho.commands.people:user", "People of a zone: 利用者"),
    "frontend": Subcommand(
        "sekisho.commands.frontends:frontend", "Programs of a zone: 接続プログラム"
    ),
    "webhook": Subcommand(
        "sekisho.commands.webhooks:webhook", "Deliver events to programs: 通知先"
    ),
    "usage": Subcommand("sekisho.commands.usage:usage", "Figures for reports: 利用統計"),
    "api": Subcommand("sekisho.commands.api:api", "Ask the local socket API: API 要求"),
    "sanitize": Subcommand("sekisho.commands.sanitize:sanitize", "Sanitise files, here: 無害化"),
}


class LazyGroup(click.Group):
    """A group whose subcommands are imported when they are asked for by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        entry = COMMANDS.get(cmd_name)
        return load_subcommand(entry) if entry else None

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


def load_subcommand(entry: Subcommand) -> click.Command:
    """Import a subcommand."""
    module, _, attribute = entry.target.partition(":")
    command = getattr(importlib.import_module(module), attribute)
    if not isinstance(command, click.Command):
        raise TypeError(f"{entry.target} is not a command")
    return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": HELP_OPTIONS})
@click.version_option(package_name="sekisho")
def cli() -> None:
    """Relay gateway for two networks that must not touch (関所).

    Exit codes and every option: docs/commands.md.
    """


def main() -> None:
    """Run the command line, and end with an exit code of `sekisho.exits`."""
    sys.exit(exits.run(cli))


if __name__ == "__main__":
    main()
