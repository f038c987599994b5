"""`sekisho act`: what operators said to a zone that the other zone does not have."""

from pathlib import Path
from typing import Any

import click

from sekisho.arguments import site_argument
from sekisho.commands.asking import ask_zone, print_list, zone_option
from sekisho.screen import as_json_option, print_json

COLUMNS = ["id", "kind", "about", "delivery", "reason", "rule", "until", "outcome"]


@click.group()
def act() -> None:
    """What operators did (people, sections, municipalities, holds) and how far it got."""


@act.command("list")
@site_argument
@zone_option
@click.option(
    "--standing", type=click.Choice(["held", "refused"]), help="Only these; by default both."
)
@as_json_option
def list_acts(folder: Path, zone: str, standing: str | None, as_json: bool) -> None:
    """List what operators of a zone did that is held or was refused, the latest first."""
    query = "?limit=200" if standing is None else f"?limit=200&standing={standing}"
    answer = ask_zone(folder, zone, "GET", f"/v1/acts{query}")
    if not as_json:
        answer = {"items": [_with_end(each) for each in answer["items"]]}
    print_list(answer, COLUMNS, as_json)


def _with_end(found: dict[str, Any]) -> dict[str, Any]:
    """Return an act with the time until which it is held."""
    import datetime

    hold = found.get("hold")
    if not hold:
        return found
    end = datetime.datetime.fromtimestamp(hold["until"] / 1000, datetime.UTC).astimezone()
    return {**found, "until": end.isoformat(timespec="seconds")}


@act.command()
@site_argument
@zone_option
@click.argument("name", metavar="ac_…")
def show(folder: Path, zone: str, name: str) -> None:
    """Show how far an act of an operator's got, as JSON."""
    print_json(ask_zone(folder, zone, "GET", f"/v1/acts/{name}"))


@act.command()
@site_argument
@zone_option
@click.argument("name", metavar="ac_…")
@as_json_option
def withdraw(folder: Path, zone: str, name: str, as_json: bool) -> None:
    """Take back an act that was refused: the zone shows again what both zones last knew."""
    taken = ask_zone(folder, zone, "POST", f"/v1/acts/{name}/withdraw")
    print_json(taken) if as_json else click.echo(f"取り下げました / withdrawn: {name}")


@act.command()
@site_argument
@zone_option
@click.argument("name", metavar="ac_…")
@click.option("--name", "better", help="Another name, where that was refused.")
@as_json_option
def resend(folder: Path, zone: str, name: str, better: str | None, as_json: bool) -> None:
    """Say once more what was refused, with another name if one is given; print the new act."""
    body = {} if better is None else {"name": better}
    again = ask_zone(folder, zone, "POST", f"/v1/acts/{name}/resend", body)
    print_json(again) if as_json else click.echo(again["id"])
