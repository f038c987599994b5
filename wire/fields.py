"""The types of the fields of what crosses, with their bounds."""

from typing import Annotated

from msgspec import Meta

from wire.bounds import MAX_NAME, MAX_PASSWORD, MAX_TEXT
from wire.ids import ID_LENGTH
from wire.order import MAX_COUNT

# An id by its length, for what is read thousands of times a second; `wire.events.is_well_formed`
# looks at the rest.  `Ref` looks at all of it, for everything else.
Id = Annotated[str, Meta(min_length=ID_LENGTH, max_length=ID_LENGTH)]
Ref = Annotated[str, Meta(pattern="^[a-z]{2}_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
Count = Annotated[int, Meta(ge=0, le=MAX_COUNT)]
Text = Annotated[str, Meta(max_length=MAX_TEXT)]
Line = Annotated[str, Meta(max_length=200)]
Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
Digest = Annotated[str, Meta(min_length=64, max_length=64)]
Password = Annotated[str, Meta(min_length=1, max_length=MAX_PASSWORD)]
Word = Annotated[str, Meta(min_length=1, max_length=64)]
# The name of something in a closed or a local list: no text, so nothing hides in it.
Key = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9_-]{0,39}$")]
