"""Lists that are imported: in batches, over restarts, and with the truth about what arrived."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from lgwan_side.zone import SIDE as LGWAN
from tests.zone.conftest import SITE, Place, key_of
from tests.zone.events import FRONTEND, TENANT
from wire.events import Author
from wire.fields import MAX_EVENTS
from wire.ids import USER
from wire.reasons import Reason, Refused
from wire.receipts import LaneStatus, Verdict
from zone.conversation import imports
from zone.conversation.imports import ImportReport
from zone.conversation.staff_import import Scope, plan_import
from zone.conversation.staff_list import read_staff_list
from zone.link import receipts
from zone.store.side_effects import SIDE_EFFECTS
from zone.store.store import ZoneStore, create_zone_store
from zone.store.writing import Writing

HEAD = "職員番号,氏名,所属,役職\n"
LIMIT = 1_000_000


def lines(count: int, title: str = "") -> str:
    return HEAD + "".join(f"{n},職員{n},総務部／課{n % 3},{title}\n" for n in range(count))


async def begin(store: ZoneStore, text: str) -> int:
    """Plan a list as the admin socket does, and say nothing of it yet."""
    people, faults = read_staff_list(text.encode())
    scope = Scope(TENANT, ["lgwan", "internet"], let_go=False, dry_run=False)

    def work(writing: Writing) -> int:
        imports.demand_no_other(writing.db)
        standing = imports.not_arrived(writing.db)
        made = plan_import(writing, store.directory, standing, people, faults, scope)
        author = Author(writing.mint(USER, writing.now), TENANT, FRONTEND, "operator")
        return imports.begin(writing, author, TENANT, made)

    return await store.write(work)


@asynccontextmanager
async def carrying(
    store: ZoneStore, limit: int = LIMIT, *, is_connected: bool = False
) -> AsyncIterator[None]:
    task = asyncio.create_task(imports.carry(store, limit, lambda: is_connected))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def report(store: ZoneStore, number: int) -> ImportReport:
    return await store.read(lambda db: imports.report_of(db, number))


async def until_said(store: ZoneStore, number: int, left: int = 0) -> ImportReport:
    async with asyncio.timeout(60):
        while (found := await report(store, number)).to_say > left:  # noqa: ASYNC110 - a thread's work
            await asyncio.sleep(0.02)
    return found


async def take_in(store: ZoneStore, text: str) -> ImportReport:
    number = await begin(store, text)
    async with carrying(store):
        return await until_said(store, number)


async def judge(
    store: ZoneStore, verdict: Verdict, first: int, last: int, reason: Reason | None = None
) -> None:
    """Let the relay say what became of a run of events."""
    (tick,) = await store.read(lambda db: db.execute("SELECT max(tick) FROM chain").fetchone())
    status = LaneStatus(
        LGWAN.leaving,
        1,
        last,
        "0" * 64,
        tick + 1,
        verdict=verdict,
        reason=reason,
        first=first,
        last=last,
    )
    await store.write(lambda writing: receipts.apply_all(writing, [status]))


async def high(store: ZoneStore) -> int:
    (found,) = await store.read(
        lambda db: db.execute("SELECT high FROM chain WHERE lane = ?", (LGWAN.leaving,)).fetchone()
    )
    return int(found)


async def test_a_list_fills_envelopes(lgwan: Place) -> None:
    before = await lgwan.store.read(
        lambda db: db.execute("SELECT max(last) FROM outbox").fetchone()
    )
    await take_in(lgwan.store, lines(1_000))
    sizes = await lgwan.store.read(
        lambda db: db.execute(
            "SELECT last - first + 1 FROM outbox WHERE first > ?", before
        ).fetchall()
    )
    assert sum(size for (size,) in sizes) == 1_004
    assert len(sizes) == 4
    assert max(sizes)[0] == MAX_EVENTS


async def test_what_is_still_to_be_said_is_said_after_a_restart(tmp_path: Path) -> None:
    create_zone_store(tmp_path)
    async with ZoneStore.open(tmp_path, LGWAN, SITE, key_of(LGWAN), SIDE_EFFECTS) as store:
        number = await begin(store, lines(400))
    async with ZoneStore.open(tmp_path, LGWAN, SITE, key_of(LGWAN), SIDE_EFFECTS) as store:
        assert (await report(store, number)).to_say == 404
        async with carrying(store):
            found = await until_said(store, number)
        assert (found.added, found.orgs_added, found.on_the_way) == (400, 4, 404)
        assert len(store.directory.by_staff_number(TENANT)) == 400


async def test_a_list_waits_for_the_one_before(lgwan: Place) -> None:
    await begin(lgwan.store, lines(2))
    with pytest.raises(Refused) as refusal:
        await begin(lgwan.store, lines(3))
    assert refusal.value.reason is Reason.CONFLICT


async def test_without_a_relay_lists_fill_half_of_what_may_wait(lgwan: Place) -> None:
    number = await begin(lgwan.store, lines(1_500))
    async with carrying(lgwan.store, 1_000):
        found = await until_said(lgwan.store, number, left=1_504 - 2 * MAX_EVENTS)
        await asyncio.sleep(0.2)
        assert (await report(lgwan.store, number)).to_say == found.to_say > 0
        await judge(lgwan.store, Verdict.DELIVERED, 1, await high(lgwan.store))
        await until_said(lgwan.store, number, left=1_504 - 4 * MAX_EVENTS)


async def test_a_connected_relay_is_given_no_more_than_it_has_judged(lgwan: Place) -> None:
    number = await begin(lgwan.store, lines(3_000))
    async with carrying(lgwan.store, is_connected=True):
        left = 3_004 - imports.AHEAD - MAX_EVENTS
        await until_said(lgwan.store, number, left=left)
        await asyncio.sleep(0.3)
        assert (await report(lgwan.store, number)).to_say == left
        await judge(lgwan.store, Verdict.DELIVERED, 1, await high(lgwan.store))
        await until_said(lgwan.store, number, left=left - MAX_EVENTS)


async def test_importing_again_says_what_has_not_arrived(lgwan: Place) -> None:
    store = lgwan.store
    first = await high(store)
    await take_in(store, lines(10))
    # Four sections and ten people: one is still on its way, one is held, two were refused.
    await judge(store, Verdict.DELIVERED, 1, first + 10)
    await judge(store, Verdict.HELD, first + 11, first + 11, Reason.HELD_BY_RULE)
    await judge(store, Verdict.REFUSED, first + 12, first + 13, Reason.RATE_EXCEEDED)
    again = await take_in(store, lines(10))
    assert (again.unchanged, again.still_on_the_way, again.still_held, again.sent_again) == (
        6,
        1,
        1,
        2,
    )
    assert (again.added, again.changed, again.events, again.on_the_way) == (0, 0, 2, 2)
    await judge(store, Verdict.DELIVERED, first + 14, first + 16)
    third = await take_in(store, lines(10))
    assert (third.unchanged, third.still_held, third.events) == (9, 1, 0)


async def test_whoever_was_refused_is_sent_again_whole_with_what_changed_since(
    lgwan: Place,
) -> None:
    store = lgwan.store
    first = await high(store)
    await take_in(store, lines(1))
    await judge(store, Verdict.REFUSED, first + 1, first + 3, Reason.RATE_EXCEEDED)
    again = await take_in(store, lines(1, "課長"))
    assert (again.sent_again, again.events) == (1, 3)  # the person, and both sections above
    user = store.directory.by_staff_number(TENANT)["0"]
    assert (user.title, user.section, user.zones) == ("課長", "課0", ["lgwan", "internet"])
    rows = await store.read(
        lambda db: db.execute(
            "SELECT subject FROM import_event WHERE import = ?", (again.id,)
        ).fetchall()
    )
    assert (user.id,) in rows


async def test_a_report_names_what_was_refused_and_why(lgwan: Place) -> None:
    store = lgwan.store
    first = await high(store)
    taken = await take_in(store, lines(3))
    await judge(store, Verdict.DELIVERED, 1, first + 5)
    await judge(store, Verdict.REFUSED, first + 6, first + 6, Reason.KIND_NOT_ALLOWED)
    await judge(store, Verdict.DELIVERED, first + 7, first + 7)
    found = await report(store, taken.id or 0)
    assert (found.there, found.refused, found.on_the_way) == (6, 1, 0)
    (refusal,) = found.refusals
    assert (refusal.about, refusal.reason) == ("課2", "kind-not-allowed")


async def test_only_so_many_lists_are_remembered(lgwan: Place) -> None:
    store = lgwan.store
    for _ in range(imports.KEPT + 2):
        await take_in(store, lines(1))
    found = await store.read(imports.reports)
    assert [each.id for each in found] == list(range(imports.KEPT + 2, 2, -1))
    with pytest.raises(Refused):
        await report(store, 1)
