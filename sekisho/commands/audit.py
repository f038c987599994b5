"""`sekisho audit`: what an auditor does with a lane's log.

Every subcommand works on a lane of this host's site, or on any folder with a log and
the log's public key: then nothing of ours is trusted but the arithmetic.  Those that read
logs for people are in `sekisho.commands.audit_reading`.
"""

import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sekisho.arguments import lane_argument, site_argument
from sekisho.commands import audit_reading
from sekisho.screen import as_json_option, print_json

if TYPE_CHECKING:
    from runtime.audit_reader import AuditEntry
    from sekisho.audit_place import AuditLog

# A witness that is there signs within a second of publishing, and is published a second later.
SETTLE_S = 3.0


def place_arguments(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a subcommand its log: DIR and LANE, or a folder and --vkey."""

    @click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
    @click.argument("lane", type=click.Choice(["import", "export"]), required=False)
    @click.option("--vkey", help="FOLDER is a published log; this is its public key (C2SP vkey).")
    @click.option(
        "--witness", "witnesses", multiple=True, help="vkey of a witness that must have signed."
    )
    @functools.wraps(command)
    def with_log(
        *args: Any,
        folder: Path,
        lane: str | None,
        vkey: str | None,
        witnesses: tuple[str, ...],
        **kwargs: Any,
    ) -> Any:
        return command(*args, place=_place(folder, lane, vkey, witnesses), **kwargs)

    return with_log


def _place(
    folder: Path, lane: str | None, vkey: str | None, witnesses: tuple[str, ...]
) -> tuple["AuditLog", Path | None]:
    """Return the log, and the site's folder where it is in one."""
    from sekisho.audit_place import of_folder, of_lane
    from sekisho.clock import now_ms
    from wire.lane import Lane

    if vkey is not None and lane is None:
        return of_folder(folder, vkey, witnesses), None
    if lane is None or vkey is not None or witnesses:
        raise click.UsageError("say which log: DIR and import|export, or a log's folder and --vkey")
    return of_lane(folder, Lane(lane), now=now_ms()), folder


@click.group()
def audit() -> None:
    """Verify, read and prove from the audit logs of the lanes: 監査ログ."""


for each in (
    audit_reading.trace,
    audit_reading.search,
    audit_reading.export,
    audit_reading.follow,
    audit_reading.names,
):
    audit.add_command(each)


@audit.command()
@place_arguments
@click.option("--no-witnesses", is_flag=True, help="Do not ask that the zones have signed.")
@click.option(
    "--lag-records",
    type=click.IntRange(min=0),
    help="Records by which a witness may lag; by default as the lane's settings say, or 10,000.",
)
@click.option(
    "--lag-hours",
    type=click.IntRange(min=0),
    help="Hours since a witness signed, while it lags; by default as the settings say, or 24.",
)
@as_json_option
def verify(
    place: tuple["AuditLog", Path | None],
    no_witnesses: bool,
    lag_records: int | None,
    lag_hours: int | None,
    as_json: bool,
) -> int:
    """Recompute every hash of the log and compare it with what was signed.

    Each witness must have signed this log, and so must its own memory agree where a
    zone's store is on this host and not in use.  The last records, which no witness has
    signed yet, are counted; where a witness lags by more than is allowed, the exit code is 3.
    """
    from sekisho import audit_check
    from sekisho.exits import Exit

    log, site = place
    bounds = audit_check.bounds_of(log, site, lag_records, lag_hours)
    findings = audit_check.verify(log, site, with_witnesses=not no_witnesses, bounds=bounds)
    if findings.lagging and site is not None and not no_witnesses:
        # After a quiet night the first record is as old as a blink: give witnesses their turn.
        time.sleep(SETTLE_S)
        findings = audit_check.verify(log, site, with_witnesses=True, bounds=bounds)
    if as_json:
        print_json(findings.as_json())
    else:
        for line in findings.lines():
            click.echo(line)
    if findings.lagging and not findings.trouble:
        return Exit.WITNESS_LAGS
    return Exit.OK if findings.verified else Exit.FOUND


@audit.command()
@click.argument("event")
@place_arguments
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; by default stdout.",
)
def prove(place: tuple["AuditLog", Path | None], event: str, output: Path | None) -> None:
    """Write the proof of what the log says of EVENT, for someone who has not got the log."""
    from runtime import audit_reader

    log, _ = place
    encoded = audit_reader.encode_proof(audit_reader.prove(log.folder, log.log, event))
    if output is None:
        click.echo(encoded)
    else:
        output.write_bytes(encoded + b"\n")


@audit.command()
@click.argument("proof", type=click.File("rb"))
@click.option("--vkey", required=True, help="Public key of the log (C2SP vkey).")
@as_json_option
def check(proof: Any, vkey: str, as_json: bool) -> None:
    """Check a proof with nothing but the log's public key, and print what it proves."""
    from runtime import audit_reader
    from wire.audit.note import decode_vkey

    bundle = audit_reader.decode_proof(proof.read(audit_reader.MAX_PROOF_BYTES + 1))
    checkpoint, entries = audit_reader.verify_proof(bundle, decode_vkey(vkey))
    if as_json:
        records = [_as_json(entry) for entry in entries]
        print_json({"log": checkpoint.origin, "size": checkpoint.head.size, "records": records})
        return
    click.echo(f"証明は正しい / proven by {checkpoint.origin}, {checkpoint.head.size} records")
    for entry in entries:
        click.echo(f"{entry.index}\t{entry.encoded.decode()}")


@audit.command()
@site_argument
@lane_argument
@as_json_option
def vkeys(folder: Path, lane: str, as_json: bool) -> None:
    """Print the public keys of a lane's log and of its witnesses, to give to an auditor."""
    from wire.audit.note import encode_vkey

    log, _ = _place(folder, lane, None, ())
    found = [encode_vkey(each) for each in (log.log, *log.witnesses)]
    if as_json:
        print_json({"log": found[0], "witnesses": found[1:]})
        return
    for word in found:
        click.echo(word)


def _as_json(entry: "AuditEntry") -> dict[str, object]:
    return {"index": entry.index, "record": entry.record}
