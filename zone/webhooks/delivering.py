"""Webhooks at work: each has a task of its own, and nothing else ever waits for one.

        log ──▶ what its user sees ──▶ POST ──▶ taken: the place moves on
                                        │
                                        └──▶ not taken: a row, tried again ──▶ dead letter

In order: nothing new is sent while something waits.  At least once: what was taken just
before a crash is sent again under the same `Sekisho-Delivery`.
"""

import asyncio
import secrets
from collections.abc import Callable

import aiohttp
import structlog
from msgspec.structs import replace

from wire.reasons import Unavailable
from zone.store.event_log import write_cursor
from zone.store.sealing import Numbered
from zone.store.store import ZoneStore
from zone.webhooks import hooks
from zone.webhooks.deliveries import body_of, headers_of
from zone.webhooks.hooks import GAP, Letter, Webhook, WebhookNews

# A receiver says at once that it has something, and thinks about it afterwards.
TIMEOUT_S = 10.0
# One after a second, two, four … and then each ten minutes.
FIRST_PAUSE_MS, LONGEST_PAUSE_MS = 1_000, 600_000
# While nothing is for a webhook, its place in the log is kept so often, and when it gets quiet.
KEEP_PLACE, QUIET_S = 5_000, 1.0
DISK_PAUSE_S = 1.0
# Of a letter that has waited until the user of its webhook may not see it any more.
RIGHT_ENDED = "right-ended"
HOUR_MS = 3_600_000

logger = structlog.get_logger()


async def call_back(store: ZoneStore) -> None:
    """Serve all webhooks, those to come and go included, for ever."""
    tasks: dict[str, asyncio.Task[None]] = {}
    bells: dict[str, asyncio.Event] = {}
    async with asyncio.TaskGroup() as group:
        while True:
            store.has_new_webhooks.clear()
            wanted = {hook.id: hook for hook in await store.read(hooks.known)}
            for name in [name for name in tasks if name not in wanted]:
                tasks.pop(name).cancel()
                store.subscriptions.bells.discard(bells.pop(name))
            for name, hook in wanted.items():
                if name not in tasks:
                    bells[name] = asyncio.Event()
                    store.subscriptions.bells.add(bells[name])
                    caller = Caller(store, hook, bells[name])
                    tasks[name] = group.create_task(caller.run())
                bells[name].set()
            await store.has_new_webhooks.wait()


