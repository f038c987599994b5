"""Shared storage: files in folders, made harmless on their way, with all their versions."""

from sekisho_client import Client, states
from tests.stories.city import INTERNET, LGWAN, City
from wire.lane import Zone


async def text_of(client: Client, file: str) -> str:
    return b"".join([piece async for piece in client.download(file)]).decode().strip()


def has_bytes(city: City, zone: Zone, words: str) -> bool:
    """Return whether a zone still keeps a file with these words."""
    kept = (city.installation.node(zone) / "blobs").iterdir()
    return any(words.encode() in path.read_bytes() for path in kept)


async def test_a_leaflet_is_corrected_on_one_network_and_fetched_on_the_other(city: City) -> None:
    desk, field = await city.person("山田 花子"), await city.person("佐藤 健")
    at_desk, in_field = await city.client(desk, LGWAN), await city.client(field, INTERNET)
    room = await city.room("配布物", at_desk, field)
    draft = await at_desk.upload("案内.txt", "集合は9時です。\n".encode())
    stored = await at_desk.make_item(
        room, "stored-file", "案内", file=draft.id, folder="配布物/防災"
    )
    arrived = await city.until(
        lambda: in_field.item(stored),
        lambda item: [file.state for file in item.files] in (["clean"], ["altered"]),
    )
    assert await text_of(in_field, arrived.files[0].id) == "集合は9時です。"
    assert await in_field.shelves(room, "folders") == {"配布物/防災": 1}

    better = await in_field.upload("案内.txt", "集合は8時です。\n".encode())
    await in_field.change_item(stored, file=better.id)
    seen = await city.until(
        lambda: at_desk.item(stored),
        lambda item: len(item.files) == 2 and item.files[0].state in ("clean", "altered"),
    )
    versions = seen.state_as(states.StoredFileState).versions
    assert [(each.number, each.by) for each in versions] == [(2, field), (1, desk)]
    assert await text_of(at_desk, versions[0].file) == "集合は8時です。"
    assert await text_of(at_desk, versions[1].file) == "集合は9時です。"
    await remove(city, stored, (draft.id, better.id), at_desk, in_field)


async def remove(
    city: City, stored: str, files: tuple[str, str], at_desk: Client, in_field: Client
) -> None:
    """Remove what was stored, and see both versions go on both sides."""
    await city.until(
        lambda: in_field.file(files[1]), lambda file: file.state in ("clean", "altered")
    )
    await at_desk.remove_item(stored, "配布を終えました")
    await city.until(lambda: in_field.item(stored), lambda item: item.removed)
    for client in (at_desk, in_field):
        for file in files:
            await city.until(
                lambda client=client, file=file: client.file(file),  # type: ignore[misc] # bound now
                lambda view: view.state == "withdrawn",
            )
    assert not any(has_bytes(city, zone, "集合は") for zone in (LGWAN, INTERNET))
