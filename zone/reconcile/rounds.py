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

from runtime import failpoints
from wire.digests import NO_POLICY, CopyDigest
from wire.events import Event
from wire.reasons import Unavailable
from zone.link import reconciliation
from zone.link.chains import demand_way_out
from zone.link.reconciliation import Difference
from zone.link.refusals import DAEMON
from zone.reconcile import exchange, own_words
from zone.reconcile.exchange import Compared, DigestOutcome
from zone.reconcile.spans import in_slices
from zone.reconcile.survey import CopySurvey
from zone.store.store import ZoneStore
from zone.store.writing import Writing

# After a start the links come up first.
FIRST_S = 30.0
# How long until somebody looks whether it is time.
TICK_S = 1.0
# The next hundred words: the relay takes 600 a minute of one sender.
OFFERS, OFFERS_S = 100, 12.0
# What was sent again is not sent a third time before that can have helped.
AGAIN_S = 300.0
# When it was, both copies are compared once more.
CHECK_S = 60.0
# While nothing leaves this zone.
LATER_S = 5.0
# Digests in an hour; each has 3.6 KB.  A round without differences is one.
MOST = 200
# In one transaction, for which others wait.
ANSWERS_AT_ONCE, NOTES_AT_ONCE = 4, 200
HOUR_S = 3_600.0

logger = structlog.get_logger()


class Rounds:
    """The comparing of one zone's copy with the other's."""

    def __init__(self, store: ZoneStore, every_s: int) -> None:
        """Compare the copy in `store` every so many seconds; 0 is only when asked."""
        self._store = store
        self._every_s = every_s
        self.survey = CopySurvey(store)
        self.sent: deque[float] = deque()
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
            await self._begin(policy, is_due=is_due)
        await self._compare(policy)
        if now >= self._offers_at and await self._store.read(reconciliation.has_offers):
            await self._offer(now)

    async def _begin(self, policy: str, *, is_due: bool) -> None:
        """Say what our whole copy is, unless what was said of it is still on its way."""
        if self._left() == 0 or await self._store.read(reconciliation.is_under_way):
            return
        self._due_at = time.monotonic() + self._every_s
        self._told = policy
        self._is_checking = not is_due
        await own_words.offer_refused(self._store, is_rule_new=False)
        body = await exchange.greet(self.survey, policy)
        failpoints.reach("zone.reconcile.greeted")
        await self._store.write(partial(self._greet, body=body))

    def _greet(self, writing: Writing, body: CopyDigest) -> None:
        (event,) = self._say(writing, [body])
        reconciliation.note_sent(writing.db, event.id, writing.now)

    async def _compare(self, policy: str) -> None:
        """Work off the digests that came, one by one."""
        while (found := await self._store.read(reconciliation.next_digest)) is not None:
            n, theirs = found
            outcome = await exchange.answer(self.survey, theirs, policy)
            failpoints.reach("zone.reconcile.compared")
            await self._look_at_policy(theirs.policy)
            await self._note(outcome)
            for some in in_slices(outcome.answers, ANSWERS_AT_ONCE):
                await self._store.write(partial(self._say, bodies=some))
                failpoints.reach("zone.reconcile.answered")
            await self._store.write(partial(_close, n=n, outcome=outcome))

    async def _look_at_policy(self, policy: str) -> None:
        """Send again what was refused, if what we say is released under another policy now."""
        known = await self._store.read(reconciliation.policy_leaving)
        if policy in (NO_POLICY, known):
            return
        count = await own_words.offer_refused(self._store, is_rule_new=True)
        logger.info("policy.changed", sha256=policy, offered=count)
        await self._store.write(lambda w: reconciliation.put_policy(w.db, policy, is_leaving=True))

    async def _note(self, outcome: DigestOutcome) -> None:
        """Note what differs, and what is to be sent again; twice does no harm."""
        recent = {hlc for hlc, at in self._offered.items() if time.monotonic() - at < AGAIN_S}
        self._offered = {hlc: at for hlc, at in self._offered.items() if hlc in recent}
        for some in in_slices(sorted(outcome.offers - recent), NOTES_AT_ONCE):
            await self._store.write(partial(own_words.note_offers, hlcs=some))
        for span in outcome.compared:
            for new in await self._store.write(partial(_put_differences, span=span)):
                logger.warning("copy.differs", object=new.object, what=new.what)
            failpoints.reach("zone.reconcile.noted")

    async def _offer(self, now: float) -> None:
        """Send again the next hundred words; see later whether that has helped."""
        for _ in range(OFFERS // own_words.AT_ONCE):
            for hlc in await self._store.write(own_words.offer):
                self._offered[hlc] = now
            failpoints.reach("zone.reconcile.offered")
        if await self._store.read(reconciliation.has_offers):
            self._offers_at = now + OFFERS_S
        elif not self._is_checking:  # once: what cannot be mended waits for the hour
            self._is_checking = True
            self._due_at = min(self._due_at, now + CHECK_S)

    def _say(self, writing: Writing, bodies: Sequence[CopyDigest]) -> list[Event]:
        """Send digests, and return them; those beyond the hour's measure a later round says."""
        demand_way_out(writing.db, writing.side.leaving, own_words.MAX_WAITING)
        some = bodies[: self._left()]
        self.sent.extend(time.monotonic() for _ in some)
        return [writing.act(DAEMON, body, room=None, crosses=True) for body in some]

    def _left(self) -> int:
        """Return how many digests may still be sent in this hour."""
        while self.sent and self.sent[0] < time.monotonic() - HOUR_S:
            self.sent.popleft()
        return MOST - len(self.sent)


def _put_differences(writing: Writing, span: Compared) -> list[Difference]:
    return reconciliation.put_differences(writing.db, *span, at=writing.now)


def _close(writing: Writing, n: int, outcome: DigestOutcome) -> None:
    """Forget a digest of which all is noted and answered."""
    reconciliation.forget_digest(writing.db, n)
    if outcome.is_whole:
        reconciliation.note_compared(writing.db, writing.now, is_equal=outcome.is_equal)
