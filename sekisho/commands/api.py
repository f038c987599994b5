"""`sekisho api`: one raw request to the local socket API."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sekisho.screen import is_terminal
from sekisho.site import api_socket

if TYPE_CHECKING:
    import http.client

CHUNK_BYTES = 64 * 1024


@click.command()
@click.argument("method")
@click.argument("path")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--zone", type=click.Choice(["internet", "lgwan"]), help="Which zone's socket in DIR."
)
@click.option(
    "--socket", "socket_path", type=click.Path(path_type=Path), help="Or: the socket file."
)
@click.option("--as", "act_as", metavar="us_…", help="On behalf of this user.")
@click.option(
    "--token-file", type=click.Path(exists=True, path_type=Path), help="The frontend's token."
)
@click.option(
    "-d", "--data", help="JSON body, or @FILE for what is in FILE; @- for standard input."
)
@click.option(
    "-H", "--header", "headers", metavar="NAME:VALUE", multiple=True, help="Another header."
)
def api(
    method: str,
    path: str,
    folder: Path | None,
    zone: str | None,
    socket_path: Path | None,
    data: str | None,
    **who: Any,
) -> int:
    """Send a request METHOD PATH to a zone's socket and print the answer.

    JSON is set in lines on a terminal and left as it came in a pipe; a stream is
    printed as it comes.  The exit code is 0, 4 from status 400 on, 5 from status 500 on.
    """
    if socket_path is None:
        if folder is None or zone is None:
            raise click.UsageError("say which socket: --socket FILE, or DIR and --zone")
        socket_path = api_socket(folder, zone)
    headers = _headers(**who)
    body = _body(data)
    if body is not None:
        headers.setdefault("Content-Type", "application/json")
    return _call(socket_path, method.upper(), path, body, headers)


def _headers(
    *, act_as: str | None, token_file: Path | None, headers: tuple[str, ...]
) -> dict[str, str]:
    found = {}
    if act_as is not None:
        found["Sekisho-Act-As"] = act_as
    if token_file is not None:
        found["Authorization"] = f"Bearer {token_file.read_text(encoding='ascii').strip()}"
    for header in headers:
        name, colon, value = header.partition(":")
        if not colon:
            raise click.UsageError(f"--header {header!r} is not NAME:VALUE")
        found[name.strip()] = value.strip()
    return found


def _body(data: str | None) -> bytes | None:
    if data is None:
        return None
    if data == "@-":
        return sys.stdin.buffer.read()
    return Path(data[1:]).read_bytes() if data.startswith("@") else data.encode()


def _call(
    socket_path: Path, method: str, path: str, body: bytes | None, headers: dict[str, str]
) -> int:
    import http.client
    from contextlib import closing

    from sekisho.exits import Exit
    from sekisho.local_socket import UnixHTTPConnection
    from wire.reasons import Unavailable

    # No time-out: a long poll or a stream is silent while nothing happens.
    with closing(UnixHTTPConnection(socket_path, timeout=None)) as connection:
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
        except (http.client.HTTPException, OSError) as trouble:
            what = str(trouble) or type(trouble).__name__
            raise Unavailable(f"{socket_path} did not answer: {what}") from None
        _print(response)
    if response.status >= 500:
        return Exit.SERVER_ERROR
    return Exit.CLIENT_ERROR if response.status >= 400 else Exit.OK


def _print(response: "http.client.HTTPResponse") -> None:
    import json

    media = response.headers.get_content_type()
    if is_terminal() and (media == "application/json" or media.endswith("+json")):
        text = json.dumps(json.loads(response.read()), ensure_ascii=False, indent=2)
        click.echo(text)
        return
    out = sys.stdout.buffer
    while chunk := response.read1(CHUNK_BYTES):
        out.write(chunk)
        out.flush()
