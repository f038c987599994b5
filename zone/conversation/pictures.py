"""One picture, one spelling: ❤ and ❤\ufe0f are the same reaction, the same icon.

Telephones write some emoji with a variation selector, some without, and some either way.  This is
the fully qualified form of UTS #51: a selector where the character alone is drawn as text, and
none where it is drawn as a picture anyway.  Joined ones (👨‍👩‍👧) stay joined.
"""

import re
from typing import Final

from wire.emoji import PICTURED, STYLED
from wire.text import normalise_text

_STYLE, _TONE = "\ufe0f", "\U0001f3fb-\U0001f3ff"
_PICTURES: Final = re.compile(f"[{PICTURED}]")
# Signs among texts (©, ™, ㊙) are signs: nobody means a picture by them.
_DRAWN: Final = re.compile("[\u2190-\u21ff\u2300-\u27bf\u2900-\u2bff\U0001f000-\U0001faff]")
_TONED: Final = re.compile(f"{_STYLE}(?=[{_TONE}])")
_STYLED: Final = re.compile(f"([{STYLED}]){_STYLE}?(?![{_TONE}{_STYLE}])")


def one_spelling(untrusted: str) -> str:
    """Return a reaction or an icon as both zones and all telephones write it."""
    text = _TONED.sub("", normalise_text(untrusted, gaiji="keep").text)
    return _STYLED.sub(_qualified, text)


def _qualified(match: re.Match[str]) -> str:
    char = match[1]
    takes_style = _DRAWN.match(char) and not _PICTURES.match(char)
    return f"{char}{_STYLE}" if takes_style else char
