"""Where policy has superiors agree to files: what could cross waits, and who may let it go."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.relay.transform.site import (
    AUTHOR,
    LANE,
    NOW,
    POLICY,
    SITE,
    decide,
    deciders,
    file_ref,
    new_id,
    post,
)
from tests.relay.transform.verify import body_of, is_ready
from tests.relay.transform.world import World, arriving, world
from wire.consents import Consent, ConsentGive, SignedConsent, content_of_file, sign_consent
from wire.events import Author, Event, FileRef
from wire.reasons import Reason
from wire.receipts import Verdict

APPROVING = f'{POLICY}\n[files]\naction = "approve"\n'
DATA = b"a text"
HEAD = Author(new_id("us"), AUTHOR.tenant, AUTHOR.frontend)
SECOND = Author(new_id("us"), AUTHOR.tenant, AUTHOR.frontend)


async def waiting(w: World) -> tuple[Event, FileRef]:
    """Send a file, and return it with its message once it waits for a superior."""
    file = file_ref(DATA, "a.txt", "text/plain")
    said = post("添付", file)
    await w.near.send(said)
    await w.near.taken(1)
    await w.near.send_file(DATA)
    told = await w.near.verdict(1, Verdict.HELD, file=1)
    assert (told.reason, told.rule, told.desk) == (
        Reason.HELD_BY_RULE,
        "file-approval",
        "supervisor",
    )
    return said, file


def consent(w: World, said: Event, file: FileRef, who: Author = HEAD, **changes: Any) -> Event:
    """Return what the zone sends when somebody has agreed, with `changes` to what they sign."""
    plain = Consent(
        1,
        SITE,
        LANE,
        file.fid,
        content_of_file(file.fid, said.id, str(file.sha256), file.size),
        "release",
        who.uid,
        "approver",
        said.author.uid,
        "",
        NOW,
        NOW + 3_600_000,
    )
    return given(who, sign_consent(msgspec.structs.replace(plain, **changes), w.node.consent))


def given(by: Author, signed: SignedConsent) -> Event:
    return Event(new_id("ac"), 2, NOW, None, by, ConsentGive(signed))


async def test_the_text_goes_and_the_file_waits_until_a_superior_agrees(folder: Path) -> None:
    async with world(folder, APPROVING) as w:
        said, file = await waiting(w)
        assert (await w.near.verdict(1)).verdict is Verdict.DELIVERED
        held = await w.verify.item(is_ready)
        assert (held.decision, body_of(held).state, body_of(held).sha256) == ("held", "held", None)
        agreed = consent(w, said, file)
        await w.near.send(agreed)
        assert (await w.near.verdict(2)).verdict is Verdict.DELIVERED
        assert (await w.near.verdict(1, file=1)).verdict is Verdict.DELIVERED
        released = next(
            each for each in w.verify.items if is_ready(each) and each.decision == "released"
        )
        assert deciders(released) == [HEAD.uid]
        noted = next(each.note for each in w.verify.items if each.note is not None)
        assert (noted.act, noted.operator, noted.subject) == ("consent.given", HEAD.uid, file.fid)
        assert not any(
            each.event is not None and isinstance(each.event.body, ConsentGive)
            for each in w.verify.items
        ), "it is for this stage and goes no further"


async def test_a_superior_who_denies_ends_it(folder: Path) -> None:
    async with world(folder, APPROVING) as w:
        said, file = await waiting(w)
        await w.near.send(consent(w, said, file, decision="deny", reason="宛先"))
        told = await w.near.verdict(1, file=1)
        assert (told.verdict, told.reason) == (Verdict.REFUSED, Reason.DENIED)
        assert arriving(w) == []


async def test_a_file_that_could_not_cross_is_refused_at_once(folder: Path) -> None:
    """Nobody's time is taken for what no yes lets out."""
    async with world(folder, APPROVING) as w:
        await w.near.send(post("添付", file_ref(DATA, "a.pdf", "application/pdf")))
        await w.near.taken(1)
        await w.near.send_file(DATA)
        assert (await w.near.verdict(1, file=1)).verdict is Verdict.REFUSED


async def test_where_two_must_agree_one_is_not_enough_and_counts_once(folder: Path) -> None:
    async with world(folder, f"{APPROVING}[holds]\napprovers = 2\n") as w:
        said, file = await waiting(w)
        await w.near.send(consent(w, said, file))
        await w.near.send(consent(w, said, file, at=NOW + 1))
        await w.near.verdict(3)
        assert not any(is_ready(i) and i.decision == "released" for i in w.verify.items)
        await w.near.send(consent(w, said, file, SECOND))
        assert (await w.near.verdict(1, file=1)).verdict is Verdict.DELIVERED
        released = next(i for i in w.verify.items if is_ready(i) and i.decision == "released")
        assert set(deciders(released)) == {HEAD.uid, SECOND.uid}


async def test_an_operator_may_let_it_go_as_well(folder: Path) -> None:
    async with world(folder, APPROVING) as w:
        _, file = await waiting(w)
        status, _ = await decide(w.node, file.fid, "release")
        assert status == 200
        assert (await w.near.verdict(1, file=1)).verdict is Verdict.DELIVERED


LIES: dict[str, dict[str, Any]] = {
    "the author agrees": {"who": AUTHOR},
    "somebody agrees in another's name": {"changes": {"by": SECOND.uid}},
    "an operator's capacity is claimed": {"changes": {"capacity": "operator"}},
    "another file": {"changes": {"content": "0" * 64}},
    "another author": {"changes": {"author": SECOND.uid}},
    "another site": {"changes": {"site": "elsewhere"}},
    "it has expired": {"changes": {"at": NOW - 10, "until": NOW}},
}


@pytest.mark.parametrize("lie", LIES)
async def test_what_a_zone_may_not_say_does_nothing(folder: Path, lie: str) -> None:
    async with world(folder, APPROVING) as w:
        said, file = await waiting(w)
        who, changes = LIES[lie].get("who", HEAD), LIES[lie].get("changes", {})
        await w.near.send(consent(w, said, file, who, **changes))
        told = await w.near.verdict(2)
        assert (told.verdict, told.reason) == (Verdict.REFUSED, Reason.NO_AUTHORITY)
        assert not any(is_ready(i) and i.decision == "released" for i in w.verify.items)


async def test_a_superior_decides_nothing_that_waits_for_operators(folder: Path) -> None:
    async with world(folder, APPROVING, profile='[kinds]\ntext = "hold"\n') as w:
        file = file_ref(DATA, "a.log", "text/plain")
        said = post("添付", file)
        await w.near.send(said)
        await w.near.taken(1)
        await w.near.send_file(DATA)
        assert (await w.near.verdict(1, Verdict.HELD, file=1)).rule == "file-kinds"
        await w.near.send(consent(w, said, file))
        told = await w.near.verdict(2)
        assert (told.verdict, told.reason) == (Verdict.REFUSED, Reason.NO_AUTHORITY)
