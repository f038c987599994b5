"""`sekisho status`: the state of each node of this host, as it says itself."""

from pathlib import Path

import click

from sekisho.arguments import site_argument
from sekisho.screen import as_json_option, print_json, print_table


@click.command()
@site_argument
@as_json_option
def status(folder: Path, as_json: bool) -> int:
    """Show the state of the nodes in DIR.

    The exit code is 1 if a node does not answer or has halted.  --json has all that the
    nodes say of themselves.
    """
    from sekisho import node_statuses
    from sekisho.exits import Exit
    from sekisho.node_statuses import COLUMNS

    found = node_statuses.readings(folder)
    if as_json:
        print_json({each.node.name: each.as_json() for each in found})
    else:
        print_table(COLUMNS, [row for each in found for row in each.rows()])
    return Exit.OK if all(each.is_well for each in found) else Exit.FOUND
