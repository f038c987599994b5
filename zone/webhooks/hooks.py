"""Webhooks and what they have yet to deliver, as the store keeps them.

A webhook stands at a place in the log, and what its receiver did not take is a row of its
own, with when to try again.  Every function here runs on the database thread.
"""

import re
import sqlite3
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final, Literal

import msgspec
from msgspec import Struct

from wire.reasons import Reason, Refused
from zone.items.items import registers_of_item
from zone.store import event_log
from zone.store.sealing import Numbered
from zone.store.writing import Notification, Writing

WEBHOOK: Final = "wh"

DeliveryLayout = Literal["sekisho", "line-works"]

# Entries read from the log at once, so that commits do not wait for a long read.
PIECE: Final = 500
# Dead letters kept for each webhook; of more than these nobody reads the oldest.
MAX_DEAD: Final = 10_000
GAP: Final = "log.gap"

# A socket file, or an address of this host itself, written as numbers so that no name is resolved.
_SOCKET = re.compile(r"unix:(/[!-~]{1,106})")
_HTTP = re.compile(r"http://(127\.[0-9.]{5,11}|\[::1\]):([0-9]{1,5})(/[!-~]*)?")


class Webhook(Struct, frozen=True, kw_only=True):
    """A receiver that is called back.  It sees what `user` sees; `events` is empty for all."""

    id: str
    name: str
    user: str
    url: str
    form: DeliveryLayout
    events: list[str]
    payments: bool
    tries: int
    hours: int
    at: int


class Letter(Struct, frozen=True):
    """Something to deliver: entry `n` of the log, told at `at`.  `tries` have failed so far.

    `entry` is what the log had there, for as long as the right to it is to be asked; a payment
    and a gap are for whoever is called, whatever its user sees.
    """

    n: int
    type: str
    body: bytes
    at: int
    entry: Notification | None
    tries: int = 0
    due: int = 0
    trouble: str = ""


class WebhookNews(Struct, frozen=True):
    """What the log has behind a webhook's place, and which of it is an answer to be paid for."""

    entries: list[Numbered]
    amounts: dict[int, int]


def demand_local(url: str) -> None:
    """Refuse every receiver but one on this host: nothing of ours calls anybody else."""
    if not _SOCKET.fullmatch(url) and not _is_loopback(url):
        raise Refused(
            Reason.INVALID,
            "url: unix:/path/to.sock, http://127.0.0.1:PORT/… or http://[::1]:PORT/…",
        )


def _is_loopback(url: str) -> bool:
    found = _HTTP.fullmatch(url)
    if found is None or not 0 < int(found[2]) < 65_536:
        return False
    try:  # 127.0.0.300 is no address but a name, and would be asked for
        return ip_address(found[1].strip("[]")).is_loopback
    except ValueError:
        return False


def socket_of(url: str) -> str | None:
    """Return the socket file that a URL names, or None."""
    found = _SOCKET.fullmatch(url)
    return found[1] if found else None


def put(writing: Writing, hook: Webhook, secret: str) -> Webhook:
    """Keep a new webhook, which is called with what happens from now on."""
    hook = msgspec.structs.replace(hook, id=writing.mint(WEBHOOK, writing.now), at=writing.now)
    try:
        writing.db.execute(
            "INSERT INTO webhook SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, log_high, ? FROM counter",
            (
                hook.id,
                hook.name,
                hook.user,
                hook.url,
                hook.form,
                msgspec.json.encode(hook.events).decode(),
                hook.payments,
                hook.tries,
                hook.hours,
                secret,
                hook.at,
            ),
        )
    except sqlite3.IntegrityError:
        raise Refused(Reason.CONFLICT, f"there is a webhook {hook.name} already") from None
    return hook


def remove(db: sqlite3.Connection, name: str) -> None:
    """Forget a webhook, and what it has not delivered."""
    if db.execute("DELETE FROM webhook WHERE id = ?", (name,)).rowcount == 0:
        raise Refused(Reason.NOT_FOUND)
    db.execute("DELETE FROM undelivered WHERE webhook = ?", (name,))


def known(db: sqlite3.Connection) -> list[Webhook]:
    """Return all webhooks."""
    rows = db.execute(
        "SELECT id, name, user, url, form, events, payments, tries, hours, at"
        " FROM webhook ORDER BY id"
    )
    columns = ("id", "name", "user", "url", "form", "events", "payments", "tries", "hours", "at")
    found = [dict(zip(columns, row, strict=True)) for row in rows]
    for one in found:
        one |= {"events": msgspec.json.decode(one["events"]), "payments": bool(one["payments"])}
    return msgspec.convert(found, list[Webhook])


def delivery_position(db: sqlite3.Connection, name: str) -> tuple[str, int] | None:
    """Return the secret of a webhook and the entry of the log that it is done with, or None."""
    row = db.execute("SELECT secret, n FROM webhook WHERE id = ?", (name,)).fetchone()
    return None if row is None else (str(row[0]), int(row[1]))


