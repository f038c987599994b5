"""Sound and film: what they carry besides.  What is in them ffmpeg decodes, in a cell of its own.

Names of boxes and frames; the receipt tells what they say, and nobody relies on it.  Runs in the
jail, in a child that sees the file.  Source: ISO/IEC 14496-12 8.10, ID3v2.4, QuickTime, RIFF.
"""

import re

from sanitizer.outcome import Removed
from sanitizer.report import Report

SIGNS = (
    (re.compile(rb"\AID3[\x02-\x04]|udta.{4}meta|LIST.{4}INFO", re.S), Removed.METADATA),
    (re.compile(rb"\xa9xyz|loci\0"), Removed.GPS),
    (re.compile(rb"APIC\0|covr.{4}data", re.S), Removed.THUMBNAIL),
)


def survey_recording(untrusted: bytes, report: Report) -> None:
    """Report what is in `untrusted` that will not come out."""
    for sign, removed in SIGNS:
        if found := len(sign.findall(untrusted)):
            report.removed[removed] += found
