"""`sekisho frontend`: programs that may use a zone's socket, as whom and for what."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from sekisho.arguments import site_argument
from sekisho.commands.asking import ask_zone, print_list, zone_option
from sekisho.screen import as_json_option, print_json
from sekisho.shown_once import demand_new, show_once
from zone.api.http.frontend_scope import SCOPES

act_as_option = click.option(
    "--act-as",
    multiple=True,
    metavar="ID",
    help="Whom it acts for: a person (us_…), a section with all below it (og_…), a municipality"
    " (tn_…), or the word anybody.  May be given several times.",
)
scope_option = click.option(
    "--scope", "scopes", type=click.Choice(SCOPES), multiple=True, help="What it may be used for."
)
token_file_option = click.option(
    "--token-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the token in this new file, readable by you only, and do not print it.",
)


@click.group()
def frontend() -> None:
    """Programs that may use a zone's socket: web, bots, mobile back ends."""


@frontend.command("add")
@site_argument
@zone_option
@click.argument("name")
@click.option(
    "--uid", "uids", type=int, multiple=True, help="Unix user it may run as; by default you."
)
@act_as_option
@scope_option
@token_file_option
@as_json_option
def add_frontend(
    folder: Path,
    zone: str,
    name: str,
    uids: tuple[int, ...],
    act_as: tuple[str, ...],
    scopes: tuple[str, ...],
    token_file: Path | None,
    as_json: bool,
) -> None:
    """Add a frontend called NAME and print its id and its token, which is not shown again.

    Without --act-as it acts for nobody yet.  Without --scope it may read and talk.
    """
    body: dict[str, Any] = {
        "name": name,
        "uids": list(uids) or [os.getuid()],
        "act_as": _people(act_as),
    }
    if scopes:
        body["scopes"] = list(scopes)
    demand_new(token_file, "token")
    made = ask_zone(folder, zone, "POST", "/v1/frontends", body)
    show_once(made, "token", token_file, as_json=as_json)


@frontend.command("list")
@site_argument
@zone_option
@as_json_option
def list_frontends(folder: Path, zone: str, as_json: bool) -> None:
    """List the frontends of a zone, and when each was last used."""
    found = ask_zone(folder, zone, "GET", "/v1/frontends")
    if not as_json:
        for each in found["items"]:
            each["act_as"] = each["act_as"] or "nobody"
            each["last_use"] = _time(each["used"])
            each["tokens"] = len(each["tokens"])
            each["revoked"] = _time(each["revoked"])
    columns = ["id", "name", "uids", "act_as", "scopes", "tokens", "last_use", "revoked"]
    print_list(found, columns, as_json)


@frontend.command("change")
@site_argument
@zone_option
@click.argument("name")
@click.option("--uid", "uids", type=int, multiple=True, help="Unix user it may run as.")
@act_as_option
@scope_option
@click.option("--nobody", is_flag=True, help="It acts for nobody from now on.")
@as_json_option
def change_frontend(
    folder: Path,
    zone: str,
    name: str,
    uids: tuple[int, ...],
    act_as: tuple[str, ...],
    scopes: tuple[str, ...],
    nobody: bool,
    as_json: bool,
) -> None:
    """Change what the frontend NAME may do: each option replaces all that was said before.

    What it may not do any more ends at once, streams that are open included.
    """
    if nobody and act_as:
        raise click.UsageError("--nobody and --act-as exclude each other")
    body: dict[str, Any] = {}
    if uids:
        body["uids"] = list(uids)
    if act_as or nobody:
        body["act_as"] = _people(act_as)
    if scopes:
        body["scopes"] = list(scopes)
    if not body:
        raise click.UsageError("say what is to change: --uid, --act-as, --nobody or --scope")
    changed = ask_zone(folder, zone, "PATCH", f"/v1/frontends/{_find(folder, zone, name)}", body)
    if as_json:
        print_json(changed)


@frontend.command("rotate")
@site_argument
@zone_option
@click.argument("name")
@click.option(
    "--overlap-hours",
    type=click.IntRange(0, 744),
    default=24,
    show_default=True,
    help="How long the old token is valid beside the new one.",
)
@token_file_option
@as_json_option
def rotate_token(
    folder: Path, zone: str, name: str, overlap_hours: int, token_file: Path | None, as_json: bool
) -> None:
    """Give the frontend NAME a new token and print it; it is not shown again."""
    demand_new(token_file, "token")
    path = f"/v1/frontends/{_find(folder, zone, name)}/rotate"
    made = ask_zone(folder, zone, "POST", path, {"overlap_s": overlap_hours * 3600})
    show_once(made, "token", token_file, as_json=as_json)


@frontend.command("revoke")
@site_argument
@zone_option
@click.argument("name")
@as_json_option
def revoke_frontend(folder: Path, zone: str, name: str, as_json: bool) -> None:
    """End all tokens of the frontend NAME, and everything that is under way for it."""
    found = _find(folder, zone, name)
    ask_zone(folder, zone, "DELETE", f"/v1/frontends/{found}")
    if as_json:
        print_json({"id": found, "revoked": True})


def _find(folder: Path, zone: str, name: str) -> str:
    """Return the id of the frontend that is called `name`, or has that id."""
    for each in ask_zone(folder, zone, "GET", "/v1/frontends")["items"]:
        if name in (each["id"], each["name"]) and each["revoked"] is None:
            return str(each["id"])
    raise click.UsageError(f"there is no frontend {name} in {zone}")


def _people(act_as: tuple[str, ...]) -> list[str] | str:
    if "anybody" in act_as and len(act_as) > 1:
        raise click.UsageError("--act-as anybody stands alone")
    return "anybody" if act_as == ("anybody",) else list(act_as)


def _time(at: int | None) -> str:
    return (
        ""
        if at is None
        else f"{datetime.fromtimestamp(at / 1000, UTC).astimezone():%Y-%m-%d %H:%M}"
    )
