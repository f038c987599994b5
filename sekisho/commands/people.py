"""`sekisho user`: who may use a zone, through its admin socket."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from sekisho.arguments import site_argument
from sekisho.commands.asking import ask_zone, print_list, zone_option
from sekisho.exits import Exit
from sekisho.screen import as_json_option, print_json

LOOK_AGAIN_S = 0.5


@click.group()
def user() -> None:
    """People of a zone: staff on LGWAN, guests on the internet, bots on both."""


@user.command("add")
@site_argument
@zone_option
@click.argument("name")
@click.option("--kana", default="", help="Reading of the name, by which people are sorted.")
@click.option("--section", default="", help="所属")
@click.option("--title", default="", help="役職")
@click.option(
    "--kind", type=click.Choice(["staff", "guest", "bot"]), help="By default: staff or guest."
)
@click.option(
    "--in",
    "zones",
    type=click.Choice(["lgwan", "internet"]),
    multiple=True,
    help="A zone this person uses; may be given twice.  By default: that of --zone.",
)
@as_json_option
def add_user(
    folder: Path, zone: str, kind: str | None, zones: tuple[str, ...], as_json: bool, **profile: str
) -> None:
    """Add NAME to the people of a zone and print the new id."""
    body = {
        **profile,
        "user_kind": kind or ("staff" if zone == "lgwan" else "guest"),
        "zones": list(zones) or [zone],
    }
    made = ask_zone(folder, zone, "POST", "/v1/users", body)
    print_json(made) if as_json else click.echo(made["id"])


@user.command("list")
@site_argument
@zone_option
@as_json_option
def list_users(folder: Path, zone: str, as_json: bool) -> None:
    """List the people that a zone knows."""
    columns = ["id", "name", "kana", "section", "title", "user_kind", "zones"]
    print_list(ask_zone(folder, zone, "GET", "/v1/users"), columns, as_json)


@user.command("import")
@site_argument
@zone_option
@click.argument(
    "source", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--tenant", metavar="tn_…", help="The municipality; by default the zone's own.")
@click.option(
    "--in",
    "zones",
    type=click.Choice(["lgwan", "internet", "both"]),
    default="both",
    show_default=True,
    help="Zones of new people, if the list does not say.",
)
@click.option("--let-go", is_flag=True, help="Take the zones from those who are not on the list.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option(
    "--wait",
    type=click.IntRange(0, 86_400),
    default=60,
    show_default=True,
    help="Seconds to wait until all of it is in the other zone.",
)
@as_json_option
def import_users(
    folder: Path,
    zone: str,
    source: Path,
    tenant: str | None,
    zones: str,
    let_go: bool,
    dry_run: bool,
    wait: int,
    as_json: bool,
) -> int:
    """Import FILE, a list of staff: CSV in UTF-8 or Shift_JIS, a line for each person.

    Columns are 職員番号, 氏名, フリガナ, 所属 (総務部／人事課), 役職, 電話番号,
    利用ネットワーク and 権限; people are told apart by 職員番号.  Empty cells keep
    what is known, and people who are not on the list stay.

    What has become of the list is shown until all of it is in the other zone, and by
    `sekisho user imports` at any time.  The exit code is 1 if something of it was refused.
    """
    query = {"zones": zones, "let_go": str(let_go).lower(), "dry_run": str(dry_run).lower()}
    if tenant is not None:
        query["tenant"] = tenant
    path = f"/v1/users:import?{urlencode(query)}"
    taken = ask_zone(folder, zone, "POST", path, source.read_bytes())
    if not as_json:
        _print_counts(taken)
    if taken["id"] is not None:
        taken = _follow(folder, zone, taken, wait, is_shown=not as_json)
    if as_json:
        print_json(taken)
    return Exit.FOUND if taken["refused"] else Exit.OK


def _print_counts(taken: Mapping[str, Any]) -> None:
    click.echo(
        f"新規 {taken['added']}・変更 {taken['changed']}・変更なし {taken['unchanged']}"
        f"・再送 {taken['sent_again']}・前回から未着 {taken['still_on_the_way']}"
        f"・前回から保留中 {taken['still_held']}"
        f"・所属の追加 {taken['orgs_added']}・一覧にない人 {len(taken['missing'])}"
    )
    for fault in taken["faults"]:
        click.echo(f"{fault['line']}行目: {fault['what']}", err=True)


def _follow(
    folder: Path, zone: str, taken: Mapping[str, Any], wait: int, *, is_shown: bool
) -> Mapping[str, Any]:
    """Show how a list fares until all of it is somewhere for good, or nobody waits any longer."""
    until, shown = time.monotonic() + wait, ""
    while True:
        line = (
            f"相手側に届いた {taken['there']}・送信中 {taken['on_the_way']}"
            f"・これから {taken['to_say']}・保留中 {taken['held']}・拒否 {taken['refused']}"
        )
        if is_shown and line != shown:
            click.echo(line)
            shown = line
        if not (taken["to_say"] or taken["on_the_way"]) or time.monotonic() >= until:
            break
        time.sleep(LOOK_AGAIN_S)
        taken = ask_zone(folder, zone, "GET", f"/v1/imports/{taken['id']}")
    if is_shown:
        for each in taken["refusals"]:
            click.echo(f"{each['line']}行目 {each['about']}: {each['reason']}", err=True)
    return taken


@user.command("imports")
@site_argument
@zone_option
@as_json_option
def list_imports(folder: Path, zone: str, as_json: bool) -> None:
    """List the lists that were imported, and how far each has come."""
    columns = ["id", "events", "there", "on_the_way", "to_say", "held", "refused"]
    print_list(ask_zone(folder, zone, "GET", "/v1/imports"), columns, as_json)
