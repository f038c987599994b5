"""A hostile file to a new one: the order of the stages, and nothing else.

    identify ──▶ agree? allowed? ──▶ treatment (decode ──▶ encode) ──▶ check
     └▶ unlock ──▶ identify ─┘  an Office file behind a password, which hides what it is

Every stage is a process of its own in the jail.  Here nothing of the file is looked into: bytes go
in, and what comes back passed the check.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sanitizer.contents import add_contents
from sanitizer.kinds import Kind, kind_named
from sanitizer.outcome import FileReason, FileRefused
from sanitizer.profile import FileAction, Profile
from sanitizer.session import Passage, Redrawn
from sanitizer.shared_memory import Parcel
from sanitizer.treatment.single import Treatment
from sanitizer.treatments import TREATMENTS

# A text may be named as a table: what reads it decides.
# A name that claims macros where there are none does no harm; the other way round it deceives.
ALSO_NAMED: Mapping[Kind, frozenset[Kind]] = {
    Kind.TEXT: frozenset({Kind.CSV, Kind.EML}),
    Kind.DOCX: frozenset({Kind.DOCM}),
    Kind.XLSX: frozenset({Kind.XLSM}),
    Kind.PPTX: frozenset({Kind.PPTM}),
    Kind.TNEF: frozenset({Kind.UNKNOWN}),  # winmail.dat: the extension says nothing
}


def redraw_file(untrusted: bytes, name: str | None, passage: Passage) -> Redrawn:
    """Return the file `untrusted`, called `name` if it has one, rebuilt; or raise `Refused`."""
    limits = passage.profile.limits
    if not untrusted:
        raise FileRefused(FileReason.EMPTY)
    if len(untrusted) > limits.max_bytes:
        raise FileRefused(FileReason.TOO_LARGE)
    with Parcel.of(untrusted) as source, _unlocked(source, passage) as plain:
        found = passage.report.kind
        kind = _agreed(found if name is None else kind_named(name), found)
        redrawn = _treatment(kind, passage.profile)(passage, kind, plain)
    if len(redrawn.data) > limits.max_bytes:
        raise FileRefused(FileReason.TOO_LARGE)
    with Parcel.of(redrawn.data) as new:
        passage.stage("check", new, media=redrawn.media).body.close()
        add_contents(redrawn.media, new, passage)
    return redrawn


@contextmanager
def _unlocked(source: Parcel, passage: Passage) -> Iterator[Parcel]:
    """Say in the report what `source` is; give it, or the Office file that its password hides.

    Once: what is locked again behind the lock is of no kind that has a treatment.
    """
    _identify(source, passage)
    if passage.report.kind is not Kind.ENCRYPTED_OFFICE:
        yield source
        return
    max_bytes = passage.profile.limits.max_bytes
    with passage.stage(
        "unlock", source, password=passage.password, max_bytes=max_bytes
    ) as unlocked:
        _identify(unlocked.body, passage)
        yield unlocked.body


def _identify(source: Parcel, passage: Passage) -> None:
    with passage.stage("identify", source) as identified:
        passage.found(identified.report.kind)


def _agreed(named: Kind, found: Kind) -> Kind:
    """Return the kind that name and content agree on, or raise why they do not."""
    if found is Kind.UNKNOWN:
        is_drawn = any(kind is named for kind, _ in TREATMENTS)
        is_nameable = named is not Kind.UNKNOWN and not is_drawn
        raise FileRefused(FileReason.NOT_SUPPORTED if is_nameable else FileReason.UNKNOWN_KIND)
    if named is not found and named not in ALSO_NAMED.get(found, ()):
        raise FileRefused(FileReason.KIND_MISMATCH)
    return named


def _treatment(kind: Kind, profile: Profile) -> Treatment:
    action = profile.action(kind)
    if action is FileAction.REFUSE:
        raise FileRefused(FileReason.AGAINST_POLICY)
    if action is FileAction.HOLD:
        raise FileRefused(FileReason.NEEDS_APPROVAL)
    treatment = TREATMENTS.get((kind, action))
    if treatment is None:
        raise FileRefused(FileReason.NOT_SUPPORTED)
    return treatment
