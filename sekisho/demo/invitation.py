"""What to do with a running demo: lines to paste into other terminals.

A token is named by its file and never stands in a line: lines are seen in `ps`.
"""

from collections.abc import Mapping
from pathlib import Path
from shlex import join, quote

from sekisho.chat.token import api_socket, token_file
from sekisho.demo.board import Board


def show(board: Board, site: Path, people: Mapping[str, str]) -> None:
    """Print the lines for the people of the town, by the short names of `sekisho.demo.city`."""
    board.title("続きをどうぞ（別の端末で）　終わるには Ctrl-C")
    for line in lines(site, people):
        board.line(line)


def lines(site: Path, people: Mapping[str, str]) -> list[str]:
    """Return the lines to paste."""
    folder = str(site)
    chats = [
        join(["sekisho", "chat", folder, "--zone", zone, "--as", people[key]])
        for key, zone in (("chief", "lgwan"), ("mayor", "internet"), ("supplier", "internet"))
        if key in people
    ]
    return [
        *chats,
        *([_curl(site, people["mayor"])] if "mayor" in people else []),
        join(["sekisho", "status", folder]),
        join(["sekisho", "hold", "list", folder, "export"]),
        join(["sekisho", "audit", "search", folder, "import"]),
    ]


def _curl(site: Path, user: str) -> str:
    socket, token = (
        quote(str(api_socket(site, "internet"))),
        quote(str(token_file(site, "internet"))),
    )
    header = f"""<(printf 'Authorization: Bearer %s\\nSekisho-Act-As: %s' "$(<{token})" {user})"""
    return f"curl --unix-socket {socket} -H @{header} http://localhost/v1/rooms"
