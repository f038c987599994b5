"""Two zones with their real stores, and lanes that carry when told to: what a relay would do.

What is on its way stands in the outboxes.  A lane puts texts into normal form as the relay does,
and holds or refuses what it is told to hold or refuse.
"""

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from internet_side.zone import SIDE as INTERNET
from lgwan_side.zone import SIDE as LGWAN
from relay.transform.normalise import normal_form
from tests.zone.conftest import BOTH, GUEST, ROOM, SITE, STAFF, author, key_of
from tests.zone.events import TENANT
from wire import payload as payloads
from wire.answers import Vote
from wire.bodies import (
    AnswerSet,
    Body,
    ItemPut,
    MemberSet,
    MessageEdit,
    MessagePin,
    MessagePost,
    ProfileSet,
    ReactionSet,
    RoomPut,
)
from wire.events import Author, Event
from wire.ids import ACT, MESSAGE
from wire.items import Survey
from wire.lane import Zone
from wire.reasons import Reason
from zone.copy.journal import canonical_form
from zone.copy.side import Side
from zone.link import reconciliation
from zone.link.inbox import take_in
from zone.link.reconciliation import Standing
from zone.reconcile.rounds import Rounds
from zone.store import store as stores
from zone.store.side_effects import SIDE_EFFECTS
from zone.store.store import ZoneStore
from zone.store.writing import Writing

SIDES = {side.zone: side for side in (LGWAN, INTERNET)}
FIRST_POLICY, NEXT_POLICY = "a" * 64, "b" * 64
# What the two copies are, as it stands in the tables.
COMPARED = {
    "message": "id, room, zone, author, at, stamp, text, reply_to, thread, more",
    "item": "*",
    "birth": "*",
    "register": "*",
}


@dataclass(slots=True)
class Half:
    """A zone, its lane out and how far that has carried."""

    side: Side
    folder: Path
    store: ZoneStore
    rounds: Rounds
    carried: int = 0
    is_cut: bool = False
    policy: str = FIRST_POLICY
    refuses: Callable[[Event], Reason | None] = lambda _: None
    holds: Callable[[Event], bool] = lambda _: False
    kept: dict[int, Event] = field(default_factory=dict)
    carried_kinds: list[str] = field(default_factory=list)

    async def say(
        self, body: Body, *, uid: str = STAFF, room: str | None = ROOM, operator: bool = False
    ) -> Event:
        """Have somebody say something that crosses; rights are not asked."""
        who = Author(uid, TENANT, author(uid).frontend, "operator" if operator else "frontend")

        def work(writing: Writing) -> Event:
            prefix = {MessagePost: MESSAGE, ItemPut: "sv"}.get(type(body), ACT)
            name = writing.mint(prefix, writing.now)
            return writing.act(who, body, room=room, crosses=True, id=name)

        return await self.store.write(work)

    async def post(self, text: str, *, uid: str = BOTH) -> str:
        """Post a message, and return its id."""
        return (await self.say(MessagePost(text), uid=uid)).id

    async def sql(self, statement: str, *values: object, **named: object) -> None:
        """Change the store behind the daemon's back, as with a daemon that is stopped."""

        def work(writing: Writing) -> None:
            writing.db.execute(statement, named or values)
            writing.facts.forget()

        await self.store.write(work)
        self.store.touched.add("")

    async def settle(self, statement: str, *values: object) -> None:
        """Write down what the relay's receipts say."""
        await self.store.write(lambda w: w.db.execute(statement, values))

    async def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return await self.store.read(lambda db: db.execute(statement, values).fetchall())

    async def standing(self) -> Standing:
        return await self.store.read(reconciliation.standing)


