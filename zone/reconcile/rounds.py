"""The two copies prove each hour that they are one: the task that sees to it.

    each hour, soon after a start, and when an operator asks
        our digest of the whole copy ─────▶   compared there
    a digest of theirs came
        compared ─▶ answers, words to send again, what differs: in one transaction
    words are to be sent again
        a hundred, and the next hundred a while later
    the relay releases under another policy than before
        the other zone is told so with our digest, and sends what was refused there again

What is still to be done stands in the store, so that a daemon that was killed goes on.  How much
is said in an hour is bounded here, and again by the relay.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import structlog

from wire.digests import NO_POLICY, CopyDigest
from wire.reasons import Unavailable
from zone.link import reconciliation
from zone.link.chains import demand_way_out
from zone.link.refusals import DAEMON
from zone.reconcile import exchange, own_words
from zone.reconcile.exchange import DigestOutcome
from zone.reconcile.survey import CopySurvey
from zone.store.store import ZoneStore
from zone.store.writing import Writing

# After a start the links come up first.
FIRST_S = 30.0
# How long until somebody looks whether it is time.
TICK_S = 1.0
# The next hundred words: the relay takes 600 a minute of one sender.
OFFERS_S = 12.0
# What was sent again is not sent a third time before that can have helped.
AGAIN_S = 300.0
# When it was, both copies are compared once more.
CHECK_S = 60.0
# While nothing leaves this zone.
LATER_S = 5.0
# Digests in an hour; each has 3.6 KB.  A round without differences is one.
MOST = 200
HOUR_S = 3_600.0

logger = structlog.get_logger()


class Rounds:
    """The comparing of one zone's copy with the other's."""

    def __init__(self, store: ZoneStore, every_s: int) -> None:
        """Compare the copy in `store` every so many seconds; 0 is only when asked."""
        self._store = store
        self._every_s = every_s
        self._survey = CopySurvey(store)
        self._sent: deque[float] = deque()
        self._due_at = self._offers_at = 0.0
        self._told = ""  # the policy that the other zone was told of
        self._is_checking = False  # whether it is seen to that mending has helped
        self._offered: dict[int, float] = {}  # what was sent again of late, and when

    async def keep(self) -> None:
        """Compare, mend and send again, for ever."""
        self._due_at = time.monotonic() + min(FIRST_S, self._every_s)
        self._told, _ = await self._store.read(reconciliation.wanted)
        self._store.has_digests.set()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self._store.has_digests.wait()
            self._store.has_digests.clear()
            try:
                await self.turn()
            except Unavailable:  # nothing leaves now: what is to be done stays so
                await asyncio.sleep(LATER_S)

    async def turn(self) -> None:
        """Do what there is to do now."""
        now = time.monotonic()
        policy, is_asked = await self._store.read(reconciliation.wanted)
        is_due = self._every_s > 0 and now >= self._due_at
        if is_due or is_asked or policy != self._told:
            self._due_at = now + self._every_s
            self._told = policy
            self._is_checking = not is_due
            await self._begin(policy)
        await self._compare(policy)
        if now >= self._offers_at and await self._store.read(reconciliation.has_offers):
            for hlc in await self._store.write(own_words.offer):
                self._offered[hlc] = now
            if await self._store.read(reconciliation.has_offers):
                self._offers_at = now + OFFERS_S
            elif not self._is_checking:  # once: what cannot be mended waits for the hour
                self._is_checking = True
                self._due_at = min(self._due_at, now + CHECK_S)

    async def _begin(self, policy: str) -> None:
        body = await exchange.greet(self._survey, policy)

        def send(writing: Writing) -> None:
            own_words.offer_refused(writing.db, is_rule_new=False)
            self._say(writing, [body])
            reconciliation.note_sent(writing.db, writing.now)

        await self._store.write(send)

    async def _compare(self, policy: str) -> None:
        """Work off the digests that came, one by one."""
        while (found := await self._store.read(reconciliation.next_digest)) is not None:
            n, theirs = found
            outcome = await exchange.answer(self._survey, theirs, policy)
            await self._store.write(partial(self._settle, n=n, theirs=theirs, outcome=outcome))

    def _settle(self, writing: Writing, n: int, theirs: CopyDigest, outcome: DigestOutcome) -> None:
        """Say, note and forget in one transaction what one digest comes to."""
        db = writing.db
        reconciliation.forget_digest(db, n)
        if theirs.policy != NO_POLICY and reconciliation.put_policy(
            db, theirs.policy, is_leaving=True
        ):
            count = own_words.offer_refused(db, is_rule_new=True)
            logger.info("policy.changed", sha256=theirs.policy, offered=count)
        recent = {hlc for hlc, at in self._offered.items() if time.monotonic() - at < AGAIN_S}
        self._offered = {hlc: at for hlc, at in self._offered.items() if hlc in recent}
        reconciliation.put_offers(db, outcome.offers - recent)
        for span in outcome.compared:
            for new in reconciliation.put_differences(db, *span, at=writing.now):
                logger.warning("copy.differs", object=new.object, what=new.what)
        if outcome.is_whole:
            reconciliation.note_compared(db, writing.now, is_equal=outcome.is_equal)
        self._say(writing, outcome.answers)

    def _say(self, writing: Writing, bodies: Sequence[CopyDigest]) -> None:
        """Send digests; those beyond the hour's measure are left to a later round."""
        demand_way_out(writing.db, writing.side.leaving, own_words.MAX_WAITING)
        now = time.monotonic()
        while self._sent and self._sent[0] < now - HOUR_S:
            self._sent.popleft()
        for body in bodies[: MOST - len(self._sent)]:
            writing.act(DAEMON, body, room=None, crosses=True)
            self._sent.append(now)
