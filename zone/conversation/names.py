"""Names of rooms, people, municipalities and sections, as they will be in the other zone.

The relay takes out of a text what nobody sees.  A name is what a thing is found and told by, so
it is written that way from the start, and both zones show the same.  Characters of a site's own
(外字) stay: what becomes of them is the policy's to say, and the verdict tells.
"""

import re
from typing import TypeVar

import msgspec
from msgspec import Struct

from wire.reasons import Reason, Refused
from wire.text import normalise_text
from zone.conversation.pictures import one_spelling

S = TypeVar("S", bound=Struct)

_PICTURES = frozenset({"icon", "status_emoji"})
_BREAKS = re.compile(r"[\n\t]+")


def as_across(body: S) -> S:
    """Return `body` with its texts in normal form, each in one line."""
    texts = {}
    for name in body.__struct_fields__:
        said = getattr(body, name)
        if isinstance(said, str) and not (said.isascii() and said.isprintable()):
            text = _in_one_line(one_spelling(said) if name in _PICTURES else said)
            if text != said:
                texts[name] = text
    if not texts:
        return body
    changed = msgspec.structs.replace(body, **texts)
    try:  # what had nothing to be seen in it is no name
        return msgspec.convert(msgspec.to_builtins(changed), type(body))
    except msgspec.ValidationError as trouble:
        raise Refused(Reason.INVALID, str(trouble)) from None


def _in_one_line(text: str) -> str:
    return _BREAKS.sub(" ", normalise_text(text, gaiji="keep").text)
