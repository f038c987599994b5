"""Files: nobody waits for their bytes, which are kept until the far zone has them."""

import hashlib
from pathlib import Path

from tests.relay.verify import pictures
from tests.relay.verify.log import demand_a_leaf_for_each_release, leaves
from tests.relay.verify.peers import FarZone, Transform
from tests.relay.verify.place import event, file_event, item, running, until
from wire.frames import FrameType, write_chunk
from wire.receipts import Verdict

TEXT = ("第1号議案\r\n" * 60_000).encode()  # more than three pieces
SHA256 = hashlib.sha256(TEXT).hexdigest()


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "expected").iterdir())


async def test_a_file_reaches_the_far_zone_and_is_deleted_once_it_is_there(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item(about=file_event(1, TEXT)))
        await transform.send_file(TEXT)
        await until(lambda: transform.verdicts() == {1: Verdict.DELIVERED})
        assert far.files == {SHA256: TEXT}
        assert kept(folder) == []
    (leaf,) = leaves(folder)
    (file,) = leaf["files"]
    assert (file["state"], file["media_out"], file["size_out"]) == (
        "clean",
        "text/plain",
        len(TEXT),
    )
    assert file["sha256_out"] == SHA256
    demand_a_leaf_for_each_release(folder, far)


async def test_what_comes_after_a_file_does_not_wait_for_it(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item(about=file_event(1, TEXT)), item(about=event(2)))
        await until(lambda: transform.verdicts() == {2: Verdict.DELIVERED})
        await transform.send_file(TEXT)
        await until(lambda: len(transform.verdicts()) == 2)
    assert [each.hlc for each in far.events] == [2, 1]


async def test_a_file_is_not_delivered_before_its_bytes_are(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder, acknowledges=False)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item(about=file_event(1, TEXT)), item(about=event(2)))
        await transform.send_file(TEXT)
        await until(lambda: len(far.events) == 2 and SHA256 in far.files)
        await far.acknowledge()
        await until(lambda: transform.verdicts() == {2: Verdict.DELIVERED})
        assert kept(folder) == [SHA256]


async def test_an_interrupted_file_starts_again(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), far.connected():
        async with transform.connected():
            await transform.hand_over(item(about=file_event(1, TEXT)))
            await transform.send(FrameType.CHUNK, write_chunk(SHA256, 0, TEXT[: 256 * 1024]))
            await until(lambda: kept(folder) == [f"{SHA256}.part"])
        async with transform.connected():
            await transform.send_file(TEXT)
            await until(lambda: len(transform.verdicts()) == 1)
    assert far.files == {SHA256: TEXT}


async def test_half_a_file_is_swept_away_at_the_start(folder: Path) -> None:
    transform = Transform(folder)
    async with running(folder), transform.connected():
        await transform.hand_over(item(about=file_event(1, TEXT)))
        await transform.send(FrameType.CHUNK, write_chunk(SHA256, 0, TEXT[: 256 * 1024]))
        await until(lambda: kept(folder) == [f"{SHA256}.part"])
    async with running(folder):
        assert kept(folder) == []


async def test_released_bytes_are_handed_over_after_a_restart(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected():
        await transform.hand_over(item(about=file_event(1, TEXT)))
        await transform.send_file(TEXT)
        await until(lambda: any(p.verdict is Verdict.ARRIVED for p in transform.progress))
    transform.progress.clear()
    async with running(folder), transform.connected(), far.connected():
        # Told again, so that nobody sends the bytes a second time.
        await until(lambda: any(p.verdict is Verdict.ARRIVED for p in transform.progress))
        await until(lambda: transform.verdicts() == {1: Verdict.DELIVERED})
    assert far.files == {SHA256: TEXT}
    assert len(leaves(folder)) == 1


async def test_one_content_may_be_sent_as_two_files(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item(about=file_event(1, TEXT)))
        await transform.send_file(TEXT)
        await transform.hand_over(item(about=file_event(2, TEXT)))
        await transform.send_file(TEXT)
        await until(lambda: len(transform.verdicts()) == 2)
        assert kept(folder) == []
    assert set(transform.verdicts().values()) == {Verdict.DELIVERED}
    demand_a_leaf_for_each_release(folder, far)


async def test_one_content_under_two_names_is_looked_at_as_both(folder: Path) -> None:
    as_text = file_event(1, pictures.PNG)
    as_png = file_event(2, pictures.PNG, name="図.png", media="image/png")
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item(about=as_text), item(about=as_png))
        await transform.send_file(pictures.PNG)
        await until(lambda: len(transform.verdicts()) == 2)
    assert transform.verdicts() == {1: Verdict.REFUSED, 2: Verdict.DELIVERED}


async def test_one_content_cannot_have_two_sizes(folder: Path) -> None:
    right, wrong = file_event(1, TEXT), file_event(2, TEXT, size=len(TEXT) + 1)
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item(about=right), item(about=wrong))
        await transform.send_file(TEXT)
        await until(lambda: len(transform.verdicts()) == 2)
    assert transform.verdicts() == {1: Verdict.DELIVERED, 2: Verdict.REFUSED}


async def test_pieces_of_a_file_that_is_delivered_are_passed_over(folder: Path) -> None:
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(item(about=file_event(1, TEXT)))
        await transform.send_file(TEXT)
        await until(lambda: len(transform.verdicts()) == 1)
        await transform.send_file(TEXT)
        await transform.hand_over(item(about=event(2)))
        await until(lambda: len(transform.verdicts()) == 2)
        assert not transform.closed
        assert kept(folder) == []


async def test_a_file_that_crosses_again_is_acknowledged_again(folder: Path) -> None:
    """Each time its sender waits for it: what the far zone has had is no answer for the next."""
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        for number in range(1, 6):
            await transform.hand_over(item(about=file_event(number, TEXT)))
            await transform.send_file(TEXT)
            await until(lambda n=number: len(transform.verdicts()) == n)  # type: ignore[misc]
            assert kept(folder) == []
