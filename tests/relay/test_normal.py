"""What the transform stage may hand on, the verify stage takes."""

import pytest

from relay.normal import Batch, FileOutcome, Item, Source, decode, encode
from sanitizer.kinds import Kind, media_of
from wire import ids
from wire.lane import Lane

DIGEST = "a" * 64
FILE = ids.mint(ids.FILE, now=1, entropy=bytes(ids.ENTROPY_BYTES))


@pytest.mark.parametrize("kind", Kind)
def test_a_file_of_any_kind_is_told_of(kind: Kind) -> None:
    outcome = FileOutcome(FILE, media_of(kind), 1, DIGEST, "sekisho-sanitizer 0.1.0", 1)
    item = Item(1, 1, Source(1, 1, DIGEST), "refused", None, file=outcome)
    batch = Batch(1, "minato-city", Lane.IMPORT, DIGEST, DIGEST, [item])
    assert decode(encode(batch)) == batch