class Caller:
    """One webhook at work."""

    def __init__(
        self,
        store: ZoneStore,
        hook: Webhook,
        bell: asyncio.Event,
        *,
        first_pause_ms: int = FIRST_PAUSE_MS,
    ) -> None:
        """`bell` rings when there may be something to do."""
        self._store = store
        self._hook = hook
        self._bell = bell
        self._first_pause_ms = first_pause_ms
        self._secret = ""
        self._n = 0
        self._kept = 0

    async def run(self) -> None:
        """Deliver for ever."""
        found = await self._store.read(lambda db: hooks.delivery_position(db, self._hook.id))
        if found is None:
            return
        self._secret, self._n = found
        self._kept = self._n
        async with _session(self._hook.url) as session:
            while True:
                try:
                    await self._work(session)
                except Unavailable:  # the disk is full: it stays to be done
                    await asyncio.sleep(DISK_PAUSE_S)

    async def _work(self, session: aiohttp.ClientSession) -> None:
        """Do the next thing, or wait until there may be one."""
        self._bell.clear()
        letter = await self._store.read(lambda db: hooks.waiting(db, self._hook.id))
        if letter is not None:
            wait_ms = letter.due - self._store.now()
            if wait_ms > 0:
                await self._wait(wait_ms / 1000)
            else:
                await self._deliver(session, letter)
        elif self._n < self._store.subscriptions.high:
            await self._read_on(session)
        elif not await self._wait(QUIET_S if self._n > self._kept else None):
            await self._keep_place()

    async def _wait(self, seconds: float | None) -> bool:
        """Return whether there may be something to do before the time is up."""
        try:
            async with asyncio.timeout(seconds):
                return await self._bell.wait()
        except TimeoutError:
            return False

    async def _read_on(self, session: aiohttp.ClientSession) -> None:
        """Deliver what the log has next, until something is not taken."""
        news = await self._store.read(lambda db: hooks.news(db, self._hook, self._n))
        for each in news.entries:
            letter = self._letter(each, news)
            if letter is not None and not await self._deliver(session, letter):
                self._n = each.n
                return
            self._n = each.n
        if self._n - self._kept >= KEEP_PLACE:
            await self._keep_place()

    async def _keep_place(self) -> None:
        n = self._kept = self._n
        await self._store.write(lambda w: hooks.move(w.db, self._hook.id, n))

    def _letter(self, each: Numbered, news: WebhookNews) -> Letter | None:
        """Return what to send of an entry of the log, if it is for this webhook."""
        hook, entry, amount = self._hook, each.entry, news.amounts.get(each.n)
        if entry.type == GAP:
            now = self._store.now()
            return Letter(each.n, GAP, entry.body, now, None, trouble="the log was cut")
        if amount is None:
            if hook.events and entry.type not in hook.events:
                return None
            shown = self._store.subscriptions.sight().shown(hook.user, entry)
            if shown is None:
                return None
            entry = shown
        body = body_of(hook, self._cursor(each.n), entry, amount)
        asked = entry if amount is None else None
        return None if body is None else Letter(each.n, entry.type, body, entry.at, asked)

    def _right_ended(self, letter: Letter) -> bool:
        """Return whether the webhook's user may not see any more all that is to be sent to it."""
        entry, sight = letter.entry, self._store.subscriptions.sight()
        return entry is not None and sight.shown(self._hook.user, entry) is not entry

    def _cursor(self, n: int) -> str:
        return write_cursor(self._store.tag, n)

    async def _deliver(self, session: aiohttp.ClientSession, letter: Letter) -> bool:
        """Try once, and keep what came of it.  Returns whether it was taken."""
        name = self._hook.id
        is_over = self._right_ended(letter)
        if letter.type == GAP:
            trouble: str | None = letter.trouble
        else:
            trouble = RIGHT_ENDED if is_over else await self._post(session, letter)
        if trouble is None:
            await self._store.write(lambda w: hooks.taken(w.db, name, letter))
            self._kept = max(self._kept, letter.n)
            return True
        now, tries = self._store.now(), letter.tries + 1
        is_dead = (
            letter.type == GAP
            or is_over
            or tries >= self._hook.tries
            or now - letter.at >= self._hook.hours * HOUR_MS
        )
        due = now + pause_ms(tries, self._first_pause_ms, secrets.randbelow)
        again = replace(letter, tries=tries, due=due, trouble=trouble)
        await self._store.write(lambda w: hooks.keep(w.db, name, again, dead=is_dead))
        self._kept = max(self._kept, letter.n)
        if is_dead or tries == 1:
            logger.warning("webhook.failed", webhook=name, tries=tries, dead=is_dead)
        return False

    async def _post(self, session: aiohttp.ClientSession, letter: Letter) -> str | None:
        """Return why a receiver did not take something, or None if it did."""
        now = self._store.now()
        headers = headers_of(self._hook, self._secret, self._cursor(letter.n), letter.body, now)
        url = "http://localhost/" if hooks.socket_of(self._hook.url) else self._hook.url
        try:
            async with session.post(
                url, data=letter.body, headers=headers, allow_redirects=False
            ) as response:
                return None if response.status // 100 == 2 else f"status {response.status}"
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as trouble:
            return type(trouble).__name__


def _session(url: str) -> aiohttp.ClientSession:
    socket = hooks.socket_of(url)
    connector: aiohttp.BaseConnector = (
        aiohttp.UnixConnector(socket, force_close=True)
        if socket
        else aiohttp.TCPConnector(force_close=True)
    )
    # No cookies, no proxy of the environment: the receiver is on this host and nowhere else.
    return aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
    )


def pause_ms(tries: int, first_ms: int, dice: Callable[[int], int]) -> int:
    """Return how long to wait after `tries`: twice as long each time, half of it by chance."""
    full = min(LONGEST_PAUSE_MS, first_ms << min(tries - 1, 20))
    return full // 2 + dice(full // 2 + 1)
