"""What the commands that read audit logs are told alike: which logs, whose names, which time."""

import datetime
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sekisho.audit_place import AuditLog
    from sekisho.audit_trail.name_key import NameKey
    from sekisho.audit_trail.queries import AuditQuery, Record

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class AuditReading:
    """Which logs are read, beside which site, with which key for names, by which clock."""

    logs: tuple["AuditLog", ...]
    site: Path | None
    key: "NameKey"
    zone: datetime.tzinfo


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command its logs: DIR and perhaps LANE, or --log; and hand it an `AuditReading`."""

    @click.argument("folder", metavar="[DIR]", type=FOLDER, required=False)
    @click.argument("lane", type=click.Choice(["import", "export"]), required=False)
    @click.option(
        "--log",
        "pairs",
        type=(FOLDER, str),
        multiple=True,
        metavar="FOLDER VKEY",
        help="A published log and its public key (C2SP vkey) instead of DIR; may be given twice.",
    )
    @click.option("--names", type=FILE, multiple=True, help="A key for names: `audit names`.")
    @click.option("--tz", default="Asia/Tokyo", show_default=True, help="Time zone of all times.")
    @functools.wraps(command)
    def with_logs(
        *args: Any,
        folder: Path | None,
        lane: str | None,
        pairs: tuple[tuple[Path, str], ...],
        names: tuple[Path, ...],
        tz: str,
        **kwargs: Any,
    ) -> Any:
        return command(*args, reading=_reading(folder, lane, pairs, names, tz), **kwargs)

    return with_logs


def _reading(
    folder: Path | None,
    lane: str | None,
    pairs: tuple[tuple[Path, str], ...],
    names: tuple[Path, ...],
    tz: str,
) -> AuditReading:
    from sekisho import audit_place
    from sekisho.audit_trail import local_time, name_key
    from sekisho.clock import now_ms
    from wire.lane import Lane

    try:
        zone = local_time.zone_named(tz)
    except ValueError as trouble:
        raise click.UsageError(str(trouble)) from None
    if folder is None and not pairs:
        raise click.UsageError("say which logs: DIR, or --log with a folder and its public key")
    logs = [audit_place.of_folder(place, vkey, ()) for place, vkey in pairs]
    salted = [each for path in names for each in name_key.read_file(path)]
    if folder is not None:
        now = now_ms()
        ours = (
            audit_place.of_site(folder, now=now)
            if lane is None
            else [audit_place.of_lane(folder, Lane(lane), now=now)]
        )
        # A host with a zone alone has no log, but names for the logs of others.
        logs += ours if lane is not None or not pairs else []
        salted += name_key.of_site(folder)
    if not logs:
        raise click.UsageError(f"{folder} has no audit log: name one with --log")
    return AuditReading(tuple(logs), folder, name_key.key_of(salted), zone)


def query_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say which records are wanted; hand it `wanted`."""

    @click.option("--event", help="Id of an event, ms_… and the like.")
    @click.option("--person", help="Id of a person, a name, or what stands for one in the log.")
    @click.option("--room", help="Id or name of a room.")
    @click.option("--file", help="Id, name or SHA-256 of a file.")
    @click.option("--kind", help="Kind of event, such as message.post.")
    @click.option("--decision", help="pass, altered, held, released or refused.")
    @click.option("--reason", help="A reason of docs/reasons.md.")
    @click.option("--ev", help="What happened, such as hold.viewed or policy.read.")
    @click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="A day in the time zone.")
    @click.option("--since", type=click.DateTime(), help="From this time on.")
    @click.option("--until", type=click.DateTime(), help="Before this time.")
    @functools.wraps(command)
    def with_query(*args: Any, **kwargs: Any) -> Any:
        wanted = {name: kwargs.pop(name) for name in _WANTED}
        return command(*args, wanted=wanted, **kwargs)

    return with_query


_VALUES = ("kind", "decision", "reason", "ev")
_WANTED = ("event", "person", "room", "file", *_VALUES, "day", "since", "until")


def query_of(reading: AuditReading, wanted: dict[str, Any]) -> "AuditQuery":
    """Return what is looked for, with names told from the zones beside."""
    from sekisho.audit_trail import local_time
    from sekisho.audit_trail.queries import AuditQuery

    since, until = (
        None if time is None else local_time.ms_of(time, reading.zone)
        for time in (wanted["since"], wanted["until"])
    )
    if wanted["day"] is not None:
        if since is not None or until is not None:
            raise click.UsageError("--day says both ends: leave out --since and --until")
        since, until = local_time.day_of(wanted["day"].date(), reading.zone)
    return AuditQuery(
        since=since,
        until=until,
        event=wanted["event"],
        people=_people(reading, wanted["person"]),
        rooms=_things(reading, wanted["room"], "rm_"),
        files=_things(reading, wanted["file"], "fl_"),
        values=tuple((name, wanted[name]) for name in _VALUES if wanted[name] is not None),
    )


def _people(reading: AuditReading, word: str | None) -> frozenset[str] | None:
    """Return what stands for whoever is called, or is, `word`."""
    from sekisho.audit_trail import zone_names

    if word is None:
        return None
    uids = {word, *zone_names.ids_named(reading.site, word)}
    # What stands for somebody may be given as it is: then no key is needed.
    return reading.key.commitments_of(uids) | {word}


def _things(reading: AuditReading, word: str | None, prefix: str) -> frozenset[str] | None:
    from sekisho.audit_trail import zone_names

    if word is None:
        return None
    named = zone_names.ids_named(reading.site, word)
    return frozenset({word} | {each for each in named if each.startswith(prefix)})


def found_records(reading: AuditReading, query: "AuditQuery") -> Iterator["Record"]:
    """Yield the records that are looked for, log by log."""
    from runtime import audit_reader

    for log in reading.logs:
        for entry in audit_reader.read_entries(log.folder, log.log, query.matches):
            yield entry.record
