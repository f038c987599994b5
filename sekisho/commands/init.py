"""`sekisho init`: the first command on a host."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sekisho.screen import as_json_option, print_json

if TYPE_CHECKING:
    from sekisho.addresses import Addresses
    from sekisho.setup import Plan

HOSTS = ("one", "internet", "relay", "lgwan")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--site", default="sekisho", help="Name of the installation, equal on every host.")
@click.option("--host", type=click.Choice(HOSTS), default="one", help="Which machine this is.")
@click.option("--tls", is_flag=True, help="Link by TLS on one host too; three hosts always do.")
@click.option(
    "--relay", "dial", metavar="HOST", help="Address at which a zone's host finds the relay."
)
@click.option(
    "--listen-internet", metavar="HOST", help="Address at which the relay listens for the internet."
)
@click.option(
    "--listen-lgwan", metavar="HOST", help="Address at which the relay listens for LGWAN."
)
@click.option("--port", default=4001, help="First of the relay's four TCP ports.")
@click.option("--tenant", metavar="ID", help="The municipality's id; by default made from --site.")
@as_json_option
def init(
    folder: Path, site: str, host: str, tenant: str | None, as_json: bool, **links: Any
) -> None:
    """Make the nodes of this host in DIR: folders, stores, keys, settings, policies.

    Nothing that is there already is touched.  On one host everything is then ready to
    run.  With three, each makes its part, and the key cards in DIR/cards are exchanged
    before anything crosses.
    """
    from sekisho import setup
    from sekisho.clock import now_ms
    from sekisho.site import Host
    from wire.ids import TENANT, is_id

    if tenant is not None and not is_id(TENANT, tenant):
        raise click.UsageError("--tenant is not an id of the form tn_ and 26 characters")
    if not 0 < len(site) <= 100 or any(c.isspace() or c == "+" for c in site):
        # It is part of the names under which audit logs sign (C2SP signed-note).
        raise click.UsageError("--site has 1 to 100 characters, no space and no plus")
    plan = setup.Plan(
        folder, site, Host(host), tenant or setup.tenant_of(site), _addresses(host, **links)
    )
    steps = []
    for step in setup.make(plan, now=now_ms()):
        steps.append(step)
        if not as_json:
            click.echo(f"{'made' if step.made else 'kept'}  {step.path}")
    if as_json:
        made = [str(step.path) for step in steps if step.made]
        kept = [str(step.path) for step in steps if not step.made]
        print_json({"made": made, "kept": kept, "next": _next(plan)})
    else:
        click.echo("\nNext:")
        for line in _next(plan):
            click.echo(f"  {line}")


def _addresses(
    host: str,
    *,
    tls: bool,
    dial: str | None,
    listen_internet: str | None,
    listen_lgwan: str | None,
    port: int,
) -> "Addresses":
    from sekisho.addresses import Addresses
    from wire.lane import Zone

    if host in ("internet", "lgwan") and dial is None:
        raise click.UsageError(f"--host {host} needs --relay: at which address is the relay?")
    everywhere = "0.0.0.0" if host == "relay" else "127.0.0.1"  # noqa: S104 - peers are pinned by key
    return Addresses(
        tls=tls or host != "one",
        listen=(
            (Zone.INTERNET, listen_internet or everywhere),
            (Zone.LGWAN, listen_lgwan or everywhere),
        ),
        dial=dial or "127.0.0.1",
        first_port=port,
    )


def _next(plan: "Plan") -> list[str]:
    """Return what is to be done now, one command a line."""
    folder = plan.folder
    run = {
        "internet": [f"sekisho internet {folder}"],
        "relay": [f"sekisho relay import {folder}", f"sekisho relay export {folder}"],
        "lgwan": [f"sekisho lgwan {folder}"],
    }
    if plan.host == "one":
        starts = [command for commands in run.values() for command in commands]
        return [f"sekisho doctor {folder}", *starts]
    others = [host for host in run if host != plan.host]
    return [
        f"carry the cards in {folder / 'cards'} to the hosts {' and '.join(others)}",
        f"sekisho keys show {folder}    (read the numbers to those who add the cards there)",
        f"sekisho keys add {folder} CARD...    (the cards of {' and '.join(others)})",
        f"sekisho doctor {folder}",
        *run[plan.host],
    ]
