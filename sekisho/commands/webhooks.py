"""`sekisho webhook`: programs on this host that events are delivered to."""

from pathlib import Path
from typing import Any

import click

from sekisho.arguments import site_argument
from sekisho.commands.asking import zone_option
from sekisho.screen import as_json_option, print_json, print_table
from sekisho.shown_once import demand_new, show_once


@click.group()
def webhook() -> None:
    """Programs on this host to which a zone delivers events."""


@webhook.command("add")
@site_argument
@zone_option
@click.argument("name")
@click.argument("url")
@click.option(
    "--user", required=True, metavar="us_…", help="Deliver what this user may see: a bot."
)
@click.option(
    "--event", "events", multiple=True, help="A type of event; may be given several times."
)
@click.option("--form", type=click.Choice(["sekisho", "line-works"]), default="sekisho")
@click.option("--payments", is_flag=True, help="Let forms deliver answers with an amount.")
@click.option(
    "--tries", type=int, default=20, help="Attempts before it is a dead letter; 20 by default."
)
@click.option(
    "--hours", type=int, default=24, help="Hours before it is a dead letter; 24 by default."
)
@click.option(
    "--secret-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the secret in this new file, readable by you only, and do not print it.",
)
@as_json_option
def add_webhook(
    folder: Path, zone: str, secret_file: Path | None, as_json: bool, **form: Any
) -> None:
    """Deliver events to URL; print the id and the secret, which is not shown again.

    URL is unix:/path/to.sock or http://127.0.0.1:PORT/path: nothing beyond this host.
    """
    demand_new(secret_file, "secret")
    made = _admin(folder, zone, "POST", "", form | {"events": list(form["events"])})
    show_once(made, "secret", secret_file, as_json=as_json)


@webhook.command("list")
@site_argument
@zone_option
@as_json_option
def list_webhooks(folder: Path, zone: str, as_json: bool) -> None:
    """List the webhooks of a zone."""
    found = _admin(folder, zone, "GET", "")["items"]
    if as_json:
        print_json(found)
        return
    columns = ("id", "name", "user", "url", "form")
    rows = [[each[column] for column in columns] + [", ".join(each["events"])] for each in found]
    print_table([*columns, "events"], rows)


@webhook.command("remove")
@site_argument
@zone_option
@click.argument("webhook_id", metavar="wh_…")
@as_json_option
def remove_webhook(folder: Path, zone: str, webhook_id: str, as_json: bool) -> None:
    """Forget a webhook, and what was not delivered to it."""
    _admin(folder, zone, "DELETE", f"/{webhook_id}")
    print_json({"removed": webhook_id}) if as_json else click.echo(f"removed {webhook_id}")


@webhook.command("dead")
@site_argument
@zone_option
@click.argument("webhook_id", metavar="wh_…")
@as_json_option
def dead_letters(folder: Path, zone: str, webhook_id: str, as_json: bool) -> None:
    """List the dead letters of a webhook."""
    found = _admin(folder, zone, "GET", f"/{webhook_id}/dead")["items"]
    if as_json:
        print_json(found)
        return
    columns = ("cursor", "type", "at", "tries", "trouble")
    print_table(columns, [[each[column] for column in columns] for each in found])


@webhook.command("requeue")
@site_argument
@zone_option
@click.argument("webhook_id", metavar="wh_…")
@as_json_option
def requeue(folder: Path, zone: str, webhook_id: str, as_json: bool) -> None:
    """Deliver the dead letters of a webhook again, before what is new."""
    answer = _admin(folder, zone, "POST", f"/{webhook_id}/requeue")
    print_json(answer) if as_json else click.echo(answer["count"])


def _admin(folder: Path, zone: str, method: str, path: str, body: object = None) -> Any:
    from sekisho.local_socket import ask_node
    from sekisho.site import zone_node

    return ask_node(folder / zone_node(zone).admin_socket, method, f"/v1/webhooks{path}", body)
