"""`sekisho audit trace, search, export, follow, names`: logs for people, and for their programs."""

import signal
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from sekisho.arguments import site_argument
from sekisho.commands.audit_options import (
    AuditReading,
    found_records,
    query_of,
    query_options,
    reading_options,
)
from sekisho.screen import as_json_option, print_json

if TYPE_CHECKING:
    from sekisho.audit_trail.names import Names
    from sekisho.audit_trail.queries import Record

FORMATS = ["csv", "jsonl", "syslog", "cef"]
# Names are asked for so many records at a time.
AT_ONCE = 256
# A log of which a part is missing may be on its way, as a copy that is being made.
PATIENCE_S = 60.0

output_option = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write to, and to go on in; by default stdout.",
)
format_option = click.option(
    "--format", "form", type=click.Choice(FORMATS), default="jsonl", show_default=True
)


@click.command()
@click.argument("event")
@reading_options
@click.option("--lang", type=click.Choice(["ja", "en"]), default="ja", show_default=True)
@as_json_option
def trace(event: str, reading: AuditReading, lang: Literal["ja", "en"], as_json: bool) -> None:
    """Tell the life of EVENT, an id such as ms_…, across both lanes and zones.

    Each record is proven to be in the log that was signed.  Names are told where this host
    has the key for them, and what became of the message where it has a zone.
    """
    from sekisho.audit_trail import telling, zone_names
    from sekisho.audit_trail.trace import trace_event

    steps = trace_event(reading.logs, event)
    ends = zone_names.ends_of(reading.site, event)
    if as_json:
        from msgspec import to_builtins

        stands = {zone.value: to_builtins(end) for zone, end in ends.items()}
        print_json({"event": event, "steps": [each.as_json() for each in steps], "zones": stands})
        return
    people = {end.author for end in ends.values()} | {end.room for end in ends.values()}
    names = _names(reading, [each.record for each in steps], people)
    for line in telling.tell_life(event, steps, ends, names, reading.zone, lang):
        click.echo(line)


@click.command()
@reading_options
@query_options
@click.option("--limit", type=click.IntRange(min=0), default=0, help="At most so many records.")
@as_json_option
def search(reading: AuditReading, wanted: dict[str, Any], limit: int, as_json: bool) -> None:
    """Print the records that have these values, as JSON lines; --json makes one document.

    What it prints is as the log has it: run `sekisho audit verify` first.
    """
    from itertools import islice

    found = islice(found_records(reading, query_of(reading, wanted)), limit or None)
    if as_json:
        print_json([{"index": record.get("idx"), "record": record} for record in found])
        return
    from sekisho.audit_trail.formats import FormatContext, json_line

    for record in found:
        click.echo(json_line(record, FormatContext()), nl=False)


@click.command()
@reading_options
@query_options
@format_option
@output_option
def export(reading: AuditReading, wanted: dict[str, Any], form: str, output: Path | None) -> None:
    """Write the records that have these values for a program: CSV, JSON lines, syslog or CEF.

    In CSV a cell that a spreadsheet would take for a formula begins with an apostrophe.
    """
    from sekisho.audit_trail.formats import csv_head
    from sekisho.audit_trail.outlet import LineOutlet

    outlet = LineOutlet(output, csv_head() if form == "csv" else "")
    outlet.write("")
    batch: list[Record] = []
    for record in found_records(reading, query_of(reading, wanted)):
        batch.append(record)
        if len(batch) >= AT_ONCE:
            outlet.write(_formatted(reading, batch, form))
            batch = []
    outlet.write(_formatted(reading, batch, form))
    outlet.close()


@click.command()
@reading_options
@format_option
@output_option
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="File that remembers what was handed over.",
)
@click.option(
    "--interval",
    type=click.FloatRange(min=0.05),
    default=1.0,
    show_default=True,
    help="Seconds between two looks.",
)
@click.option("--once", is_flag=True, help="Hand over what is there, and end.")
def follow(
    reading: AuditReading, form: str, output: Path | None, state: Path, interval: float, once: bool
) -> None:
    """Hand over each record once it is published, for a log collector, until SIGTERM.

    Every record is proven to be what the log has signed, and to follow upon those before it.
    After a crash some may come again: `log` and `idx` tell which.
    """
    from sekisho.audit_trail.following import LogFollower
    from sekisho.audit_trail.formats import csv_head
    from sekisho.audit_trail.outlet import LineOutlet

    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: over.set())
    outlet = LineOutlet(output, csv_head() if form == "csv" else "")
    follower = LogFollower(
        state,
        lambda entries: outlet.write(_formatted(reading, [e.record for e in entries], form)),
    )
    _follow_until(over, reading, follower, interval, once=once)
    outlet.close()


def _follow_until(
    over: threading.Event, reading: AuditReading, follower: Any, interval: float, *, once: bool
) -> None:
    import time

    from wire.reasons import Refused

    trouble_since: float | None = None
    while not over.is_set():
        try:
            for log in reading.logs:
                follower.catch_up(log, over.is_set)
            trouble_since = None
        except (Refused, FileNotFoundError):
            trouble_since = trouble_since or time.monotonic()
            if once or time.monotonic() - trouble_since > PATIENCE_S:
                raise
        if once:
            return
        over.wait(interval)


@click.command()
@site_argument
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="File to write, which only you can read.",
)
def names(folder: Path, output: Path) -> None:
    """Write the key for names: whom the audit logs of DIR speak of, for who may know it.

    A log has a hash in the place of each person.  Give this file to nobody who is not to
    know names; whoever has it can tell them in every record.
    """
    import os

    from sekisho.audit_trail import name_key

    handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        for salted in name_key.of_site(folder):
            file.write(name_key.encode_line(salted))


def _formatted(reading: AuditReading, records: "list[Record]", form: str) -> str:
    from sekisho.audit_trail.formats import FORMATS as FORMS
    from sekisho.audit_trail.formats import FormatContext

    context = FormatContext(reading.zone, _names(reading, records))
    return "".join(FORMS[form](record, context) for record in records)


def _names(reading: AuditReading, records: "list[Record]", more: Iterable[str] = ()) -> "Names":
    from sekisho.audit_trail import zone_names
    from sekisho.audit_trail.names import Names, ids_in

    ids = ids_in(records, reading.key) | set(more)
    return Names(reading.key, zone_names.labels_of(reading.site, ids))
