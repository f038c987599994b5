"""`sekisho reconcile`: are the two copies of the conversation one, and what if they are not.

With one folder and --zone it asks a zone that runs.  With two it compares what lies there, and
nothing has to run.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sekisho.screen import as_json_option, print_json

if TYPE_CHECKING:
    from sekisho.copy_comparison import Comparison
    from sekisho.copy_files import ZoneCopy
    from wire.lane import Zone

_PLACE = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("folder", metavar="DIR", type=_PLACE)
@click.argument("other", metavar="[OTHER]", required=False, type=_PLACE)
@click.option("--zone", type=click.Choice(["internet", "lgwan"]), help="Zone of DIR that is asked.")
@click.option("--refused", is_flag=True, help="Send again what was refused by a rule.")
@click.option(
    "--audit",
    "audits",
    nargs=2,
    type=(_PLACE, str),
    multiple=True,
    metavar="FOLDER VKEY",
    help="A published audit log to compare with, and its public key.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what DIR, a zone's folder, has to this new file: ids and digests, no text.",
)
@as_json_option
def reconcile(
    folder: Path,
    other: Path | None,
    zone: str | None,
    refused: bool,
    audits: tuple[tuple[Path, str], ...],
    output: Path | None,
    as_json: bool,
) -> int:
    """Compare both zones' copies of the conversation.

    DIR with --zone: the running zone compares now, mends what it can, and says how it stands.
    DIR and OTHER, each a stopped zone's folder or an export of one: they are compared here, and
    with the audit logs.  The exit code is 1 where they are not one.
    """
    if other is not None and zone is None and output is None:
        return _compare(folder, other, audits, as_json)
    if output is not None and other is None and zone is None:
        from sekisho.copy_files import load_copy, save_copy

        save_copy(load_copy(folder), output)
        return 0
    if zone is None or other is not None or output is not None or audits:
        raise click.UsageError("say DIR and --zone, DIR and OTHER, or DIR and --output")
    return _ask(folder, zone, refused, as_json)


def _ask(folder: Path, zone: str, refused: bool, as_json: bool) -> int:
    from sekisho.exits import Exit
    from sekisho.local_socket import ask_node
    from sekisho.site import zone_node

    path = folder / zone_node(zone).admin_socket
    begun = ask_node(path, "POST", "/v1/reconcile", {"refused": refused})
    found = ask_node(path, "GET", "/v1/reconcile")
    if as_json:
        print_json(found)
    else:
        click.echo(f"照合を始めました / comparing now; {begun['offered']} refused go again")
        counts = ("differences", "waiting", "held", "refused", "offered", "mended")
        click.echo(", ".join(f"{name} {found[name]}" for name in counts))
        for each in found["named"]:
            click.echo(f"{each['object']}\t{each['field'] or ''}\t{each['what']}")
    return Exit.FOUND if found["differences"] else Exit.OK


def _compare(folder: Path, other: Path, audits: tuple[tuple[Path, str], ...], as_json: bool) -> int:
    from sekisho.copy_comparison import compare_copies, compare_records, lines_of
    from sekisho.copy_files import load_copy
    from sekisho.exits import Exit

    copies = [load_copy(folder), load_copy(other)]
    _demand_pair(copies)
    found: Comparison = compare_copies(*copies)
    compare_records(found, copies, _released(folder, audits))
    if as_json:
        print_json(found.as_json())
    else:
        for line in lines_of(found):
            click.echo(line)
    return Exit.OK if found.are_one else Exit.FOUND


def _demand_pair(copies: "list[ZoneCopy]") -> None:
    one, other = copies
    if one.site != other.site or one.zone is other.zone:
        raise click.UsageError("both zones of one site are compared, each with the other")


def _released(folder: Path, audits: tuple[tuple[Path, str], ...]) -> "dict[Zone, dict[str, str]]":
    """Return what the audit logs say was released to each zone: event -> kind."""
    from runtime import audit_reader
    from sekisho.audit_place import of_folder, of_site_beside
    from sekisho.clock import now_ms
    from wire.lane import Lane

    logs = [of_folder(place, vkey, ()) for place, vkey in audits]
    released: dict[Zone, dict[str, str]] = {}
    for log in logs or of_site_beside(folder, now=now_ms()):
        for entry in audit_reader.search(log.folder, log.log, {"ev": "event.released"}):
            record = entry.record
            target, event = Lane(str(record["lane"])).target, record.get("id")
            kind = str(record.get("kind"))
            if (notice := record.get("notice")) is not None:  # of what was itself kept back
                event, kind = notice, "relay.notice"
            if event is not None:
                released.setdefault(target, {})[str(event)] = kind
    return released
