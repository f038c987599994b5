"""The one function the sanitizer exists for, and the receipt it writes.

What is done with the file is in `sanitizer.redraw`.
"""

import hashlib
import time
from dataclasses import replace

from sanitizer.jail import Jail
from sanitizer.kinds import Kind, kind_named, media_of
from sanitizer.media import EXTENSIONS
from sanitizer.names import clean_name
from sanitizer.outcome import ENGINE, ContentText, FileReason, FileRefused, Outcome, Receipt
from sanitizer.profile import DEFAULT_PROFILE, Profile
from sanitizer.redraw import redraw_file
from sanitizer.report import Count
from sanitizer.session import MAX_STAGES_OF_TIME, Passage, Redrawn

NOTHING = Redrawn(media="", data=b"")

# Office takes no longer one, and what a worker is asked for has to fit a message to the zygote.
# What is beyond is cut off.
MAX_PASSWORD_CHARACTERS = 255


def sanitize_file(
    untrusted: bytes,
    *,
    name: str,
    jail: Jail,
    profile: Profile = DEFAULT_PROFILE,
    password: str = "",
    with_contents: bool = False,
) -> Outcome:
    """Return `untrusted` rebuilt, or why it does not pass.

    `name` is the file's name as its sender gave it: its extension must agree with the content.
    `password` opens a PDF, an Office file or a ZIP that asks for one, also within an archive or a
    mail; what comes out asks for none.  `with_contents` has the words of what came out read, too.

    Synchronous, and safe to call from several threads with the same jail.  Whatever the file does
    to a worker is an outcome and no exception; `Reason.JAIL_FAILED` alone is no fault of the file,
    and worth another try.
    """
    started = time.monotonic()
    end = started + MAX_STAGES_OF_TIME * profile.limits.stage_seconds(len(untrusted))
    contents: list[ContentText] | None = [] if with_contents else None
    given = password[:MAX_PASSWORD_CHARACTERS]
    passage = Passage(jail, profile, redraw_file, password=given, deadline=end, contents=contents)
    redrawn, reason = NOTHING, FileReason.NONE
    try:
        redrawn = redraw_file(untrusted, name, passage)
    except FileRefused as refusal:
        reason = refusal.reason
    receipt = _receipt(untrusted, redrawn, reason, kind_named(name), passage)
    return Outcome(
        state=receipt.state,
        reason=reason,
        media=redrawn.media,
        name="" if reason else clean_name(name, EXTENSIONS[redrawn.media]),
        data=redrawn.data,
        receipt=replace(receipt, elapsed_ms=round((time.monotonic() - started) * 1000)),
        contents=() if reason else tuple(contents or ()),
    )


def _receipt(
    untrusted: bytes, redrawn: Redrawn, reason: FileReason, named: Kind, passage: Passage
) -> Receipt:
    report = passage.report
    passed = reason is FileReason.NONE
    removed = tuple(sorted(report.removed.items())) if passed else ()
    return Receipt(
        engine=ENGINE,
        state="refused" if not passed else "altered" if removed else "clean",
        reason=reason,
        kind_named=named,
        kind_found=report.kind,
        password_given=bool(passage.password),
        media_in=media_of(report.kind),
        media_out=redrawn.media,
        in_sha256=hashlib.sha256(untrusted).hexdigest(),
        in_size=len(untrusted),
        out_sha256=hashlib.sha256(redrawn.data).hexdigest() if passed else "",
        out_size=len(redrawn.data),
        pages_before=report.counts[Count.PAGES_BEFORE],
        pages_after=report.counts[Count.PAGES_AFTER],
        pictures_before=report.counts[Count.PICTURES_BEFORE],
        pictures_after=report.counts[Count.PICTURES_AFTER],
        removed=removed,
        elapsed_ms=0,
        similarity=report.similarity / 1000 if passed and report.similarity is not None else None,
        kept=tuple(sorted(report.kept.items())) if passed else (),
    )
