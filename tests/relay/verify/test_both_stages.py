"""A whole lane: the real transform stage hands over to the real verify stage."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from runtime.audit_verify import verify_log
from tests.relay.transform import site
from tests.relay.transform.near import FINAL, Near
from tests.relay.transform.site import file_ref, post
from tests.relay.transform.test_contents import workbook
from tests.relay.transform.test_files import CANARY, photo
from tests.relay.verify.log import demand_a_leaf_for_each_release, leaves
from tests.relay.verify.peers import FarZone
from tests.relay.verify.place import log_verifier, make_node, running, until
from wire.bodies import FileReady
from wire.receipts import Verdict


@asynccontextmanager
async def lane(root: Path) -> AsyncIterator[tuple[Near, FarZone]]:
    """Run both stages between two peers."""
    near_node = site.make_node(root, stage="unix:../verify/run/stage.sock")
    folder = make_node(root, site=site.SITE)
    (root / "rules/policy.toml").write_text(site.POLICY)
    near, far = Near(near_node), FarZone(folder, site=site.SITE)
    async with (
        running(folder),
        far.connected(),
        site.running(near_node),
        near.connected(),
    ):
        yield near, far


async def test_texts_cross_in_order_and_their_verdicts_come_back(root: Path) -> None:
    async with lane(root) as (near, far):
        for number in range(20):
            await near.send(*[post(f"第{number}号の{n}") for n in range(50)])
        await until(lambda: len(near.told) == 1_000)
        await until(lambda: len(far.events) == 1_000)
    assert set(map(tuple, near.told.values())) == {(Verdict.DELIVERED,)}
    demand_a_leaf_for_each_release(root / "verify", far)
    log = log_verifier(site.SITE)
    # Beside the texts: that both stages were started, and that both have stopped.
    assert verify_log(root / "verify" / "log", log).head.size == 1_000 + 4


async def test_what_is_held_refused_or_made_clean_ends_so_on_both_sides(root: Path) -> None:
    async with lane(root) as (near, far):
        await near.send(post("予算"), post("取扱注意"), post("機密性3"), post("予\u200b算"))
        await until(lambda: len(near.told) == 4)
    assert [near.told[seq, 0] for seq in (1, 2, 3, 4)] == [
        [Verdict.DELIVERED],
        [Verdict.HELD],
        [Verdict.REFUSED],
        [Verdict.ALTERED],
    ]
    assert [event.kind for event in far.events] == ["message.post", "relay.notice", "message.post"]
    demand_a_leaf_for_each_release(root / "verify", far)


async def test_a_photo_crosses_re_rendered_and_a_program_does_not(root: Path) -> None:
    picture, program = photo(), b"MZ\x90\x00" + bytes(1_000)
    files = [
        file_ref(picture, "現場.jpg", "image/jpeg"),
        file_ref(program, "setup.exe", "application/octet-stream"),
    ]
    async with lane(root) as (near, far):
        await near.send(post("現場です", *files))
        await near.taken(1)
        await near.send_file(picture)
        await near.send_file(program)
        await until(lambda: {(1, 0), (1, 1), (1, 2)} <= near.told.keys())
        await until(lambda: {near.told[1, 1][-1], near.told[1, 2][-1]} <= FINAL)
    ready = [event.body for event in far.events if isinstance(event.body, FileReady)]
    states = {body.file: body.state for body in ready}
    assert states == {files[0].fid: "altered", files[1].fid: "refused"}
    (cleaned,) = far.files.values()
    assert CANARY not in cleaned
    assert hashlib.sha256(cleaned).hexdigest() != files[0].sha256
    assert [leaf["files"][0]["fid"] for leaf in leaves(root / "verify") if "files" in leaf]
    demand_a_leaf_for_each_release(root / "verify", far)


async def test_files_are_held_and_refused_for_what_stands_in_them_on_both_sides(root: Path) -> None:
    number = "123456789018"
    table = workbook(["氏名", "番号"], *(["山田", number] for _ in range(50)))
    label = "区分,機密性３\r\n".encode()
    plain = "区分,予算\r\n".encode()
    sent = {"名簿.xlsx": table, "区分.csv": label, "予算.csv": plain}
    files = [file_ref(data, name, "text/csv") for name, data in sent.items()]
    async with lane(root) as (near, far):
        await near.send(post("添付します", *files))
        await near.taken(1)
        for data in sent.values():
            await near.send_file(data)
        await until(lambda: {(1, 1), (1, 2), (1, 3)} <= near.told.keys())
        await until(lambda: len(said_of(far)) == 3)
    assert said_of(far) == {
        files[0].fid: ("held", "individual-number", 50),
        files[1].fid: ("refused", "words-forbidden", 1),
        files[2].fid: ("clean", None, 0),
    }
    assert list(far.files.values()) == [b"\xef\xbb\xbf" + plain]
    logged = str(leaves(root / "verify"))
    assert "individual-number" in logged
    assert number not in logged
    assert "機密" not in logged


def said_of(far: FarZone) -> dict[str, tuple[str, str | None, int]]:
    ready = [event.body for event in far.events if isinstance(event.body, FileReady)]
    return {body.file: (body.state, body.rule, body.found) for body in ready}
