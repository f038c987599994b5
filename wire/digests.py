"""What a zone says of its copy so that the other can compare: digests, and never a word.

The rows of a copy have an order that both zones know: by object, and in it by a hash that
stands for the field.  A span of rows has one digest, the sum of those of its rows, so that two
zones find the few rows in which they differ by comparing ever shorter spans:

    ranges   the whole copy in 32 spans   ──▶   which of them differ?
    ranges   one of those in 32 spans     ◀──   and of these?
    rows     up to 31 rows, one by one    ──▶   these differ, or are not here
    answer   the same span, from here     ◀──

Each event has 32 spans whatever there is to say, and is as long as any other.

Source: Meyer, "Range-Based Set Reconciliation", 2022 (https://arxiv.org/abs/2212.13567).
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from wire.fields import Count

SPANS = 32
NOTHING = "0" * 32  # the digest of a span in which there is nothing
# Of a row that has a word which the other zone has not taken in yet: it is not compared.
NOT_YET = "f" * 32
NO_POLICY = "0" * 64
# Behind every row.
LAST_PLACE = "zz_7" + "z" * 25 + ":" + "f" * 16

# An object, and a hash that stands for one field of it.
CopyPlace = Annotated[str, Meta(pattern="^([a-z]{2}_[0-7][0-9a-hjkmnp-tv-z]{25}:[0-9a-f]{16})?$")]
CopySum = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class DigestSpan(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A span of the copy: from the end of the span before it to `upto`, and its digest."""

    upto: CopyPlace
    digest: CopySum


class CopyDigest(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="copy.digest", gc=False
):
    """The daemon of a zone says what its copy is, without a word of what is in it.

    The spans lie behind `after`, side by side and in order; those that are not needed end
    where the one before them ends, and are empty.  `ranges` are spans with the sum of the
    digests of all rows in them.  `rows` and `answer` are of single rows, of which some may be
    `NOT_YET` there; `answer` is what
    somebody sends who was sent `rows`, and nobody answers it.  `said` and `seen` are up to where
    it counts: in what was said in its own zone, and in the other.  `policy` is the hash of
    that under which the relay last released something to it, or zeros.
    """

    form: Literal["ranges", "rows", "answer"]
    after: CopyPlace
    said: Count
    seen: Count
    policy: Sha256
    spans: Annotated[list[DigestSpan], Meta(min_length=SPANS, max_length=SPANS)]
