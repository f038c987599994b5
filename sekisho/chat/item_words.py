"""What items are called on a terminal, in Japanese, as their rows in `wire.item_kinds` say.

A kind or a word that is news to this program is shown as the server says it.
"""

from wire.item_kinds import ITEMS, TYPES
from wire.item_labels import KindLabels


def kind_name(kind: str) -> str:
    """Return what a kind of item is called."""
    labels = _labels(kind)
    return kind if labels is None else labels.kind.ja


def word_name(kind: str, member: str, word: str) -> str:
    """Return what a word of a closed list, in a member of an item or its state, is called."""
    labels = _labels(kind)
    label = None if labels is None else labels.words.get(member, {}).get(word)
    return word if label is None else label.ja


def field_name(kind: str, field: str) -> str:
    """Return what a field of an item is called."""
    labels = _labels(kind)
    label = None if labels is None else labels.fields.get(field)
    return field if label is None else label.ja


def _labels(kind: str) -> KindLabels | None:
    content = TYPES.get(kind)
    return None if content is None else ITEMS[content].labels
