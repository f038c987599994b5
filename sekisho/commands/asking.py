"""Asking a zone's admin socket, and showing what it answers: for the commands about a zone."""

from pathlib import Path
from typing import Any

import click

from sekisho.screen import print_json, print_table

zone_option = click.option(
    "--zone", type=click.Choice(["internet", "lgwan"]), required=True, help="The zone."
)


def ask_zone(folder: Path, zone: str, method: str, path: str, body: object = None) -> Any:
    """Return what the admin socket of a zone answers.  Raises `Refused` or `Unavailable`."""
    from sekisho.local_socket import ask_node
    from sekisho.site import zone_node

    return ask_node(folder / zone_node(zone).admin_socket, method, path, body)


def print_list(answer: Any, columns: list[str], as_json: bool) -> None:
    """Print the items of an answer, as a table or as JSON."""
    found = answer["items"]
    if as_json:
        print_json(found)
        return
    print_table(columns, [[_cell(each.get(column)) for column in columns] for each in found])


def _cell(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value
