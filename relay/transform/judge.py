"""From a proven payload to what the policy makes of each of its events.  Pure."""

from dataclasses import dataclass

import msgspec

from relay.transform.normalise import Wording, normal_form
from relay.transform.policy import Action, RuleFinding, judge_by_policy
from relay.transform.statutes import Statutes
from wire.envelope import Envelope
from wire.events import Event
from wire.payload import encoded_size
from wire.reasons import Reason


@dataclass(frozen=True, slots=True)
class Judged:
    """An event in normal form, and what the rules object to.

    `names` are those of its files as the sender gave them: what a file claims to be is
    told by its name, and compared with its content.  `passwords` are beside the event too: what
    is kept or shown of it, and what goes on, has none.  `size` includes the files.
    """

    event: Event
    names: tuple[str, ...]
    passwords: tuple[str | None, ...]
    changes: tuple[str, ...]
    finding: RuleFinding | None
    size: int


@dataclass(frozen=True, slots=True)
class Proven:
    """An envelope that was proven, and each of its events judged, by the statutes of that hash."""

    envelope: Envelope
    events: list[Judged]
    statutes_sha256: str


GAIJI = RuleFinding(Action.HOLD, Reason.HELD_BY_RULE, "gaiji")
NO_NORMAL_FORM = RuleFinding(Action.REFUSE, Reason.UNCLEAN_TEXT, "normal-form")


def judge_again(proven: Proven, statutes: Statutes) -> Proven:
    """Return what `statutes` make of an envelope that may have been judged by others."""
    if proven.statutes_sha256 == statutes.sha256:
        return proven
    return judge_events(proven.envelope, statutes)


def judge_events(envelope: Envelope, statutes: Statutes) -> Proven:
    """Return the events of `envelope` in normal form, with what the rules find."""
    wordings = normal_form(envelope.payload.events, statutes.policy.text.gaiji)
    findings = judge_by_policy([wording.event for wording in wordings], statutes.rules)
    return Proven(
        envelope,
        [
            Judged(
                w.event,
                tuple(file.name for file in sent.files),
                tuple(file.password for file in sent.files),
                w.changes,
                _strictest(w, found),
                _size(w.event),
            )
            for sent, w, found in zip(envelope.payload.events, wordings, findings, strict=True)
        ],
        statutes.sha256,
    )


def stricter_finding(one: RuleFinding | None, other: RuleFinding | None) -> RuleFinding | None:
    """Return the stricter of two findings, the first where they are alike."""
    if one is None or (other is not None and other.action > one.action):
        return other
    return one


def _strictest(wording: Wording, finding: RuleFinding | None) -> RuleFinding | None:
    if not wording.fits:
        return NO_NORMAL_FORM
    return stricter_finding(finding, GAIJI) if wording.hold else finding


def _size(event: Event) -> int:
    return encoded_size(event) + sum(file.size for file in event.files)


def without_hashes(event: Event) -> Event:
    """Return `event` as it is released: its files have no hash before they are clean."""
    if not event.files:
        return event
    bare = [msgspec.structs.replace(file, sha256=None) for file in event.files]
    return msgspec.structs.replace(event, files=bare)
