"""The second scene: a photo each way, drawn anew on its way."""

import io
from dataclasses import replace

from PIL import Image

from client.views import File, Message
from sekisho.chat.words import removed_words
from sekisho.demo import leaks
from sekisho.demo.city import ZoneName
from sekisho.demo.photo import Photo, photo
from sekisho.demo.telling import Line, Telling, arrived_words, elapsed_ms, far_of
from sekisho.site import zone_node


async def photos(telling: Telling) -> None:
    """Send a photo each way, and look at what arrives."""
    hall = photo("体育館.jpg", real="DSCN0010.jpg", seed=1)
    text = "第二小学校の体育館、受入れ準備完了です。"
    await _send(telling, hall, Line("shelter", "internet", "shelters", text))
    gate = photo("東門.jpg", real="DSCN0027.jpg", seed=2)
    text = "搬入に使う東門の写真です。"
    await _send(telling, gate, Line("welfare", "lgwan", "shelters", text))


async def _send(telling: Telling, picture: Photo, line: Line) -> None:
    said = await telling.post(replace(line, files=[(picture.name, picture.jpeg)]))
    arrived = await telling.far(said, lambda found: states(found) <= {"altered", "clean"})
    took = elapsed_ms(said.since)
    telling.photos_ms.append(took)
    await telling.near(said, lambda found: states(found) <= {"altered", "clean"})
    telling.show(said, arrived_words(took))
    far = far_of(line.zone)
    await _check_arrival(telling, picture, arrived["files"][0], far)
    _check_leaks(telling, picture, far)


def states(message: Message) -> set[str]:
    """Return the states in which the files of a message are."""
    return {file["state"] for file in message["files"]}


async def _check_arrival(telling: Telling, sent: Photo, file: File, far: ZoneName) -> None:
    client = telling.eyes(far).client
    drawn = b"".join([piece async for piece in client.download(file["id"])])
    with Image.open(io.BytesIO(drawn)) as found, Image.open(io.BytesIO(sent.jpeg)) as original:
        is_same_size, has_exif = found.size == original.size, bool(found.getexif())
    removed = {what for what, _ in file["removed"]}
    telling.checks.add(
        f"{sent.name}: 描き直した画像だけが届き、撮影情報・位置情報がない",
        is_same_size and not has_exif and {"exif", "gps"} <= removed,
        f"{removed_words(file['removed'])}を除去、{len(sent.jpeg):,} → {len(drawn):,} B",
    )


def _check_leaks(telling: Telling, sent: Photo, far: ZoneName) -> None:
    traces = leaks.traces_of(sent.jpeg)
    looked = leaks.search(telling.town.site / zone_node(far).folder, traces)
    telling.checks.add(
        f"{sent.name}: 原本の断片も座標も、届いた側のどのファイルにもない",
        not looked.found and looked.files > 0,
        f"{len(traces)} 断片を {looked.files} ファイル {looked.size:,} B に探した",
    )
