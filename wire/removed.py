"""The words for what was taken out of an event or a file, and their bits in a receipt."""

from collections.abc import Iterable

OTHER = "other"
# So is the place of a word in this one: it is the number of its bit.  At most 63, so that
# the bits also fit a signed integer of SQLite.
REMOVED: tuple[str, ...] = (
    # Out of files: sanitizer.outcome.Removed, which a test compares.
    "exif",
    "gps",
    "xmp",
    "iptc",
    "icc",
    "thumbnail",
    "comment",
    "metadata",
    "trailing-data",
    "animation-frames",
    "byte-order-mark",
    "control-characters",
    "bidi-controls",
    "invisible-characters",
    "tag-characters",
    "script",
    "external-link",
    "formula",
    "member",
    "action",
    "link",
    "form-field",
    "hidden-text",
    "macro",
    "active-control",
    "dde",
    "field",
    "shape",
    "picture",
    "html",
    "embedded-file",
    # Out of what was typed: wire.text, and "text" for whatever was rewritten.
    "bidi",
    "invisible",
    "tag",
    "control",
    "noncharacter",
    "unassigned",
    "surrogate",
    "annotation",
    "variation",
    "joiner",
    "marks",
    "private-use",
    "compatibility-ideograph",
    "text",
    OTHER,
    # Later words, of either.
    "encryption",
    "tracked-change",
    "hidden-sheet",
    "hidden-slide",
    "password-hash",
    "protection",
    "looks",
    "words",
)
_PLACES = {word: place for place, word in enumerate(REMOVED)}


def removed_bits(words: Iterable[str]) -> int:
    """Return the bits that stand for `words`; those of no list are `OTHER` together."""
    bits = 0
    for word in words:
        bits |= 1 << _PLACES.get(word, _PLACES[OTHER])
    return bits


def removed_words(bits: int) -> tuple[str, ...]:
    """Return the words that `bits` stand for, sorted."""
    return tuple(sorted(word for place, word in enumerate(REMOVED) if bits >> place & 1))
