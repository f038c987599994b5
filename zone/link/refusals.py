"""A refusal is answered: the zone that sent what was not applied learns it as a verdict.

    the far zone's envelope ──▶ quarantine, and one `event.refuse` for all of it ──▶ its authors

The relay's receipts said "delivered", which was true of the relay.  The answer is an ordinary
event on the ordinary lane, judged and recorded like any other.  It is one for an envelope and
none for an answer, so that neither a flood nor a quarrel comes of it.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from wire.bodies import RELAY_ONLY, EventRefuse
from wire.events import Author, Event
from wire.fields import Refusal
from wire.ids import FRONTEND, TENANT, USER
from wire.reasons import Reason, Unavailable
from zone.link.chains import demand_way_out
from zone.store.writing import Writing

_NOBODY: Final = "_" + "0" * 26
# Author of what no person does: one for all of it, so that the relay's rate is one, too.
DAEMON: Final = Author(USER + _NOBODY, TENANT + _NOBODY, FRONTEND + _NOBODY, "operator")
# So many events wait for the relay, and the far zone learns no more of what it did wrong.
MAX_WAITING: Final = 10_000


def answer(writing: Writing, refused: Sequence[tuple[Event, Reason]]) -> None:
    """Tell the far zone what of one envelope was not applied, if anything leaves this zone."""
    told = [
        Refusal(event.id, reason.value)
        for event, reason in refused
        if not isinstance(event.body, (EventRefuse, *RELAY_ONLY))
    ]
    if not told:
        return
    with suppress(Unavailable):
        demand_way_out(writing.db, writing.side.leaving, MAX_WAITING)
        writing.act(DAEMON, EventRefuse(told), room=None, crosses=True)


def settle(writing: Writing, event: Event) -> None:
    """Make the far zone's refusals the verdict on what was sent there."""
    if isinstance(event.body, EventRefuse):
        writing.db.executemany(
            "UPDATE delivery SET verdict = 'refused', reason = ?"
            " WHERE event = ? AND verdict IS NOT 'refused'",
            [(refusal.reason, refusal.id) for refusal in event.body.events],
        )
        writing.touched.add("")  # what they were about is no longer in both copies
