"""Arguments that many subcommands take."""

from pathlib import Path

import click

site_argument = click.argument(
    "folder",
    metavar="DIR",
    # A node passes through: its user need not see which others there are.
    type=click.Path(exists=True, file_okay=False, readable=False, path_type=Path),
)
lane_argument = click.argument("lane", type=click.Choice(["import", "export"]))
