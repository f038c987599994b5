"""`sekisho chat`: how to reach a zone, and then line by line or on the whole screen."""

import asyncio
import sys
from pathlib import Path

import click


@click.command()
@click.argument("places", metavar="[DIR] [ROOM]", nargs=-1)
@click.option(
    "--zone", type=click.Choice(["internet", "lgwan"]), help="Which zone's socket in DIR."
)
@click.option(
    "--socket", "socket_path", type=click.Path(path_type=Path), help="Instead of DIR: the socket."
)
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The frontend's token; in DIR one is made where there is none.",
)
@click.option("--as", "act_as", metavar="us_…", required=True, help="Who you are.")
@click.option("--room", help="Name, part of it, or id; on a terminal also /join.")
def chat(
    places: tuple[str, ...],
    zone: str | None,
    socket_path: Path | None,
    token_file: Path | None,
    act_as: str,
    room: str | None,
) -> int:
    """Talk in a room on the terminal, or post the lines of a pipe: チャット.

    In a pipe every line of standard input is posted to --room, and the exit code is 0
    once all of them have arrived; a line that was refused or held makes it 65.
    """
    from sekisho.chat.orders import NotUnderstood
    from sekisho.chat.troubles import trouble_words
    from sekisho.exits import Exit, end_with
    from sekisho_client import Problem, Unreachable

    rest = list(places)
    if socket_path is None:
        if not rest or zone is None:
            raise click.UsageError("say which zone: DIR and --zone, or --socket and --token-file")
        socket_path, token_file = _in_site(Path(rest.pop(0)), zone, token_file)
    if token_file is None:
        raise click.UsageError("--socket goes with --token-file")
    if len(rest) > 1 or (rest and room):
        raise click.UsageError("name one room")
    try:
        return asyncio.run(_chat(socket_path, token_file, act_as, rest[0] if rest else room))
    except Unreachable:
        return end_with(f"{socket_path}: 応答がありません。起動していますか", Exit.UNAVAILABLE)
    except (Problem, NotUnderstood) as trouble:
        return end_with(trouble_words(trouble), Exit.REFUSED)


def _in_site(site: Path, zone: str, given: Path | None) -> tuple[Path, Path]:
    from sekisho.chat.token import make_token
    from sekisho.site import api_socket

    return api_socket(site, zone), given or make_token(site, zone)


async def _chat(socket_path: Path, token_file: Path, act_as: str, room: str | None) -> int:
    from sekisho.chat.lines import post_lines
    from sekisho.chat.screen import Screen
    from sekisho.chat.session import Session
    from sekisho.chat.token import read_token
    from sekisho_client import Client

    async with Client(socket_path, read_token(token_file), act_as) as client:
        client.session.headers["Accept-Language"] = "ja"
        server = await client.server()
        session = Session(client, server.zone)
        await session.following.start()
        following = asyncio.create_task(session.following.keep_up())
        try:
            if not sys.stdin.isatty() or not sys.stdout.isatty():
                return await post_lines(session, room, sys.stdin, sys.stdout)
            await session.open(room)
            screen = asyncio.ensure_future(Screen(session).app.run_async())
            await asyncio.wait({screen, following}, return_when=asyncio.FIRST_COMPLETED)
            if not screen.done():  # the zone has shut us out: its reason is raised below
                screen.cancel()
                await asyncio.wait({screen})
                following.result()
            screen.result()
            return 0
        finally:
            following.cancel()
