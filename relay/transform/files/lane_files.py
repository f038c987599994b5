"""What a transform stage remembers of files: announced, arrived, rebuilt, settled.

Transactions only; the bytes are in `relay.transform.file_bytes`.  A file's state is one
of `relay.states`, and changes by its table.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from relay.normal_form import Decision, Transfer
from relay.states import State, TransferStep, next_state
from relay.transform.files import file_rows
from relay.transform.files.file_rows import CleanedFile, FileRow, select_files
from relay.transform.judge import Judged
from relay.transform.ledger import NOBODY, DecidedBy, Ledger
from relay.transform.policy import HeldTally, Holds, Policy
from wire.bodies import FileReady
from wire.consents import SignedConsent
from wire.events import Author, Event, owner_of_files
from wire.reasons import Desk, Reason
from wire.receipts import Verdict
from wire.text import file_name, shown_name

# A blob that does not hash to what was announced is sent again twice before it is
# given up: what is broken at its origin would come for ever.
MAX_ATTEMPTS = 3
MAX_REVISION = 15  # the bound of `FileReady.revision`
# What a file is held by whose contents are held by none: the profile says so of its kind.
RULE = "file-kinds"
# Or the policy says that a superior looks at each file that could cross: they are in its zone.
APPROVAL = "file-approval"
SUPERIOR: Final[Desk] = "supervisor"
# What people decide, and what came of it.
_DECIDED: frozenset[Decision] = frozenset({"released", "denied", "refused"})


def announce(ledger: Ledger, judged: Judged, seq: int, source: str) -> None:
    """Await the files of an event that was taken in."""
    event = judged.event
    author = msgspec.json.encode(event.author)
    sent = zip(event.files, judged.names, judged.passwords, strict=True)
    for place, (file, name, password) in enumerate(sent, start=1):
        if file.sha256 is None:
            continue
        ledger.db.execute(
            "INSERT INTO file (seq, file, fid, name, media, sha256, size, message, room, hlc,"
            " author, sender, source, password, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                seq,
                place,
                file.fid,
                name,
                file.media,
                file.sha256,
                file.size,
                owner_of_files(event) or event.id,
                event.room,
                event.hlc,
                author,
                event.author.uid,
                source,
                password,
                State.AWAITED,
            ),
        )
        if file.size == 0 or _has_bytes(ledger, file.sha256):
            _complete(ledger, file_rows.find(ledger.db, seq, place))
        else:
            ledger.change.files[file.sha256] = file.size


def _has_bytes(ledger: Ledger, sha256: str) -> bool:
    query = "SELECT 1 FROM file WHERE sha256 = ? AND state IN (?, ?)"
    return ledger.db.execute(query, (sha256, State.ARRIVED, State.HELD)).fetchone() is not None


def approve(ledger: Ledger, file: FileRow, consents: list[SignedConsent]) -> None:
    """Let a file be rebuilt that was held for what it is."""
    _step(ledger, file, TransferStep.APPROVED)
    ledger.db.execute(
        "UPDATE file SET consents = ?, attempts = 0 WHERE seq = ? AND file = ?",
        (msgspec.json.encode(consents), file.seq, file.file),
    )
    ledger.change.cleanable = True


def arrive(ledger: Ledger, sha256: str) -> None:
    """Note that the bytes of every file with this hash are complete."""
    awaited = select_files(ledger.db, "WHERE sha256 = ? AND state = ?", sha256, State.AWAITED)
    for file in awaited:
        _complete(ledger, file)
    ledger.change.files[sha256] = None
    if not awaited:  # it was withdrawn while its last piece was written
        forget_source(ledger, sha256)


def _complete(ledger: Ledger, file: FileRow) -> None:
    _step(ledger, file, TransferStep.COMPLETED)
    ledger.db.execute(
        "UPDATE file SET attempts = 0 WHERE seq = ? AND file = ?", (file.seq, file.file)
    )
    ledger.tell(Verdict.ARRIVED, None, first=file.seq, last=file.seq, file=file.file)
    ledger.change.cleanable = True


def spoil(ledger: Ledger, sha256: str) -> None:
    """Note that what came under this hash was something else, and give up in the end."""
    for file in select_files(ledger.db, "WHERE sha256 = ? AND state = ?", sha256, State.AWAITED):
        if file.attempts + 1 < MAX_ATTEMPTS:
            count_attempt(ledger, file)
            continue
        forward(ledger, file, TransferStep.GIVEN_UP, file_rows.unread(file, Reason.FILE_BROKEN))
        ledger.change.files[sha256] = None


def count_attempt(ledger: Ledger, file: FileRow) -> None:
    """Count an arrival or a cleaning that failed and will be tried again."""
    ledger.db.execute(
        "UPDATE file SET attempts = attempts + 1 WHERE seq = ? AND file = ?", (file.seq, file.file)
    )


def clean(ledger: Ledger, file: FileRow, made: CleanedFile, policy: Policy) -> None:
    """Put on its way what came of a file, unless it was dropped in the meantime.

    What a superior is to look at is rebuilt once more when they have: what was rebuilt to see
    whether it could cross at all is not kept.
    """
    if file_rows.find(ledger.db, file.seq, file.file).state != State.ARRIVED:
        if made.sha256 is not None:
            forget_cleaned(ledger, made.sha256)
        return
    rule = made.rule or RULE
    desk: Desk = policy.holds.desk
    if _needs_superior(file, made, policy):
        if made.sha256 is not None:
            forget_cleaned(ledger, made.sha256)
        rule, desk = APPROVAL, SUPERIOR
        made = made._replace(
            state="held", reason=Reason.HELD_BY_RULE, media=file.media, sha256=None, size=0
        )
    if made.state == "held" and not _has_room(ledger, file, policy.holds):
        made = made._replace(state="refused", reason=Reason.RATE_EXCEEDED)
    if made.state == "held":
        _hold(ledger, file, made, (rule, policy.holds.end(ledger.now), desk, made.found))
        return
    forward(ledger, file, TransferStep.CLEANED, made)


def _needs_superior(file: FileRow, made: CleanedFile, policy: Policy) -> bool:
    """Return whether a file that could cross waits for somebody who has not said yes yet."""
    could_cross = made.state in ("clean", "altered")
    return could_cross and policy.files.action == "approve" and file.consents is None


def _hold(ledger: Ledger, file: FileRow, made: CleanedFile, by: DecidedBy) -> None:
    rule, until, *_ = by
    _ready(ledger, file, made, "held", Verdict.HELD, by)
    ledger.db.execute(
        "UPDATE file SET held_at = ?, until = ?, rule = ?, found = ? WHERE seq = ? AND file = ?",
        (ledger.now, until, rule, made.found, file.seq, file.file),
    )
    _step(ledger, file, TransferStep.FLAGGED)


def _has_room(ledger: Ledger, file: FileRow, limits: Holds) -> bool:
    kept = f"SELECT count(*), coalesce(sum(size), 0) FROM file WHERE state = '{State.HELD}'"  # noqa: S608 - our own word
    of_all = HeldTally(*ledger.db.execute(kept).fetchone())
    of_sender = HeldTally(*ledger.db.execute(f"{kept} AND sender = ?", (file.sender,)).fetchone())
    return limits.shortage(of_all, of_sender, file.size) is None


def forward(ledger: Ledger, file: FileRow, happened: TransferStep, made: CleanedFile) -> None:
    """Put the last word on a file on its way; its source bytes are of no more use."""
    verdicts = {"clean": Verdict.DELIVERED, "altered": Verdict.ALTERED, "refused": Verdict.REFUSED}
    decisions: dict[str, Decision] = {"clean": "pass", "altered": "altered", "refused": "refused"}
    decision, by = decisions[made.state], NOBODY
    if made.reason in (Reason.DENIED, Reason.EXPIRED):
        decision = "denied" if made.reason is Reason.DENIED else "expired"
        by = (file.rule or RULE, 0, None, file.found)
    elif made.rule is not None:
        by = (made.rule, 0, None, made.found)
    elif file.consents is not None and made.state != "refused":
        decision = "released"
    item = _ready(ledger, file, made, decision, verdicts[made.state], by)
    _step(ledger, file, happened)
    ledger.db.execute(
        "UPDATE file SET item = ?, clean = ?, password = NULL WHERE seq = ? AND file = ?",
        (item, made.sha256, file.seq, file.file),
    )
    forget_source(ledger, file.sha256)
    ledger.change.handable |= made.sha256 is not None


def _ready(
    ledger: Ledger,
    file: FileRow,
    made: CleanedFile,
    decision: Decision,
    verdict: Verdict,
    by: DecidedBy,
) -> int:
    """Stage what the far zone is told of a file, and return the item's number."""
    revision = min(file.revision + 1, MAX_REVISION)
    ledger.db.execute(
        "UPDATE file SET revision = ? WHERE seq = ? AND file = ?", (revision, file.seq, file.file)
    )
    author = msgspec.json.decode(file.author, type=Author)
    body = _described(file, made, revision, by)
    event = Event(ledger.mint(), file.hlc, ledger.now, file.room, author, body)
    draft = Transfer(
        0,
        ledger.now,
        ledger.source(file.seq, file.source),
        decision,
        event,
        made.reason,
        by[0] or None,
        _consents_of(file) if decision in _DECIDED else [],
        [word for word, _ in made.removed][:32],
        made.outcome,
    )
    return ledger.stage_one(draft, verdict, file=file.file, by=by)


