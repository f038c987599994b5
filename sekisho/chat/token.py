"""The token with which the terminal client is let in: one file per zone, for its owner only.

Made through the admin socket the first time, which only the operator can open.
"""

import os
from pathlib import Path
from typing import Final

from runtime.settings import read_secret
from sekisho.local_socket import ask_node
from sekisho.site import zone_node
from zone.api.http.frontend_scope import SCOPES

FRONTEND: Final = "chat"


def token_file(site: Path, zone: str) -> Path:
    """Return where the token for a zone of `site` is kept."""
    return site / zone_node(zone).folder / "chat.token"


def read_token(path: Path) -> str:
    """Return the token in the file at `path`; raises `SettingsFault` if others may read it."""
    return read_secret(path).decode("ascii").strip()


def make_token(site: Path, zone: str) -> Path:
    """Have a zone let this program in, if it does not yet; return where the token is.

    Raises `wire.reasons.Refused` or `Unavailable`.
    """
    path = token_file(site, zone)
    if path.exists():
        return path
    body = {
        "name": FRONTEND,
        "uids": [os.getuid()],
        "act_as": "anybody",  # whoever holds the admin socket may let in any program anyway
        "scopes": SCOPES,
    }
    made = ask_node(site / zone_node(zone).admin_socket, "POST", "/v1/frontends", body)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(made["token"] + "\n")
    return path
