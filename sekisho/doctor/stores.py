"""Checks of the stores: there, a store of this program, whole, in use by whom we know."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from runtime.audit_log import check_published
from runtime.audit_publish import published_head
from runtime.database import APPLICATION_ID
from sekisho.doctor.codes import Code
from sekisho.doctor.facts import NodeFacts, tolerance_ms
from sekisho.doctor.finding import DoctorFinding
from sekisho.node_statuses import search_trouble
from sekisho.read_store import InUse, open_read_only
from sekisho.site import Program
from wire.audit.note import Verifier
from wire.keyring import Keyring
from wire.keys import KeyRole
from wire.lane import log_origin
from wire.order import ahead_ms
from wire.reasons import Reason, Refused

NAMED = 5  # differences of the two copies that are named


def check(site: Path, nodes: Sequence[NodeFacts], now: int) -> Iterator[DoctorFinding]:  # noqa: ARG001 - all checks are called alike
    """Yield what is wrong with the stores of `nodes`."""
    for each in nodes:
        path = each.folder / each.node.store.name
        if not path.exists():
            yield DoctorFinding(Code.STORE_MISSING, path)
            continue
        try:
            with open_read_only(path) as db:
                findings = list(_look(db, each, path, now))
        except InUse:
            findings = [] if each.is_running else [DoctorFinding(Code.STORE_IN_USE, path)]
        except sqlite3.DatabaseError as trouble:
            findings = [DoctorFinding(Code.STORE_DAMAGED, path, str(trouble))]
        yield from findings
        if each.status is not None and each.node.program is Program.ZONE:
            behind = search_trouble(each.status)
            if behind is not None:
                yield DoctorFinding(
                    Code.SEARCH_BEHIND, each.folder / "search" / "search.db", behind
                )
            if dead := each.status.get("webhooks", {}).get("dead"):
                yield DoctorFinding(Code.WEBHOOK_DEAD, path, f"{dead} dead letters")
            if (ahead := each.status.get("clock_ahead_ms", 0)) > tolerance_ms(each):
                yield _ahead(path, ahead)
            if refused := each.status.get("quarantine"):
                yield DoctorFinding(Code.EVENTS_REFUSED, path, f"{refused} events in quarantine")
            copy = each.status.get("copy", {})
            if copy.get("differences"):
                names = [f"{one['object']} {one['what']}" for one in copy["named"]]
                yield _differing(path, copy["differences"], names)
            if said := _unarrived(each.status.get("imports", {})):
                yield DoctorFinding(Code.IMPORT_UNARRIVED, path, said)


def _differing(path: Path, count: int, names: Sequence[str]) -> DoctorFinding:
    """Return that so many things differ, with the first of them by name."""
    some = ", ".join(names[:NAMED])
    return DoctorFinding(Code.COPIES_DIFFER, path, f"{count} differences: {some}")


def _look(
    db: sqlite3.Connection, facts: NodeFacts, path: Path, now: int
) -> Iterator[DoctorFinding]:
    if db.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
        yield DoctorFinding(Code.STORE_FOREIGN, path, "not a store of Sekisho")
        return
    (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        yield DoctorFinding(Code.STORE_DAMAGED, path, str(found))
        return
    (kind,) = db.execute("SELECT kind FROM store").fetchone()
    if kind != facts.node.program:
        yield DoctorFinding(Code.STORE_FOREIGN, path, f"the store of a {kind}")
        return
    if facts.node.program is Program.VERIFY:
        yield from _compare_log(db, facts, now)
    elif facts.node.program is Program.ZONE:
        home = db.execute("SELECT zone, site FROM home").fetchone()
        if home not in (None, (facts.node.zone, facts.setting("site"))):
            yield DoctorFinding(Code.STORE_FOREIGN, path, "the store of {} of {}".format(*home))
            return
        (dead,) = db.execute("SELECT count(*) FROM undelivered WHERE dead = 1").fetchone()
        if dead:
            yield DoctorFinding(Code.WEBHOOK_DEAD, path, f"{dead} dead letters")
        (clock,) = db.execute("SELECT clock FROM counter").fetchone()
        if (ahead := ahead_ms(clock, now)) > tolerance_ms(facts):
            yield _ahead(path, ahead)
        (refused,) = db.execute("SELECT count(*) FROM quarantine WHERE seen IS NULL").fetchone()
        if refused:
            yield DoctorFinding(Code.EVENTS_REFUSED, path, f"{refused} events in quarantine")
        (differing,) = db.execute("SELECT count(*) FROM difference").fetchone()
        if differing:
            rows = db.execute(
                "SELECT object, what FROM difference ORDER BY at, place LIMIT ?", (NAMED,)
            )
            yield _differing(path, differing, [f"{name} {what}" for name, what in rows])
        states = db.execute("SELECT state, count(*) FROM import_standing GROUP BY state")
        if said := _unarrived(dict(states.fetchall())):
            yield DoctorFinding(Code.IMPORT_UNARRIVED, path, said)


def _unarrived(counts: Mapping[str, int]) -> str:
    """Return what of imported lists does not arrive by itself, or nothing."""
    refused, held = counts.get("refused", 0), counts.get("held", 0)
    return f"{refused} refused and {held} held of imported lists" if refused or held else ""


def _ahead(path: Path, ahead: int) -> DoctorFinding:
    return DoctorFinding(Code.STORE_AHEAD, path, f"{ahead // 1000} s ahead of the clock here")


def _compare_log(db: sqlite3.Connection, facts: NodeFacts, now: int) -> Iterator[DoctorFinding]:
    """Yield a store that is older than what auditors have seen, or tells another history."""
    lane, site = facts.node.lane, facts.setting("site")
    if lane is None or site is None or not isinstance(facts.keyring, Keyring):
        return
    try:
        key = facts.keyring.public(KeyRole(f"{lane}-audit"), now=now)
    except Refused:
        return  # `doctor.keys` says so
    folder = facts.folder / "log"
    try:
        published = published_head(folder, Verifier(log_origin(site, lane), key))
        check_published(db, published)
    except Refused as refusal:
        code = Code.ROLLBACK if refusal.reason is Reason.ROLLBACK else Code.AUDIT_BROKEN
        yield DoctorFinding(code, folder, refusal.detail)
    except OSError as trouble:
        yield DoctorFinding(Code.AUDIT_BROKEN, folder, str(trouble))
