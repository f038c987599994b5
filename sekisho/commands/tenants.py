"""`sekisho tenant`: municipalities of an installation, and what they have agreed on."""

from pathlib import Path
from typing import Any

import click

from sekisho.arguments import site_argument
from sekisho.screen import as_json_option, print_json, print_table

_WORDS = ("directory", "direct", "calls")

tenant_argument = click.argument("tenant", metavar="TENANT")
other_argument = click.argument("other", metavar="OTHER")


@click.group()
def tenant() -> None:
    """Municipalities that share an installation.  Each sees itself alone, unless two agree."""


@tenant.command("add")
@site_argument
@click.argument("name")
@click.option("--kana", default="", help="Reading of the name, by which lists are sorted.")
@click.option("--code", default="", help="Six digits: 全国地方公共団体コード.")
@click.option("--id", "tenant_id", metavar="tn_…", help="Its id, where it has one: see `init`.")
@as_json_option
def add_tenant(
    folder: Path, name: str, kana: str, code: str, tenant_id: str | None, as_json: bool
) -> None:
    """Make a municipality called NAME known in both zones and print its id."""
    form = {"name": name, "kana": kana, "code": code, "id": tenant_id}
    made = _admin(folder, "POST", "/v1/tenants", form)
    print_json(made) if as_json else click.echo(made["id"])


@tenant.command("list")
@site_argument
@as_json_option
def list_tenants(folder: Path, as_json: bool) -> None:
    """List the municipalities."""
    found = _admin(folder, "GET", "/v1/tenants")["items"]
    columns = ("id", "name", "kana", "code")
    if as_json:
        print_json(found)
    else:
        print_table(columns, [[each[column] for column in columns] for each in found])


@tenant.command("links")
@site_argument
@as_json_option
def list_links(folder: Path, as_json: bool) -> None:
    """List what each municipality offers each other one, and what of it is agreed."""
    found = _admin(folder, "GET", "/v1/tenants")
    if as_json:
        print_json(found["links"])
        return
    names = {each["id"]: each["name"] for each in found["items"]}
    rows = [
        [
            *(f"{each[side]} {names.get(each[side], '')}".rstrip() for side in ("tenant", "other")),
            ", ".join(each["offered"]),
            ", ".join(each["agreed"]),
        ]
        for each in found["links"]
    ]
    print_table(("tenant", "other", "offered", "agreed"), rows)


@tenant.command("link")
@site_argument
@tenant_argument
@other_argument
@click.option("--directory", is_flag=True, help="See each other's people, sections, free times.")
@click.option("--direct", is_flag=True, help="Open rooms of two people.")
@click.option("--calls", is_flag=True, help="Call each other's people, and phone them.")
@as_json_option
def link_tenants(folder: Path, tenant: str, other: str, as_json: bool, **wanted: bool) -> None:
    """Offer OTHER, in the name of TENANT, what is named, and nothing else.

    It is agreed once the operators of OTHER have offered TENANT the same.  An offer that was
    made before is replaced.
    """
    offers = [word for word in _WORDS if wanted[word]]
    if not offers:
        raise click.UsageError("name at least one of --directory, --direct and --calls")
    path = f"/v1/tenants/{tenant}/links/{other}"
    _print_link(_admin(folder, "PUT", path, {"offers": offers}), as_json)


@tenant.command("unlink")
@site_argument
@tenant_argument
@other_argument
@as_json_option
def unlink_tenants(folder: Path, tenant: str, other: str, as_json: bool) -> None:
    """Take back all that TENANT offers OTHER: from now on nothing is agreed between them.

    Streams that are open tell nothing more from that moment.  Rooms of both stay, and show who
    is in them by name, section and municipality.
    """
    _print_link(_admin(folder, "DELETE", f"/v1/tenants/{tenant}/links/{other}"), as_json)


def _print_link(made: Any, as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    agreed = ", ".join(made["agreed"]) or "nothing"
    click.echo(f"offered: {', '.join(made['offered']) or 'nothing'}; agreed: {agreed}")


def _admin(folder: Path, method: str, path: str, body: object = None) -> Any:
    """Ask LGWAN's zone: it alone vouches for municipalities."""
    from sekisho.local_socket import ask_node
    from sekisho.site import zone_node

    return ask_node(folder / zone_node("lgwan").admin_socket, method, path, body)
