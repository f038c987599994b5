"""The second check: does what the transform stage hands over keep the promise?  Pure.

It assumes that the transform stage has been taken over.  Nothing here repairs
anything: an item is as it must be, or there is a reason why it is not released.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec import to_builtins

from relay.normal_form import Decision, Transfer
from relay.verify import bounds
from relay.verify.characters import Characters
from relay.verify.consents import ConsentRules, consent_fault
from wire.bodies import KINDS, FileReady, ItemPut, MessagePost, RelayNotice
from wire.digests import CopyDigest
from wire.events import Event, owner_of_files
from wire.item_kinds import ITEMS
from wire.reasons import Reason

_REASONS = frozenset(reason.value for reason in Reason)
_PATH_SIGNS = frozenset('/\\:*?"<>|')

# What the relay itself may say, under which decision.
_NOTICES: Mapping[Decision, frozenset[str]] = {
    "held": frozenset({"held"}),
    "denied": frozenset({"denied"}),
    "expired": frozenset({"expired"}),
}
_FILE_STATES: Mapping[Decision, frozenset[str]] = {
    "pass": frozenset({"clean"}),
    "altered": frozenset({"altered"}),
    "released": frozenset({"clean", "altered"}),
    "held": frozenset({"held"}),
    "denied": frozenset({"refused"}),
    "expired": frozenset({"refused"}),
    "refused": frozenset({"refused"}),
}
_OPEN: frozenset[Decision] = frozenset({"pass", "altered", "released"})

# Nobody waits for longer than a year for a decision.
MAX_HOLD_MS = 366 * 86_400_000
# Members that may have several lines, but for those that the kind of an item names itself.
_PARAGRAPHS = frozenset({"text"})
TOLERANCE_MS = 5 * 60_000  # unless the settings say otherwise


@dataclass(frozen=True, slots=True)
class ReleaseRules:
    """What may be released on a lane, whatever the transform stage says."""

    kinds: frozenset[str]
    media: frozenset[str]
    max_file_bytes: int
    characters: Characters
    consents: ConsentRules
    tolerance: int = TOLERANCE_MS  # by which a time may be ahead of this clock


def check_transfers(
    items: Sequence[Transfer], rules: ReleaseRules, *, now: int
) -> list[Reason | None]:
    """Return for each item why it may not be released at the time `now`, or None if it may."""
    # Nearly all words are as they should be, and one look at all of them together is
    # what that costs.  A line break keeps what stands on its two sides apart.
    joined = "\n".join(
        body.text
        for item in items
        if item.event is not None and isinstance(body := item.event.body, MessagePost)
    )
    are_posts_clean = rules.characters.permit(joined, breaks=True)
    return [_objection(item, rules, are_posts_clean, now) for item in items]


def is_released(item: Transfer) -> bool:
    """Return whether the event of an allowed item goes to the far zone.

    Of what was refused only a file's refusal does: the far zone waits for that file.
    """
    event = item.event
    if event is None or item.decision == "noted":
        return False
    return item.decision != "refused" or isinstance(event.body, FileReady)


def _objection(
    item: Transfer, rules: ReleaseRules, are_posts_clean: bool, now: int
) -> Reason | None:
    event = item.event
    if (item.decision == "noted") != (item.note is not None):
        return Reason.NO_AUTHORITY
    fault = consent_fault(item, rules.consents, now=now, tolerance=rules.tolerance)
    if fault is not None:
        return Reason.NO_AUTHORITY
    if item.note is not None:
        return None if event is None and item.file is None else Reason.NO_AUTHORITY
    if event is None or not is_released(item):
        return None if item.decision == "refused" else Reason.NO_AUTHORITY
    if str(event.body.__struct_config__.tag) not in rules.kinds:
        return Reason.KIND_NOT_ALLOWED
    if not _has_authority(item, event):
        return Reason.NO_AUTHORITY
    if beyond := bounds.excess(event, now=now, tolerance=rules.tolerance):
        return beyond
    if isinstance(event.body, FileReady) and (objection := _file_objection(event.body, rules)):
        return objection
    if not _is_clean(item, event, rules.characters, are_posts_clean):
        return Reason.UNCLEAN_TEXT
    return None


def _has_authority(item: Transfer, event: Event) -> bool:
    """Return whether somebody who may has said what is to happen with `event`."""
    if event.release is not None:  # ours to say
        return False
    if any(file.password is not None for file in event.files):  # the transform stage's to know
        return False
    match event.body:
        case RelayNotice(what=what, state=state, until=until):
            is_said = state in _NOTICES.get(item.decision, ()) and _ends(event, until, state)
            return is_said and what in KINDS and not event.files
        case CopyDigest() as digest:
            return item.decision == "pass" and _is_bare_digest(event, digest)
        case FileReady(state=state, rule=rule, until=until, desk=desk, found=found):
            # What a rule or a person did not let through may name the rule that had kept it.
            is_ruled = state == "refused" or (rule is not None) == (state == "held")
            is_told = _ends(event, until, state) and (until > 0 or desk == "operator")
            is_told = is_told and (rule is not None or found == 0)
            is_said = is_ruled and is_told and state in _FILE_STATES[item.decision]
            return is_said and not event.files
        case _:
            has_owner = not event.files or owner_of_files(event) is not None
            return item.decision in _OPEN and has_owner


def _ends(event: Event, until: int, state: str) -> bool:
    """Return whether what is held, and nothing else, is said to expire, and in bearable time."""
    return 0 < until - event.at <= MAX_HOLD_MS if state == "held" else until == 0


def _is_bare_digest(event: Event, digest: CopyDigest) -> bool:
    """Return whether a digest of a copy says where spans end, what their sums are, and no more."""
    if event.room is not None or event.files or event.author.person is not None:
        return False
    end = digest.after
    for span in digest.spans:
        if span.upto < end or (span.upto == end and span.digest.strip("0")):
            return False
        end = span.upto
    return True


def _file_objection(body: FileReady, rules: ReleaseRules) -> Reason | None:
    if body.reason is not None and body.reason not in _REASONS:
        return Reason.NO_AUTHORITY
    if body.name[0] == "." or not _PATH_SIGNS.isdisjoint(body.name):
        return Reason.UNCLEAN_TEXT
    if body.state not in ("clean", "altered"):
        # Bytes of what is held back could only be announced to be sent.
        return None if body.sha256 is None else Reason.NO_AUTHORITY
    if body.media not in rules.media:
        return Reason.FILE_KIND
    if not 0 < body.size <= rules.max_file_bytes:
        return Reason.FILE_TOO_LARGE
    return None if body.sha256 is not None else Reason.FILE_CHECK


def _is_clean(item: Transfer, event: Event, characters: Characters, are_posts_clean: bool) -> bool:
    body = event.body
    is_plain = isinstance(body, MessagePost) and body.location is None and body.forwarded is None
    if is_plain and are_posts_clean and not (event.files or item.changes):
        return True
    said, paragraphs = to_builtins(body), _PARAGRAPHS
    if isinstance(body, ItemPut):
        paragraphs = ITEMS[type(body.content)].paragraphs
    return all(characters.permit(line, breaks=False) for line in _lines(item, event)) and all(
        characters.permit(text, breaks=member in paragraphs) for member, text in _strings(said, "")
    )


def _lines(item: Transfer, event: Event) -> Iterator[str]:
    """Yield what stands beside the body: what was changed, and names of files."""
    yield from item.changes
    for file in event.files:
        yield file.name
        yield file.media


def _strings(value: object, member: str) -> Iterator[tuple[str, str]]:
    """Yield every string and the member that it is of: those of closed lists too.

    What is not seen is in none.
    """
    match value:
        case str():
            yield member, value
        case dict():
            for name, inner in value.items():
                yield from _strings(inner, name)
        case list() | tuple():
            for each in value:
                yield from _strings(each, member)
