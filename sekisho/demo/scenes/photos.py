"""A photo each way, re-rendered on its way."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from PIL import Image

from sekisho.chat.words import removed_words, size_words
from sekisho.demo import leaks
from sekisho.demo.city import ZoneName
from sekisho.demo.photo import Photo, make_photo
from sekisho.demo.story import Line, Telling, arrived_words, elapsed_ms, far_of
from sekisho.site import zone_node
from sekisho_client import Message
from sekisho_client.messages import File

THUMBNAIL: Final = 256  # pixels on the longer side


async def tell(telling: Telling) -> None:
    """Send a photo each way, and look at what arrives."""
    hall = make_photo("体育館.jpg", real="DSCN0010.jpg", seed=1)
    gate = make_photo("東門.jpg", real="DSCN0027.jpg", seed=2)
    text = "第二小学校の体育館、受入れ準備完了です。"
    line = Line("shelter", "internet", "shelters", text)
    await _send(telling, hall, line, leaks.traces_of(hall.jpeg, unlike=gate.jpeg))
    text = "搬入に使う東門の写真です。"
    line = Line("welfare", "lgwan", "shelters", text)
    await _send(telling, gate, line, leaks.traces_of(gate.jpeg, unlike=hall.jpeg))


async def _send(telling: Telling, picture: Photo, line: Line, traces: Sequence[bytes]) -> None:
    said = await telling.post(replace(line, files=[(picture.name, picture.jpeg)]))
    arrived = await telling.far(said, lambda found: states(found) <= {"altered", "clean"})
    took = elapsed_ms(said.since)
    telling.photos_ms.append(took)
    await telling.near(said, lambda found: states(found) <= {"altered", "clean"})
    telling.show(said, arrived_words(took))
    far = far_of(line.zone)
    await _check_arrival(telling, picture, arrived.files[0], far)
    _check_leaks(telling, picture, traces, far)
    if far == "lgwan":
        await _check_thumbnail(telling, picture, arrived.files[0])


def states(message: Message) -> set[str]:
    """Return the states in which the files of a message are."""
    return {file.state for file in message.files}


async def _check_arrival(telling: Telling, sent: Photo, file: File, far: ZoneName) -> None:
    client = telling.eyes(far).client
    drawn = b"".join([piece async for piece in client.download(file.id)])
    with Image.open(io.BytesIO(drawn)) as found, Image.open(io.BytesIO(sent.jpeg)) as original:
        is_same_size, has_exif = found.size == original.size, bool(found.getexif())
    removed = {what for what, _ in file.removed}
    telling.checks.add(
        f"{sent.name}：撮影情報も位置情報もない画像が届く",
        is_same_size and not has_exif and {"exif", "gps"} <= removed,
        f"{size_words(len(sent.jpeg))} → {size_words(len(drawn))}、"
        f"{removed_words(what for what, _ in file.removed)}を除去",
    )


def _check_leaks(telling: Telling, sent: Photo, traces: Sequence[bytes], far: ZoneName) -> None:
    folder = telling.town.site / zone_node(far).folder
    looked = leaks.search(folder, traces)
    at_sender = leaks.search(telling.town.site / zone_node(far_of(far)).folder, traces)
    original = hashlib.sha256(sent.jpeg).hexdigest()
    telling.checks.add(
        f"{sent.name}：原本もその断片も、届いた側のディスクにない",
        not looked.found
        and bool(at_sender.found)  # so that what is looked for can be found
        and not (folder / "blobs" / original).exists(),
        f"座標など {len(traces)} 断片を {looked.files} ファイル {size_words(looked.size)} に探した",
    )


async def _check_thumbnail(telling: Telling, sent: Photo, file: File) -> None:
    small = await telling.eyes("lgwan").client.thumbnail(file.id)
    with Image.open(io.BytesIO(small)) as found:
        telling.checks.add(
            f"{sent.name}：一覧用の縮小画像は檻の中で描かれる",
            max(found.size) <= THUMBNAIL and not found.getexif(),
            f"{found.size[0]}×{found.size[1]}、{size_words(len(small))}",
        )