def waiting(db: sqlite3.Connection, name: str) -> Letter | None:
    """Return what a receiver is to be tried with next, if it has not taken something yet."""
    row = db.execute(
        f"SELECT {_LETTER} FROM undelivered"  # noqa: S608 - a constant
        " WHERE webhook = ? AND dead = 0 ORDER BY n LIMIT 1",
        (name,),
    ).fetchone()
    return None if row is None else _letter(*row)


_LETTER: Final = "n, type, body, at, tries, due, trouble, entry"


def _letter(
    n: int, kind: str, body: bytes, at: int, tries: int, due: int, trouble: str, entry: bytes | None
) -> Letter:
    told = None if entry is None else msgspec.json.decode(entry, type=Notification)
    return Letter(n, kind, body, at, told, tries, due, trouble)


def news(db: sqlite3.Connection, hook: Webhook, n: int) -> WebhookNews:
    """Return what the log has behind entry `n`, from which it may have been cut meanwhile."""
    try:
        entries = event_log.behind(db, n, PIECE)
    except Refused:
        (oldest,) = db.execute(
            "SELECT coalesce(min(n), (SELECT log_high + 1 FROM counter)) FROM log"
        ).fetchone()
        lost = msgspec.json.encode({"from": n + 1, "to": oldest - 1})
        return WebhookNews([Numbered(oldest - 1, Notification(GAP, None, hook.user, 0, lost))], {})
    amounts = {
        each.n: amount
        for each in entries
        if hook.payments and (amount := _amount(db, hook, each.entry)) is not None
    }
    return WebhookNews(entries, amounts)


class _Answered(Struct, frozen=True):
    item: str
    user: str | None


def _amount(db: sqlite3.Connection, hook: Webhook, entry: Notification) -> int | None:
    """Return what an answer costs, if it is to a form that names this webhook for it.

    An answer may be told to several; it is paid for once: as who gave it is told.
    """
    if entry.type != "answer.set":
        return None
    told = msgspec.json.decode(entry.body, type=_Answered)
    if entry.audience not in (None, told.user):
        return None
    payment = registers_of_item(db, told.item).said.get("payment")
    return int(payment["amount"]) if payment and payment["webhook"] == hook.id else None


def move(db: sqlite3.Connection, name: str, n: int) -> None:
    """Note that a webhook is done with the log up to entry `n`."""
    db.execute("UPDATE webhook SET n = max(n, ?) WHERE id = ?", (n, name))


def taken(db: sqlite3.Connection, name: str, letter: Letter) -> None:
    """Note that a receiver has taken something."""
    move(db, name, letter.n)
    db.execute("DELETE FROM undelivered WHERE webhook = ? AND n = ?", (name, letter.n))


def keep(db: sqlite3.Connection, name: str, letter: Letter, *, dead: bool) -> None:
    """Note that a receiver has not taken something, and when to try again, or that it is dead."""
    move(db, name, letter.n)
    db.execute(
        "INSERT OR REPLACE INTO undelivered"
        " SELECT id, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM webhook WHERE id = ?",
        (
            letter.n,
            letter.type,
            letter.body,
            letter.at,
            letter.tries,
            letter.due,
            letter.trouble,
            dead,
            None if letter.entry is None else msgspec.json.encode(letter.entry),
            name,
        ),
    )
    if dead:
        db.execute(
            "DELETE FROM undelivered WHERE webhook = ?1 AND dead = 1 AND n <= (SELECT n FROM"
            " undelivered WHERE webhook = ?1 AND dead = 1 ORDER BY n DESC LIMIT 1 OFFSET ?2)",
            (name, MAX_DEAD),
        )


def dead(db: sqlite3.Connection, name: str, limit: int) -> Sequence[Letter]:
    """Return what was given up for a webhook, the oldest first."""
    rows = db.execute(
        f"SELECT {_LETTER} FROM undelivered"  # noqa: S608 - a constant
        " WHERE webhook = ? AND dead = 1 ORDER BY n LIMIT ?",
        (name, limit),
    )
    return [_letter(*row) for row in rows]


def requeue(db: sqlite3.Connection, name: str) -> int:
    """Have all that was given up for a webhook tried again, before what is new; return how many."""
    cursor = db.execute(
        "UPDATE undelivered SET dead = 0, tries = 0, due = 0"
        " WHERE webhook = ? AND dead = 1 AND type <> ?",
        (name, GAP),
    )
    return cursor.rowcount


def counts(db: sqlite3.Connection) -> dict[str, int]:
    """Return how many webhooks there are, and how much waits or was given up."""
    sql = (
        "SELECT (SELECT count(*) FROM webhook), (SELECT count(*) FROM undelivered WHERE dead = 0),"
        " (SELECT count(*) FROM undelivered WHERE dead = 1)"
    )
    known_here, retried, given_up = db.execute(sql).fetchone()
    return {"known": known_here, "retried": retried, "dead": given_up}
