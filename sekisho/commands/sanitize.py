"""`sekisho sanitize`: sanitise files into another folder.  No relay, no site, no network."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sekisho.screen import as_json_option, is_terminal, print_json, print_table

if TYPE_CHECKING:
    from sanitizer.profile import Profile
    from sekisho.sanitising.results import Lang, Result

existing_file = click.Path(exists=True, dir_okay=False, path_type=Path)


def language() -> "Lang":
    """Return the language of this terminal, of the two we have."""
    found = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "ja" if next(filter(None, found), "").startswith("ja") else "en"


@click.command()
@click.argument(
    "given", metavar="FILE|FOLDER...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "-o",
    "--output",
    "folder",
    metavar="DIR",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the new files, with their subfolders; it is made if it is missing.",
)
@click.option(
    "--profile",
    "profile_file",
    type=existing_file,
    help="Limits, and what is done with each kind, in TOML: see docs/sanitising.md.",
)
@click.option("--password-file", type=existing_file, help="Its first line opens locked files.")
@click.option(
    "--lang", type=click.Choice(["ja", "en"]), default=language, help="By default: that of LANG."
)
@as_json_option
def sanitize(
    given: tuple[Path, ...],
    folder: Path,
    profile_file: Path | None,
    password_file: Path | None,
    lang: "Lang",
    as_json: bool,
) -> int:
    """Rebuild each FILE, and each file in FOLDER, in DIR.  無害化

    Nothing is ever written over: a name that is taken gets a number.  What is refused is not
    written, and named with the reason; a symbolic link is not followed.  The exit code is 74
    if a file could not be read or written, else 75 if the jail failed, else 65 if a file was
    refused, else 0.  --json has the receipt of each file.  Needs no site and no relay.
    """
    from sekisho.sanitising import batch
    from sekisho.sanitising.batch import Treatment
    from sekisho.sanitising.destination import Destination
    from sekisho.sanitising.results import exit_code
    from sekisho.sanitising.sources import find_sources

    treatment = Treatment(_profile(profile_file), _password(password_file))
    destination = Destination(folder)
    if os.path.realpath(folder) in map(os.path.realpath, given):
        raise click.UsageError(f"{folder} cannot be read from and written to at once")
    sources = list(find_sources(given, leaving_out=folder))
    results: list[Result] = []
    try:
        with (
            _progress(len(sources)) as advance,
            closing(batch.treat(sources, treatment, destination)) as treated,
        ):
            for result in treated:
                results.append(result)
                advance()
    finally:
        # Also when interrupted: these files are there.
        _print(results, lang, as_json)
    return exit_code(results)


def _print(results: Sequence["Result"], lang: "Lang", as_json: bool) -> None:
    from sekisho.sanitising import summary

    if as_json:
        print_json([each.as_json() for each in results])
    elif is_terminal():
        summary.draw(results, lang)
    else:
        print_table(summary.COLUMNS, [summary.fields(each, lang) for each in results])


def _profile(path: Path | None) -> "Profile":
    from runtime.settings import SettingsFault
    from sanitizer.profile import DEFAULT_PROFILE
    from sanitizer.profile_file import ProfileInvalid, read_profile

    if path is None:
        return DEFAULT_PROFILE
    try:
        return read_profile(path.read_text("utf-8"))
    except (ProfileInvalid, UnicodeDecodeError) as trouble:
        raise SettingsFault(f"{path}: {trouble}") from None


def _password(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return next(iter(path.read_text("utf-8").splitlines()), "")
    except UnicodeDecodeError:
        raise click.UsageError(f"{path} is not UTF-8") from None


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """Give a function that says one more file is done; on a terminal a bar shows it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

    console = Console(stderr=True)
    columns = ("無害化 / sanitizing", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as progress:
        task = progress.add_task("", total=total)
        yield lambda: progress.advance(task)
