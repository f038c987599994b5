"""上長承認: a file waits at the relay until a superior of its author, in LGWAN, has said yes.

Real daemons: the zone finds the superior and signs, transform collects, verify checks by itself.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from sekisho_client import Client, Message
from sekisho_client.clearances import Clearance
from tests.faults.installation import Installation
from tests.stories.city import INTERNET, LGWAN, City, register
from wire.lane import Zone

CSV = "氏名,課\n山田,防災課\n".encode()


@pytest.fixture(scope="module")
def approving() -> Iterator[tuple[Installation, dict[Zone, str]]]:
    """Run a city whose export lane has each file approved."""
    with tempfile.TemporaryDirectory(prefix="sks-") as folder:  # socket paths are short
        installation = Installation.make(Path(folder) / "c")
        policy = installation.folder / "relay" / "export" / "rules" / "policy.toml"
        said = policy.read_text(encoding="utf-8")
        assert 'action = "pass"  ' in said
        policy.write_text(said.replace('action = "pass"  ', 'action = "approve"  '), "utf-8")
        installation.start_all()
        try:
            asyncio.run(installation.ready())
            yield installation, asyncio.run(register(installation))
        finally:
            installation.stop_all()


@dataclass
class Office:
    """A section with its head (課長), somebody of it, and a room with somebody at home."""

    city: City
    mio: Client
    head: Client
    home: Client
    room: str

    async def send(self) -> str:
        """Have mio send a file; return its id."""
        file = (await self.mio.upload("名簿.csv", CSV, media="text/csv")).id
        await self.mio.post(self.room, "名簿です", files=[file])
        return file

    async def waiting(self, file: str) -> Clearance:
        """Return what waits for the head, once it does."""
        found = await self.city.until(
            self.head.clearances, lambda some: file in {each.id for each in some}
        )
        return next(each for each in found if each.id == file)


@pytest.fixture
async def office(approving: tuple[Installation, dict[Zone, str]]) -> AsyncIterator[Office]:
    installation, tokens = approving
    async with AsyncExitStack() as stack:
        city = City(installation, tokens, stack)
        org = (await city.operate(LGWAN, "POST", "/v1/orgs", {"name": "防災課"}))["id"]
        mio = await city.person("澪", LGWAN, orgs=[org])
        head = await city.person("課長", LGWAN, orgs=[org], title="課長")
        home = await city.person("在宅")
        desk, outside = await city.client(mio, LGWAN), await city.client(home, INTERNET)
        await city.until(lambda: desk.user(home))
        room = await city.room("県との連絡", desk, home)
        yield Office(city, desk, await city.client(head, LGWAN), outside, room)


async def test_the_text_goes_and_the_file_waits_for_the_head_of_the_section(office: Office) -> None:
    """Everybody it concerns knows what waits for whom; the head is in no room of mio's."""
    file, city = await office.send(), office.city
    clearance = await office.waiting(file)
    assert (clearance.text, clearance.to, clearance.file.state) == ("名簿です", "internet", "held")
    assert clearance.rule == "file-approval"
    (message,) = await city.until(
        lambda: messages_of(office.home, office.room),
        lambda found: found and found[0].files[0].state == "held",
    )
    assert message.text == "名簿です"
    hold = message.files[0].hold
    assert hold is not None
    assert (hold.desk, "所属長" in hold.ja) == ("supervisor", True)

    await office.head.give_clearance(file, "approve")
    arrived = await city.until(
        lambda: office.home.file(file), lambda found: found.state in ("clean", "altered")
    )
    content = b"".join([piece async for piece in office.home.download(file)])
    assert "山田".encode() in content
    assert arrived.hold is None
    ended = await city.until(lambda: office.mio.clearance(file), lambda c: c.state != "waiting")
    assert (ended.state, [said.decision for said in ended.said]) == ("released", ["approve"])


async def messages_of(client: Client, room: str) -> list[Message]:
    return list((await client.messages(room)).items)


async def test_what_the_head_denies_stays_and_its_author_reads_why(office: Office) -> None:
    file, city = await office.send(), office.city
    await office.waiting(file)
    await office.head.give_clearance(file, "return", "宛先を確認してください")
    ended = await city.until(lambda: office.mio.clearance(file), lambda c: c.state == "denied")
    assert [(s.decision, s.reason) for s in ended.said] == [("return", "宛先を確認してください")]
    there = await city.until(lambda: office.home.file(file), lambda f: f.state == "refused")
    assert there.reason == "denied"


async def test_what_is_withdrawn_waits_for_nobody(office: Office) -> None:
    file, city = await office.send(), office.city
    clearance = await office.waiting(file)
    await office.mio.withdraw(clearance.message)
    await city.until(office.head.clearances, lambda some: file not in {each.id for each in some})
