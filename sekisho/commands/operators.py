"""`sekisho operator`: who of the relay's staff decides upon what is held, and by which key."""

from pathlib import Path

import click

from sekisho.arguments import site_argument
from sekisho.screen import as_json_option, print_json, print_table
from sekisho.times import shown_time

key_option = click.option(
    "--key",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File of the operator's private key; by default in their own settings folder.",
)
passphrase_option = click.option(
    "--passphrase/--no-passphrase",
    "is_closed",
    default=True,
    help="Whether the private key is encrypted; without, the file's mode alone protects it.",
)
operator_argument = click.argument("operator", metavar="OPERATOR")


@click.group()
def operator() -> None:
    """People who decide upon what is held, each with a key of their own."""


@operator.command("add")
@site_argument
@click.argument("name")
@click.option(
    "--user", metavar="us_…", help="Who that is in the zones: nobody decides upon their own words."
)
@key_option
@passphrase_option
@as_json_option
def add_operator(
    folder: Path, name: str, user: str | None, path: Path | None, is_closed: bool, as_json: bool
) -> None:
    """Make NAME an operator: make their key, and have both stages of both lanes know it."""
    from runtime.operators import OperatorKey
    from runtime.settings import SettingsFault
    from sekisho.clock import now_ms
    from sekisho.operators import operator_keys, operator_lists
    from wire.ids import USER, is_id

    if user is not None and not is_id(USER, user):
        raise click.BadParameter("expected the id of a person, us_…", param_hint="--user")
    now = now_ms()
    if not 0 < len(name) <= 100:
        raise click.BadParameter("expected 1 to 100 characters", param_hint="NAME")
    if any(each.name == name and each.is_valid(now) for each in operator_lists.entries_in(folder)):
        raise SettingsFault(f"there is an operator {name} already: use another name, or `rotate`")
    new = operator_lists.new_id(now=now)
    key, path = operator_keys.make_key(new, path, _new_passphrase(is_closed))
    operator_lists.add(folder, OperatorKey(new, name, key.public.hex(), now, None, user))
    _print_made(new, path, as_json)


@operator.command("list")
@site_argument
@as_json_option
def list_operators(folder: Path, as_json: bool) -> None:
    """List the operators, with the keys that they have or had."""
    import msgspec

    from sekisho.operators import operator_lists

    found = operator_lists.entries_in(folder)
    if as_json:
        print_json([msgspec.to_builtins(each) for each in found])
        return
    rows = [
        (e.id, e.name, e.key[:16], shown_time(e.since), e.until and shown_time(e.until), e.user)
        for e in found
    ]
    print_table(["id", "name", "key", "since", "until", "user"], rows)


@operator.command("end")
@site_argument
@operator_argument
@as_json_option
def end_operator(folder: Path, operator: str, as_json: bool) -> None:
    """Have OPERATOR, an id or a name, decide nothing more, from now on and without a restart."""
    from sekisho.clock import now_ms
    from sekisho.operators import operator_lists

    now = now_ms()
    found = operator_lists.find(folder, operator, now=now)
    operator_lists.end(folder, found.id, now=now)
    if as_json:
        print_json({"ended": found.id})
    else:
        click.echo(f"{found.name} ({found.id}): 終了しました / ended")


@operator.command("rotate")
@site_argument
@operator_argument
@key_option
@passphrase_option
@as_json_option
def rotate_operator(
    folder: Path, operator: str, path: Path | None, is_closed: bool, as_json: bool
) -> None:
    """Give OPERATOR a new key; what the old one has signed counts no more."""
    from sekisho.clock import now_ms
    from sekisho.operators import operator_keys, operator_lists

    now = now_ms()
    found = operator_lists.find(folder, operator, now=now)
    key, path = operator_keys.make_key(found.id, path, _new_passphrase(is_closed))
    operator_lists.rotate(folder, found, key.public.hex(), now=now)
    _print_made(found.id, path, as_json)


def _new_passphrase(is_closed: bool) -> str:
    if not is_closed:
        return ""
    said: str = click.prompt(
        "合言葉 / Passphrase", hide_input=True, confirmation_prompt=True, err=True
    )
    return said


def _print_made(operator: str, path: Path, as_json: bool) -> None:
    if as_json:
        print_json({"id": operator, "key": str(path)})
        return
    click.echo(operator)
    click.echo(f"秘密鍵 / private key: {path}", err=True)
