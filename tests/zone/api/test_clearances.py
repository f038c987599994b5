"""上長承認 over real sockets: who is asked, who may decide, what they see, what leaves the zone."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from sekisho_client import Client
from sekisho_client.clearances import Clearance, ClearanceUpdate
from tests.zone.api.conftest import LGWAN, town
from tests.zone.api.hall import HALL, RESCUE, Hall, found
from tests.zone.api.settling import hold_for_superior, settle_file
from tests.zone.api.test_items import cursor, events_of
from tests.zone.api.test_messages import code_of
from wire.bodies import ProfileSet
from wire.consents import ConsentGive, content_of_file, is_consent_of
from wire.events import Event
from wire.keys import SigningKey, read_public
from wire.lane import Lane
from wire.reasons import Reason
from wire.receipts import Verdict
from zone.reminders.clearance_reminders import remind_due
from zone.settings import ApprovalSettings

HOUR = 3_600_000
SETTINGS = ApprovalSettings()
CONSENT_KEY = SigningKey.from_seed(LGWAN.consent_key, bytes([1]) * 32)


@dataclass
class Desk:
    """防災課 with its 課長 (head), above it 総務部 with its 部長 (director); mio sends files."""

    hall: Hall
    room: str

    def of(self, name: str) -> Client:
        return self.hall.clients[name]

    def id(self, name: str) -> str:
        return self.hall.town.ids[name]

    async def send(self, name: str = "mio", content: bytes = b"a,b\n1,2\n") -> str:
        """Have somebody send a file that the relay holds for a superior; return its id."""
        file = (await self.of(name).upload("名簿.csv", content, media="text/csv")).id
        await self.of(name).post(self.room, "名簿を送ります", files=[file])
        await hold_for_superior(self.hall.town, file)
        await self.remind()
        return file

    async def remind(self, settings: ApprovalSettings = SETTINGS) -> None:
        store = self.hall.town.store
        await store.write(lambda w: remind_due(w, store.directory, settings))

    async def told(self, name: str, since: str) -> list[ClearanceUpdate]:
        """Return what somebody was told of clearances."""
        events = await events_of(self.of(name), since)
        return [e.data_as(ClearanceUpdate) for e in events if e.type == "clearance.updated"]

    async def consents(self) -> list[ConsentGive]:
        """Return what left this zone for the relay, as it was sealed."""
        raw = await self.hall.town.store.read(
            lambda db: [row[0] for row in db.execute("SELECT envelope FROM outbox ORDER BY first")]
        )
        bodies = (event.body for each in raw for event in events_in(each))
        return [body for body in bodies if isinstance(body, ConsentGive)]


def events_in(sealed: bytes) -> list[Event]:
    """Return the events of a sealed envelope (DSSE), whose seal others look at."""
    payload = msgspec.json.decode(sealed)["payload"]
    inner = msgspec.json.decode(base64.b64decode(payload))
    return msgspec.convert(inner["events"], list[Event])


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with town(tmp_path / "n", LGWAN) as here:
        hall = await found(here)
        await hall.admit("mio", RESCUE)
        await hall.admit("head", RESCUE, title="課長")
        await hall.admit("director", HALL, title="部長")
        room = await hall.clients["mio"].create_room(
            "県との連絡", members=[(here.ids["bo"], "member")]
        )
        yield Desk(hall, room)


async def test_the_head_of_the_section_is_asked_and_sees_what_it_is(desk: Desk) -> None:
    since = {name: await cursor(desk.of(name)) for name in ("head", "director", "mio", "bo")}
    file = await desk.send()
    told = {name: await desk.told(name, at) for name, at in since.items()}
    assert [len(told[name]) for name in ("head", "director", "mio", "bo")] == [1, 0, 1, 0]
    assert (told["head"][0].id, told["head"][0].file) == (file, "名簿.csv")
    assert (told["head"][0].by, told["head"][0].state) == (desk.id("mio"), "waiting")
    (waiting,) = await desk.of("head").clearances()
    assert (waiting.id, waiting.text, waiting.to) == (file, "名簿を送ります", "internet")
    assert (waiting.approvers, waiting.mine) == ([desk.id("head")], True)
    assert (waiting.ja != "", waiting.en != "", waiting.file.name) == (True, True, "名簿.csv")
    assert await desk.of("director").clearances() == []
    (sent,) = await desk.of("mio").clearances("sent")
    assert (sent.id, sent.approvers, sent.mine) == (file, [desk.id("head")], False)


async def test_who_may_not_decide_does_not_know_that_it_waits(desk: Desk) -> None:
    """bo is in the room and reads the message; what waits there for whom is not bo's to see."""
    file = await desk.send()
    for name in ("bo", "director", "roku"):
        assert await desk.of(name).clearances() == []
        assert await code_of(desk.of(name).clearance(file)) == "not-found"
        assert await code_of(desk.of(name).clearance_thumbnail(file)) == "not-found"
        assert await code_of(desk.of(name).give_clearance(file, "approve")) == "not-found"


