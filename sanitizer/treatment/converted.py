"""Documents that only LibreOffice reads: converted by it, and then treated like any other.

    survey ──▶ LibreOffice in its cell ──▶ decode ──▶ encode ──▶ check

What LibreOffice writes is as untrusted as what it read.  Here nothing of either is looked into.
"""

from dataclasses import replace

from sanitizer.kinds import KINDS, Kind
from sanitizer.outcome import Removed
from sanitizer.report import Report
from sanitizer.session import Passage, Redrawn
from sanitizer.shared_memory import Parcel
from sanitizer.treatment.single import Treatment

# LibreOffice starts from cold where no cell is ready.
START_SECONDS = 10.0
# Pictures that LibreOffice stores without loss, and are to be rebuilt.
GROWTH = 4


def by_conversion(treat: Treatment, became: Kind) -> Treatment:
    """Return the treatment that has a file made into a `became`, and that treated by `treat`."""

    def convert_and_treat(passage: Passage, kind: Kind, source: Parcel) -> Redrawn:
        limits = passage.profile.limits
        with passage.stage(
            "survey", source, kind=kind, password=passage.password, max_bytes=limits.max_bytes
        ) as surveyed:
            plain = surveyed.body if surveyed.body.size else source
            with convert_file(passage, kind, plain, became) as made:
                inner = replace(passage, report=Report())
                redrawn = treat(inner, became, made)
        # Properties that LibreOffice wrote; those of the document are in the survey.
        del inner.report.removed[Removed.METADATA]
        passage.report.add(inner.report)
        return redrawn

    return convert_and_treat


def convert_file(passage: Passage, kind: Kind, source: Parcel, became: Kind) -> Parcel:
    """Return the document `source` as a `became`, untrusted, or raise `Refused`.

    `kind`: any that LibreOffice reads.  `became`: `DOCX`, `XLSX`, `PPTX`, or `PDF` for its looks.
    """
    limits = passage.profile.limits
    extension, wanted = (KINDS[each].extensions[0] for each in (kind, became))
    return passage.jail.office.convert(
        source,
        extension,
        wanted,
        seconds=START_SECONDS + passage.seconds_for(source),
        max_bytes=GROWTH * limits.max_bytes,
    )
