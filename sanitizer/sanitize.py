"""From a hostile file to a new one: the order of the stages, and nothing else.

    identify ──▶ agree? allowed? ──▶ decode ──▶ encode ──▶ check ──▶ outcome

Every stage is a process of its own in the jail.  Here nothing of the file is looked into: bytes go
in, and what comes back passed the check.
"""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sanitizer.jail import Answer, Budget, Jail, WorkerCrashed
from sanitizer.kinds import Kind, kind_named
from sanitizer.names import clean_name
from sanitizer.outcome import ENGINE, Outcome, Reason, Receipt, Refused
from sanitizer.parcel import Parcel
from sanitizer.profile import DEFAULT_PROFILE, Action, Profile
from sanitizer.report import Count, Report

# What comes of a kind when it is rebuilt: its media type.  A kind that is not here is refused.
REBUILT: Mapping[Kind, str] = {
    Kind.JPEG: "image/jpeg",
    Kind.PNG: "image/png",
    Kind.WEBP: "image/webp",
    Kind.TEXT: "text/plain",
}

EXTENSIONS: Mapping[str, str] = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "text/plain": "txt",
}

# A text may be named as a table: what reads it decides.
ALSO_NAMED: Mapping[Kind, frozenset[Kind]] = {Kind.TEXT: frozenset({Kind.CSV})}

# A worker that ends without a word: whose fault that is depends on what it was given.
CRASHED: Mapping[str, Reason] = {
    "identify": Reason.BROKEN,
    "decode": Reason.BROKEN,
    "encode": Reason.CHECK_FAILED,
    "check": Reason.CHECK_FAILED,
}

BYTES_PER_PIXEL = 4


def sanitize(
    untrusted: bytes, *, name: str, jail: Jail, profile: Profile = DEFAULT_PROFILE
) -> Outcome:
    """Return `untrusted` drawn anew, or why it does not pass.

    `name` is the file's name as its sender gave it: its extension must agree with the content.
    Synchronous, and safe to call from several threads with the same jail.  Whatever the file does
    to a worker is an outcome and no exception; `Reason.JAIL_FAILED` alone is no fault of the file,
    and worth another try.
    """
    started = time.monotonic()
    report = Report()
    media, data, reason = "", b"", Reason.NONE
    try:
        media, data = _redrawn(untrusted, kind_named(name), _Passage(jail, profile, report))
    except Refused as refusal:
        reason = refusal.reason
    receipt = _receipt(
        untrusted, data, reason=reason, named=kind_named(name), media=media, report=report
    )
    return Outcome(
        verdict=receipt.verdict,
        reason=reason,
        media=media,
        name=clean_name(name, EXTENSIONS[media]) if media else "",
        data=data,
        receipt=replace(receipt, elapsed_ms=round((time.monotonic() - started) * 1000)),
    )


@dataclass(frozen=True, slots=True)
class _Passage:
    """What all stages of one attachment share."""

    jail: Jail
    profile: Profile
    report: Report

    def stage(self, stage: str, source: Parcel, **parameters: str | int) -> Answer:
        """Return the answer of `stage`, having added its findings to the report."""
        limits = self.profile.limits
        budget = Budget(
            seconds=limits.stage_seconds(source.size),
            memory_bytes=limits.memory_bytes,
            answer_bytes=max(limits.max_pixels, limits.max_bytes) * BYTES_PER_PIXEL,
        )
        try:
            answer = self.jail.run(stage, source, budget, parameters)
        except WorkerCrashed:
            raise Refused(CRASHED[stage]) from None
        self.report.add(answer.report)
        return answer


def _redrawn(untrusted: bytes, named: Kind, passage: _Passage) -> tuple[str, bytes]:
    """Return media type and bytes of the new file, or raise `Refused`."""
    limits = passage.profile.limits
    if not untrusted:
        raise Refused(Reason.EMPTY)
    if len(untrusted) > limits.max_bytes:
        raise Refused(Reason.TOO_LARGE)
    with Parcel.of(untrusted) as source:
        with passage.stage("identify", source) as identified:
            found = passage.report.kind = identified.report.kind
        media = _agreed(named, found, passage.profile)
        with (
            passage.stage("decode", source, kind=found, max_pixels=limits.max_pixels) as decoded,
            passage.stage("encode", decoded.body, media=media) as encoded,
        ):
            if encoded.body.size > limits.max_bytes:
                raise Refused(Reason.TOO_LARGE)
            passage.stage("check", encoded.body, media=media).body.close()
            return media, encoded.body.read()


def _agreed(named: Kind, found: Kind, profile: Profile) -> str:
    """Return the media type to draw `found` anew as, or raise why it will not be."""
    if found is Kind.ENCRYPTED_OFFICE:
        raise Refused(Reason.ENCRYPTED)
    if found is Kind.UNKNOWN:
        is_named = named is not Kind.UNKNOWN and named not in REBUILT
        raise Refused(Reason.NOT_SUPPORTED if is_named else Reason.UNKNOWN_KIND)
    if named is not found and named not in ALSO_NAMED.get(found, ()):
        raise Refused(Reason.KIND_MISMATCH)
    match profile.action(found):
        case Action.REFUSE:
            raise Refused(Reason.AGAINST_POLICY)
        case Action.HOLD:
            raise Refused(Reason.NEEDS_APPROVAL)
    if found not in REBUILT:
        raise Refused(Reason.NOT_SUPPORTED)
    return REBUILT[found]


def _receipt(
    untrusted: bytes, data: bytes, *, reason: Reason, named: Kind, media: str, report: Report
) -> Receipt:
    passed = reason is Reason.NONE
    removed = tuple(sorted(report.removed.items())) if passed else ()
    return Receipt(
        engine=ENGINE,
        verdict="refused" if not passed else "altered" if removed else "clean",
        reason=reason,
        kind_named=named,
        kind_found=report.kind,
        media_in=REBUILT.get(report.kind, "application/octet-stream"),
        media_out=media,
        in_sha256=hashlib.sha256(untrusted).hexdigest(),
        in_size=len(untrusted),
        out_sha256=hashlib.sha256(data).hexdigest() if passed else "",
        out_size=len(data),
        pages_before=report.counts[Count.PAGES_BEFORE],
        pages_after=report.counts[Count.PAGES_AFTER],
        pictures_before=report.counts[Count.PICTURES_BEFORE],
        pictures_after=report.counts[Count.PICTURES_AFTER],
        removed=removed,
        elapsed_ms=0,
    )
