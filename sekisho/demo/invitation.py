"""What to do with a running demo: lines to paste into other terminals.

A token is named by its file and never stands in a line: lines are seen in `ps`.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from shlex import join
from typing import Final

from sekisho.chat.token import read_token, token_file
from sekisho.demo.board import Board
from sekisho.demo.city import GUEST, GUEST_NAME, PEOPLE, ZoneName
from sekisho.site import api_socket

CHATTERS: Final[tuple[tuple[str, ZoneName], ...]] = (
    ("chief", "lgwan"),
    ("mayor", "internet"),
    ("supplier", "internet"),
)


def show(board: Board, site: Path, people: Mapping[str, str]) -> None:
    """Print the lines for the people of the town, by the short names of `sekisho.demo.city`."""
    board.title("続きをどうぞ（別の端末で）　終わるには Ctrl-C")
    for what, line in invitations(site, people):
        board.say(what, style="dim")
        board.line(line)


def invitations(site: Path, people: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what can be done, and the line that does it."""
    folder = str(site)
    names = {person.key: person.name for person in PEOPLE} | {GUEST: GUEST_NAME}
    for key, zone in CHATTERS:
        who = ["--zone", zone, "--as", people[key]]
        yield f"{names[key]}として話す（{zone}）", join(["sekisho", "chat", folder, *who])
    headers = _keep_headers(site, people["mayor"])
    socket = str(api_socket(site, "internet"))
    curl = ["curl", "--unix-socket", socket, "-H", f"@{headers}", "http://localhost/v1/rooms"]
    yield f"{names['mayor']}として API を呼ぶ（internet）", join(curl)
    yield "保留を見る", join(["sekisho", "hold", "list", folder, "export"])
    yield "監査ログを検証する", join(["sekisho", "audit", "verify", folder, "import"])


def _keep_headers(site: Path, user: str) -> Path:
    """Keep what curl has to send in a file for its owner only, and return where."""
    path = site / "internet" / "curl.headers"
    token = read_token(token_file(site, "internet"))
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"Authorization: Bearer {token}\nSekisho-Act-As: {user}\n")
    return path