@dataclass(slots=True)
class Pair:
    """Both zones."""

    halves: dict[Zone, Half]

    @property
    def lgwan(self) -> Half:
        return self.halves[Zone.LGWAN]

    @property
    def internet(self) -> Half:
        return self.halves[Zone.INTERNET]

    async def carry(self) -> bool:
        """Carry what waits, until nothing more comes of it; return whether something did."""
        has_carried = False
        while [half for half in self.halves.values() if await self._carry_one(half)]:
            has_carried = True
        return has_carried

    async def _carry_one(self, half: Half) -> bool:
        if half.is_cut:
            return False
        rows = await half.rows(
            "SELECT first, last, envelope FROM outbox WHERE first > ? ORDER BY first", half.carried
        )
        for _, last, envelope in rows:
            payload = _payload(envelope)
            for number, event in enumerate(payload.events, payload.head.seq):
                await self._judge(half, number, event)
            half.carried = int(str(last))
            await half.settle(
                "UPDATE chain SET acked = ? WHERE lane = ?", last, half.side.leaving.value
            )
        return bool(rows)

    async def _judge(self, half: Half, seq: int, event: Event) -> None:
        half.carried_kinds.append(event.kind)
        reason = half.refuses(event)
        if reason is not None:
            await half.settle(
                "UPDATE delivery SET verdict = 'refused', reason = ? WHERE seq = ?", reason, seq
            )
        elif half.holds(event):
            half.kept[seq] = event
            await half.settle("UPDATE delivery SET verdict = 'held' WHERE seq = ?", seq)
        else:
            await self.deliver(half, seq, event)

    async def deliver(self, half: Half, seq: int, event: Event) -> None:
        """Have an event arrive, and its verdict return."""
        far = self.halves[half.side.far].store
        (wording,) = normal_form([event], "replace")

        def work(writing: Writing) -> None:
            take_in(writing, [wording.event])
            if reconciliation.put_policy(writing.db, half.policy, is_leaving=False):
                writing.has_digests = True

        await far.write(work)
        await half.store.write(
            lambda w: w.db.execute(
                "UPDATE delivery SET verdict = 'delivered' WHERE seq = ? AND"
                " (verdict IS NULL OR verdict = 'held')",
                (seq,),
            )
        )

    async def release(self, half: Half) -> None:
        """Release all that is held."""
        for seq, event in half.kept.items():
            await self.deliver(half, seq, event)
        half.kept.clear()

    async def compare(self, *, turns: int = 12) -> None:
        """Have both zones compare their copies, and mend, until nothing more comes of it."""
        for half in self.halves.values():
            await half.store.write(lambda w: reconciliation.ask(w.db))
        for _ in range(turns):
            for half in self.halves.values():
                await half.rounds.turn()
            if not await self.carry():
                return

    async def copies(self) -> list[dict[str, list[tuple[Any, ...]]]]:
        """Return what is in both copies, without what is each zone's own."""
        return [await _copy(half) for half in self.halves.values()]

    async def are_one(self) -> bool:
        """Return whether both copies are the same, but for what the relay alters in texts."""
        one, other = [canonical_form(repr(copy)) for copy in await self.copies()]
        return one == other


async def _copy(half: Half) -> dict[str, list[tuple[Any, ...]]]:
    found = {}
    for table, columns in COMPARED.items():
        own = " WHERE field <> 'notice' AND field NOT LIKE 'read:%'" if table == "register" else ""
        found[table] = sorted(await half.rows(f"SELECT {columns} FROM {table}{own}"), key=repr)
    return found


def _payload(envelope: object) -> payloads.Payload:
    assert isinstance(envelope, bytes)
    encoded = base64.b64decode(msgspec.json.decode(envelope)["payload"])
    return payloads.decode(encoded)


async def found_city(half: Half) -> None:
    """Make the cast and a shared room, in LGWAN."""
    for uid, zones in ((STAFF, ["lgwan"]), (GUEST, ["internet"]), (BOTH, ["lgwan", "internet"])):
        body = ProfileSet(uid, name="職員", user_kind="staff", zones=zones)  # type: ignore[arg-type] # literals
        await half.say(body, room=None, operator=True)
    await half.say(RoomPut(name="防災", room_kind="talk", scope="shared"))
    for uid in (STAFF, GUEST, BOTH):
        await half.say(MemberSet(uid, "owner" if uid == STAFF else "member"))


@asynccontextmanager
async def a_pair(folder: Path) -> AsyncIterator[Pair]:
    """Open two new stores in `folder`, with a city that both know."""
    async with AsyncExitStack() as stack:
        halves = {}
        for side in SIDES.values():
            place = folder / side.zone
            place.mkdir()
            stores.create_zone_store(place)
            opening = ZoneStore.open(place, side, SITE, key_of(side), SIDE_EFFECTS)
            store = await stack.enter_async_context(opening)
            halves[side.zone] = Half(side, place, store, Rounds(store, 0))
        pair = Pair(halves)
        await found_city(pair.lgwan)
        await pair.carry()
        yield pair


async def quarantined(pair: Pair) -> list[tuple[Any, ...]]:
    return [
        row for half in pair.halves.values() for row in await half.rows("SELECT * FROM quarantine")
    ]


async def said(pair: Pair) -> dict[str, str]:
    """Have people of both zones say all sorts of things, and return what of it is named."""
    ours = await pair.lgwan.post("9 時に集合 ㈱防災\r\n以上", uid=BOTH)
    theirs = await pair.internet.post("了解です", uid=BOTH)
    await pair.carry()
    for half in (pair.lgwan, pair.internet):
        await half.say(ReactionSet(theirs, "了解", on=True), uid=BOTH)
        await half.say(ItemPut(Survey(title="昼食", choices=["和", "洋"])), uid=BOTH)
    await pair.lgwan.say(MessageEdit(ours, "10 時に集合"), uid=BOTH)
    await pair.lgwan.say(MessagePin(theirs, on=True), uid=BOTH)
    await pair.carry()
    ((item,), *_) = await pair.lgwan.rows("SELECT id FROM item WHERE zone = 'lgwan'")
    await pair.internet.say(AnswerSet(str(item), Vote([1])), uid=BOTH)
    await pair.carry()
    assert await quarantined(pair) == []
    return {"ours": ours, "theirs": theirs, "item": str(item)}
