"""`sekisho keys`: which keys this host has, and whom it trusts.

A key becomes trusted when somebody has compared its confirmation number (照合番号)
with what the other host's staff read out: the card alone proves nothing.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sekisho.arguments import site_argument
from sekisho.screen import as_json_option, print_json, print_table

if TYPE_CHECKING:
    from sekisho.site import Node
    from wire.keyring import KeyEntry


@click.group()
def keys() -> None:
    """Show this host's keys, carry them to others as cards, and trust those of others."""


@keys.command()
@site_argument
@as_json_option
def show(folder: Path, as_json: bool) -> None:
    """Show the keys of this host with the numbers (照合番号) to read to the others."""
    _print_entries([entry for _, entry in _own(folder)], as_json)


@keys.command()
@site_argument
@click.argument("role")
def card(folder: Path, role: str) -> None:
    """Print the card of the key that this host holds for ROLE."""
    from sekisho import keystore
    from sekisho.site import nodes_in

    for node in nodes_in(folder):
        if role in node.roles:
            held = next(each for each in node.roles if each == role)
            click.echo(keystore.card_of(folder, node, held))
            return
    raise click.UsageError(f"no node of {folder} has a key for {role}")


@keys.command("list")
@site_argument
@as_json_option
def list_keys(folder: Path, as_json: bool) -> None:
    """List the keys that the nodes of this host trust."""
    from runtime.node import read_keyring
    from sekisho.site import nodes_in

    entries = {e for node in nodes_in(folder) for e in read_keyring(folder / node.folder).entries}
    _print_entries(sorted(entries), as_json)


@keys.command()
@site_argument
@click.argument(
    "cards",
    metavar="CARD...",
    type=click.Path(exists=True, path_type=Path),
    nargs=-1,
    required=True,
)
@click.option("--number", help="For scripts: the number's last digits, 15 or more.")
@as_json_option
def add(folder: Path, cards: tuple[Path, ...], number: str | None, as_json: bool) -> None:
    """Trust the keys on CARD... in every node of this host.

    For each, type at least the last 15 digits of the number that the staff of the
    other host read to you from their own `sekisho keys show`, not from the card.
    """
    from sekisho import keystore
    from sekisho.site import nodes_in
    from wire.keyring import MAX_CARD_BYTES, demand_number, read_card

    if number is not None and len(cards) > 1:
        raise click.UsageError("--number goes with one card")
    nodes = nodes_in(folder)
    added = []
    for path in cards:
        with path.open("rb") as file:
            entry = read_card(file.read(MAX_CARD_BYTES + 1))
        _demand_new(folder, nodes, entry)
        demand_number(entry, _ask(entry) if number is None else number)
        for node in nodes:
            keystore.add(folder / node.folder, [entry])
        added.append(entry)
        if not as_json:
            click.echo(f"{entry.role} of {entry.node} is trusted by {len(nodes)} node(s).")
    if as_json:
        print_json([_as_json(entry) for entry in added])
    else:
        click.echo(
            "鍵束は起動時に読まれます / Nodes that run read their keyring when they start again."
        )


def _demand_new(folder: Path, nodes: tuple["Node", ...], entry: "KeyEntry") -> None:
    """Say before anybody types a number that a role has a key already."""
    from runtime.settings import SettingsFault
    from sekisho import keystore

    held = [keystore.entry_of(keystore.keyring_of(folder / n.folder), entry.role) for n in nodes]
    other = next((e for e in held if e is not None and e.key != entry.key), None)
    if other is not None:
        raise SettingsFault(
            f"{entry.role} has another key already, of {other.node}: nothing was added"
        )
    if None not in held:
        raise SettingsFault(f"this key of {entry.role} is trusted already: nothing was added")


def _ask(entry: "KeyEntry") -> str:
    """Have somebody type what the other host's staff read out."""
    from wire.keyring import confirmation_number

    click.echo(f"\n{entry.role} of {entry.node}\n照合番号  {confirmation_number(entry)}", err=True)
    answer: str = click.prompt("Last 15 digits or more of the number read to you", err=True)
    return answer


def _own(folder: Path) -> list[tuple["Node", "KeyEntry"]]:
    from sekisho import keystore
    from sekisho.site import nodes_in
    from wire.keyring import read_card

    return [
        (node, read_card(keystore.card_of(folder, node, role)))
        for node in nodes_in(folder)
        for role in node.roles
    ]


def _print_entries(entries: list["KeyEntry"], as_json: bool) -> None:
    if as_json:
        print_json([_as_json(entry) for entry in entries])
        return
    print_table(
        ["role", "node", "照合番号", "key id", "since", "state"],
        [
            (
                each["role"],
                each["node"],
                each["number"],
                each["keyid"][:8],
                each["since"],
                each["state"],
            )
            for each in map(_as_json, entries)
        ],
    )


def _as_json(entry: "KeyEntry") -> dict[str, Any]:
    import datetime

    from wire.keyring import confirmation_number, raw_key
    from wire.keys import key_id

    since = datetime.datetime.fromtimestamp(entry.since / 1000, datetime.UTC)
    return {
        "role": entry.role,
        "node": entry.node,
        "number": confirmation_number(entry),
        "keyid": key_id(raw_key(entry)),
        "since": since.isoformat(timespec="seconds"),
        "state": "revoked" if entry.revoked else "trusted",
    }