def _consents_of(file: FileRow) -> list[SignedConsent]:
    return msgspec.json.decode(file.consents, type=list[SignedConsent]) if file.consents else []


def _described(file: FileRow, made: CleanedFile, revision: int, by: DecidedBy) -> FileReady:
    """Return what the far zone is told that came of a file."""
    rule, until, desk, found = by
    return FileReady(
        message=file.message,
        file=file.fid,
        state=made.state,
        revision=revision,
        name=shown_name(file.name) if made.sha256 is None else file_name(file.name, made.media),
        media=made.media,
        size=made.size,
        sha256=made.sha256,
        reason=made.reason,
        removed=made.removed,
        rule=rule or None,
        until=until,
        desk=desk or "operator",
        found=found,
    )


def drop(ledger: Ledger, files: Iterable[FileRow], reason: Reason) -> None:
    """Settle files that are still on their way in; what has been forwarded goes on."""
    for file in files:
        if file.state not in (State.AWAITED, State.ARRIVED, State.HELD):
            continue
        _step(ledger, file, TransferStep.DROPPED)
        tick = ledger.tell(Verdict.REFUSED, reason, first=file.seq, last=file.seq, file=file.file)
        ledger.db.execute(
            "UPDATE file SET tick = ?, password = NULL WHERE seq = ? AND file = ?",
            (tick, file.seq, file.file),
        )
        forget_source(ledger, file.sha256)


def forget_source(ledger: Ledger, sha256: str) -> None:
    """Have the source bytes deleted, and no more awaited, if no other file needs them."""
    query = "SELECT state FROM file WHERE sha256 = ? AND state IN (?, ?, ?)"
    waiting = (State.AWAITED, State.ARRIVED, State.HELD)
    states = {state for (state,) in ledger.db.execute(query, (sha256, *waiting))}
    if not states & {State.ARRIVED, State.HELD}:
        ledger.change.needless_sources.add(sha256)
    if State.AWAITED not in states:
        ledger.change.files[sha256] = None


def forget_cleaned(ledger: Ledger, clean: str) -> None:
    """Have bytes that were rebuilt deleted, if the verify stage needs them no more."""
    query = "SELECT 1 FROM file WHERE clean = ? AND handed = 0 AND state = ?"
    if ledger.db.execute(query, (clean, State.FORWARDED)).fetchone() is None:
        ledger.change.needless_cleaned.add(clean)


def _step(ledger: Ledger, file: FileRow, happened: TransferStep) -> None:
    ledger.db.execute(
        "UPDATE file SET state = ? WHERE seq = ? AND file = ?",
        (next_state(State(file.state), happened), file.seq, file.file),
    )
