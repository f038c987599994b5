"""`sekisho demo`: both zones and the relay on this machine, with a town that uses them."""

import asyncio
import shutil
import tempfile
from pathlib import Path

import click


@click.command()
@click.option("--once", is_flag=True, help="End when the story is told; exit code 1 if it failed.")
@click.option(
    "--dir",
    "folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Make the site in this folder; by default in a new temporary one.",
)
@click.option("--keep", is_flag=True, help="Leave the folder behind.")
def demo(once: bool, folder: Path | None, keep: bool) -> int:
    """Start everything on this machine, tell a first story, and stay up until Ctrl-C.

    The daemons are those that `sekisho internet`, `lgwan` and `relay` run.  What is
    printed is what the local socket of each zone answers.
    """
    from sekisho.demo.daemons import DidNotStart
    from sekisho.demo.run import LOGS, run_demo
    from sekisho.exits import Exit

    if folder is not None and (folder / LOGS).exists():
        raise click.UsageError(f"{folder} holds a demo that was told already; choose another")
    site = folder or Path(tempfile.mkdtemp(prefix="sekisho-"))
    keep = keep or folder is not None
    try:
        return asyncio.run(run_demo(site, once=once))
    except DidNotStart as trouble:
        for line in trouble.last_lines:
            click.echo(line, err=True)
        raise
    except asyncio.CancelledError:
        return Exit.INTERRUPTED
    finally:
        if not keep:
            shutil.rmtree(site, ignore_errors=True)
