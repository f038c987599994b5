"""What there is against the items of a batch, once the store is asked too.

Transactions only.
"""

import sqlite3
from collections.abc import Sequence

from relay.normal_form import Transfer
from relay.verify.policy.second_judgement import PolicyFinding
from wire.bodies import FileReady
from wire.reasons import Reason

# Why each item is not released, and by which rule of this stage.
Settled = tuple[list[Reason | None], list[str | None]]

_FINAL = frozenset({"clean", "altered", "refused"})


def settle_objections(
    db: sqlite3.Connection,
    items: Sequence[Transfer],
    objections: Sequence[Reason | None],
    findings: Sequence[PolicyFinding | None],
    *,
    now: int,
) -> Settled:
    """Return what each item is refused for; of what the stages disagree on, keep count."""
    reasons: list[Reason | None] = []
    rules: list[str | None] = []
    for item, objection, found in zip(items, objections, findings, strict=True):
        counts = found is not None and not _is_let_pass(db, found)
        rule = found.rule if objection is None and counts and found is not None else None
        reason = found.reason if rule is not None and found is not None else objection
        if reason is None:
            _keep_names(db, item)
        reasons.append(reason)
        rules.append(rule)
    if number := reasons.count(Reason.STAGES_DISAGREE):
        db.execute(
            "UPDATE lane SET disagreements = disagreements + ?, disagreed_at = ?", (number, now)
        )
    return reasons, rules


def _is_let_pass(db: sqlite3.Connection, found: PolicyFinding) -> bool:
    """Return whether it is the name of a file whose message a person has released."""
    if found.file is None:
        return False
    known = db.execute("SELECT 1 FROM named_file WHERE file = ?", (found.file,)).fetchone()
    return known is not None


def _keep_names(db: sqlite3.Connection, item: Transfer) -> None:
    """Remember files whose message a person releases, until their last word has come."""
    event = item.event
    if event is None:
        return
    if isinstance(event.body, FileReady):
        if event.body.state in _FINAL:
            db.execute("DELETE FROM named_file WHERE file = ?", (event.body.file,))
    elif item.decision == "released":
        named = [(file.fid,) for file in event.files]
        db.executemany("INSERT INTO named_file VALUES (?) ON CONFLICT DO NOTHING", named)
