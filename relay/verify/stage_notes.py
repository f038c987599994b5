"""What the audit log says of the stages themselves: starts, stops, keys, policy, epochs, refusals.

Each function runs inside a transaction and returns what is to be put on record with it.  A
start carries the hashes of keys and policy; afterwards only a change of one is a record, so
that the log grows by nothing that is no news.  A start without a stop before it was preceded
by a crash, or by somebody who pulled the plug.

The verify stage knows of itself, and of the transform stage what its HELLO says.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from relay.verify.audit_record import Noted, Notes, Occurrence
from runtime import tallies
from runtime.database import Database
from wire.reasons import Reason, Unavailable
from wire.records import Hello

# Whether a period is over in which a peer was refused is asked this often.
SUM_UP_S = 10.0
_STOPPED = "0"


def started(
    db: sqlite3.Connection, node: str, *, keyring: str, policy: str, text: str | None
) -> Notes:
    """Return the records of a start of this stage, with these keys and under this policy.

    The first start has its text; later ones name it, and a change of it has a record of its own.
    """
    is_first = _known(db, "policy") is None
    start = Noted(
        Occurrence.STAGE_STARTED,
        node=node,
        keyring_sha256=keyring,
        policy_sha256=policy,
        policy=text if is_first else None,
    )
    return (start, *keys_read(db, node, keyring), *policy_read(db, policy, text))


def policy_read(db: sqlite3.Connection, sha256: str, text: str | None) -> Notes:
    """Return the record of a policy, with its text, if another one was in force before."""
    is_news = _is_change(db, "policy", sha256)
    note = Noted(Occurrence.POLICY_READ, policy_sha256=sha256, policy=text)
    return (note,) if is_news else ()


def keys_read(db: sqlite3.Connection, node: str, sha256: str) -> Notes:
    """Return the record of a stage's keyring, if it had another one before."""
    is_news = _is_change(db, f"keys {node}", sha256)
    return (Noted(Occurrence.KEYS_CHANGED, node=node, keyring_sha256=sha256),) if is_news else ()


def transform_stands(
    db: sqlite3.Connection, node: str, hello: Hello, due: frozenset[Occurrence]
) -> Notes:
    """Return the records of what the transform stage says of itself, as far as they are `due`.

    What is not due yet is not remembered either, and so comes with a later HELLO.
    """
    return tuple(note for note in _stands(db, node, hello, due))


def refused(db: sqlite3.Connection, reason: Reason, *, now: int) -> Notes:
    """Count what a peer is refused for; return what is to be put on record of it at `now`."""
    return _refusals([(reason, tallies.count_refusal(db, reason, now))])


async def sum_up(database: Database, clock: Callable[[], int]) -> None:
    """Put on record how often peers were refused in each period that is over, until cancelled."""
    while True:
        if await database.read(lambda db: tallies.are_due(db, clock())):
            with suppress(Unavailable):  # the disk is full: it is asked again
                await database.write(lambda db: _refusals(tallies.take_due(db, clock())))
        await asyncio.sleep(SUM_UP_S)


def _refusals(counted: Iterable[tuple[Reason, int]]) -> Notes:
    return tuple(
        Noted(Occurrence.LINK_REFUSED, reason, times=times) for reason, times in counted if times
    )


def _stands(
    db: sqlite3.Connection, node: str, hello: Hello, due: frozenset[Occurrence]
) -> Iterator[Noted]:
    run, before = str(hello.tick), _known(db, f"run {node}")
    has_stopped = run == _STOPPED
    if has_stopped and before in (None, _STOPPED):
        return
    occurrence = Occurrence.STAGE_STOPPED if has_stopped else Occurrence.STAGE_STARTED
    if run != before and occurrence in due:
        _keep(db, f"run {node}", run)
        keyring = None if has_stopped else hello.chain
        yield Noted(occurrence, node=node, epoch=hello.epoch, keyring_sha256=keyring)
    if has_stopped:
        return
    if Occurrence.KEYS_CHANGED in due:
        yield from keys_read(db, node, hello.chain)
    if Occurrence.EPOCH_BEGAN in due and _is_change(db, "epoch", str(hello.epoch)):
        yield Noted(Occurrence.EPOCH_BEGAN, epoch=hello.epoch)


def _is_change(db: sqlite3.Connection, what: str, value: str) -> bool:
    """Remember a value; return whether another one was remembered before."""
    before = _known(db, what)
    if before != value:
        _keep(db, what, value)
    return before not in (None, value)


def _known(db: sqlite3.Connection, what: str) -> str | None:
    row = db.execute("SELECT value FROM noted WHERE what = ?", (what,)).fetchone()
    return None if row is None else str(row[0])


def _keep(db: sqlite3.Connection, what: str, value: str) -> None:
    db.execute(
        "INSERT INTO noted VALUES (?, ?) ON CONFLICT (what) DO UPDATE SET value = excluded.value",
        (what, value),
    )
