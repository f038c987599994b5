"""`sekisho usage`: the figures of the effect reports that municipalities write."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from sekisho.arguments import site_argument
from sekisho.screen import as_json_option, print_json, print_table


@click.command()
@site_argument
@click.option(
    "--zone",
    type=click.Choice(["internet", "lgwan"]),
    default="lgwan",
    help="Zone whose copy to count, lgwan by default: shared rooms are in both.",
)
@click.option("--tenant", metavar="tn_…", help="The municipality; by default the zone's own.")
@click.option("--from", "first", metavar="YYYY-MM", help="The first month; by default 12 in all.")
@click.option("--to", "last", metavar="YYYY-MM", help="The last month; by default this one.")
@click.option(
    "--csv",
    "csv_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a table that Excel opens to this new file.",
)
@click.option(
    "--charset",
    type=click.Choice(["utf-8", "shift_jis"]),
    default="utf-8",
    help="Character encoding of the table.",
)
@as_json_option
def usage(
    folder: Path,
    zone: str,
    tenant: str | None,
    first: str | None,
    last: str | None,
    csv_file: Path | None,
    charset: str,
    as_json: bool,
) -> None:
    """Show messages, active staff and answered broadcasts: no content, no names.

    Sections of fewer than five people are counted together, so that no figure is about
    somebody in particular.
    """
    asked = {"tenant": tenant, "from": first, "to": last}
    query = {key: value for key, value in asked.items() if value is not None}
    if csv_file is not None:
        content = _ask(folder, zone, query | {"format": "csv", "charset": charset})
        with csv_file.open("xb") as file:
            file.write(content)
        return
    import json

    found = json.loads(_ask(folder, zone, query))
    if as_json:
        print_json(found)
        return
    columns = ("tenant", "section", "month", "staff", "talks", "active", "share")
    print_table(columns, _rows(found["tenant"]))


def _rows(tenant: dict[str, Any]) -> list[tuple[object, ...]]:
    name, groups = tenant["name"] or tenant["tenant"], [("", tenant["months"])]
    groups += [(one["section"], one["months"]) for one in tenant["sections"]]
    return [
        (name, section, *(month[key] for key in ("month", "staff", "talks", "active", "share")))
        for section, months in groups
        for month in months
    ]


def _ask(folder: Path, zone: str, query: dict[str, str]) -> bytes:
    from sekisho import local_socket
    from sekisho.site import zone_node

    return local_socket.fetch(
        folder / zone_node(zone).admin_socket, f"/v1/usage?{urlencode(query)}"
    )
