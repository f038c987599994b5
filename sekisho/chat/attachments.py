"""Files of the person at the terminal: sent from their disk, and saved to it."""

import asyncio
import mimetypes
from itertools import count
from pathlib import Path

from sekisho_client import Client
from sekisho_client.messages import File


async def upload(client: Client, typed: str, password: str = "") -> File:
    """Upload the file at the path `typed`, to be named in a message.  Raises `OSError`.

    `password` opens it where it is locked.
    """
    path = Path(typed)
    content = await asyncio.to_thread(lambda: path.expanduser().read_bytes())
    media = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return await client.upload(path.name, content, media=media, password=password)


async def save(client: Client, file: File, typed: str) -> Path:
    """Save a file under its own name in the folder `typed`, and return where.

    Nothing there is replaced.  Raises `OSError`.
    """
    pieces = [piece async for piece in client.download(file.id)]
    return await asyncio.to_thread(keep, Path(typed), file.name, b"".join(pieces))


def keep(folder: Path, untrusted_name: str, content: bytes) -> Path:
    """Write a new file into `folder`, under the name somebody else gave it; return its path."""
    folder = folder.expanduser()
    # The name was somebody else's choice: no part of it may lead out of the folder.
    plain = Path(untrusted_name.replace("\\", "/")).name
    name = Path(plain if plain not in ("", ".", "..") else "file")
    for number in count(1):
        path = folder / (name.name if number == 1 else f"{name.stem} ({number}){name.suffix}")
        try:
            with path.open("xb") as target:
                target.write(content)
        except FileExistsError:
            continue
        return path
    raise AssertionError("counting does not end")