async def test_a_yes_leaves_as_a_consent_that_this_zone_has_signed(desk: Desk) -> None:
    file = await desk.send()
    decided = await desk.of("head").give_clearance(file, "approve")
    assert (decided.state, decided.mine) == ("waiting", False), "the relay has the last word"
    assert [(s.user, s.decision) for s in decided.said] == [(desk.id("head"), "approve")]
    (given,) = await desk.consents()
    signed = given.consent
    assert is_consent_of(read_public(CONSENT_KEY.public), signed)
    said = signed.consent
    assert (said.by, said.author, said.capacity) == (desk.id("head"), desk.id("mio"), "approver")
    assert (said.subject, said.lane, said.decision) == (file, Lane.EXPORT, "release")
    row = await desk.of("mio").file(file)
    assert said.content == content_of_file(file, decided.message, str(row.sha256), row.size)
    await settle_file(desk.hall.town, file, Verdict.DELIVERED)
    assert (await desk.of("mio").clearance(file)).state == "released"
    assert await desk.of("head").clearances() == []
    assert [each.id for each in await desk.of("head").clearances("decided")] == [file]


@pytest.mark.parametrize("decision", ["deny", "return"])
async def test_who_says_no_says_why_and_the_author_reads_it(
    desk: Desk, decision: Literal["deny", "return"]
) -> None:
    file, head = await desk.send(), desk.of("head")
    assert await code_of(head.give_clearance(file, decision)) == "invalid"
    assert await desk.consents() == []
    await head.give_clearance(file, decision, "宛先が\n違います")
    (given,) = await desk.consents()
    assert (given.consent.consent.decision, given.consent.consent.reason) == (
        "deny",
        "宛先が 違います",
    )
    await settle_file(desk.hall.town, file, Verdict.REFUSED, reason=Reason.DENIED)
    (sent,) = await desk.of("mio").clearances("sent")
    assert (sent.state, sent.said[0].decision, sent.said[0].reason) == (
        "denied",
        decision,
        "宛先が 違います",
    )


async def test_a_word_is_given_once(desk: Desk) -> None:
    file = await desk.send()
    await desk.of("head").give_clearance(file, "approve")
    again = desk.of("head").give_clearance(file, "deny", "やはり")
    assert await code_of(again) == "conflict"
    assert len(await desk.consents()) == 1


async def test_nobody_approves_what_they_send_themselves(desk: Desk) -> None:
    file = await desk_send_as_head(desk)
    assert await code_of(desk.of("head").give_clearance(file, "approve")) == "forbidden"
    (waiting,) = await desk.of("director").clearances()
    assert waiting.approvers == [desk.id("director")], "the one above is asked at once"
    assert await desk.consents() == []


async def desk_send_as_head(desk: Desk) -> str:
    await desk.of("mio").set_member(desk.room, desk.id("head"))
    return await desk.send("head")


async def test_what_is_let_lie_goes_one_up_after_a_reminder(desk: Desk) -> None:
    since = {name: await cursor(desk.of(name)) for name in ("head", "director")}
    file, clock = await desk.send(), desk.hall.town.clock
    start = clock.now
    for hours in (4, 8, 23):
        clock.now = start + hours * HOUR + 60_000
        await desk.remind()
    assert [t.reminder for t in await desk.told("head", since["head"])] == [0, 1, 2, 3]
    assert await desk.told("director", since["director"]) == []
    clock.now = start + 24 * HOUR + 60_000
    await desk.remind()
    assert [t.id for t in await desk.told("director", since["director"])] == [file]
    (waiting,) = await desk.of("director").clearances()
    assert set(waiting.approvers) == {desk.id("head"), desk.id("director")}
    await desk.of("director").give_clearance(file, "approve")
    assert len(await desk.consents()) == 1


async def test_who_has_lost_the_office_has_lost_the_word(desk: Desk) -> None:
    file = await desk.send()
    await desk.hall.put(ProfileSet(desk.id("head"), title="主幹"))
    assert await code_of(desk.of("head").give_clearance(file, "approve")) == "not-found"
    (waiting,) = await desk.of("director").clearances()
    assert waiting.id == file


async def test_behind_the_last_superior_stands_whoever_has_the_duty(desk: Desk) -> None:
    for name in ("head", "director"):
        await desk.hall.put(ProfileSet(desk.id(name), title=""))
    await desk.hall.put(ProfileSet(desk.id("loner"), duties=["approver"]))
    file = await desk.send()
    waiting: list[Clearance] = await desk.of("loner").clearances()
    assert [each.id for each in waiting] == [file]


async def test_after_its_time_nobody_decides_any_more(desk: Desk) -> None:
    file = await desk.send()
    desk.hall.town.clock.now += 169 * HOUR
    assert await code_of(desk.of("head").give_clearance(file, "approve")) == "conflict"
    await settle_file(desk.hall.town, file, Verdict.REFUSED, reason=Reason.EXPIRED)
    assert (await desk.of("mio").clearance(file)).state == "expired"


async def test_a_frontend_that_may_only_talk_decides_nothing(desk: Desk) -> None:
    file, here = await desk.send(), desk.hall.town
    token = await here.frontend("talker", scopes=["read", "talk"])
    client = await here.client(desk.id("head"), token)
    assert [each.id for each in await client.clearances()] == [file]
    assert await code_of(client.give_clearance(file, "approve")) == "forbidden"
