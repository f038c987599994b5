"""`sekisho set-back`: the mend for a store whose clock is ahead."""

from pathlib import Path

import click

from sekisho.arguments import site_argument
from sekisho.screen import as_json_option, print_json


@click.command("set-back")
@site_argument
@click.argument("zone", type=click.Choice(["internet", "lgwan"]))
@as_json_option
def set_back(folder: Path, zone: str, as_json: bool) -> None:
    """Bring the stamps of ZONE's store back to the present.  The zone must not be running.

    This is for a host whose clock was in the future for a while, and is right now: look at it
    first.  What was done meanwhile keeps its order.  What had been refused as `clock-ahead` is
    to be sent again by whoever said it.
    """
    from sekisho.clock import now_ms
    from zone.store.setting_back import set_back_store

    moved = set_back_store(folder / zone, now_ms())
    if as_json:
        print_json({"moved": moved})
    else:
        click.echo(
            f"{zone}: {moved} 件の順序を現在に戻しました / {moved} stamps moved to the present"
        )
