"""Text as UTF-8, with the line ends Windows programs expect."""

from collections.abc import Sequence

from sanitizer import intermediate


def encode_text(records: Sequence[intermediate.IntermediateText]) -> bytes:
    """Return the texts one below the other, with an empty line between them."""
    text = "\n\n".join(record.text for record in records)
    return text.replace("\n", "\r\n").encode("utf-8")
