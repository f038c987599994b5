"""What the transform stage may hand on, the verify stage takes."""

import pytest

from relay import normal_form
from relay.normal_form import FileOutcome, Transfer, TransferBatch, TransferSource
from sanitizer.kinds import Kind, media_of
from wire import ids
from wire.lane import Lane

DIGEST = "a" * 64
FILE = ids.mint_id(ids.FILE, now=1, entropy=bytes(ids.ENTROPY_BYTES))


@pytest.mark.parametrize("kind", Kind)
def test_a_file_of_any_kind_is_told_of(kind: Kind) -> None:
    outcome = FileOutcome(FILE, media_of(kind), 1, DIGEST, "sekisho-sanitizer 0.1.0", 1)
    item = Transfer(1, 1, TransferSource(1, 1, DIGEST), "refused", None, file=outcome)
    batch = TransferBatch(1, "minato-city", Lane.IMPORT, DIGEST, DIGEST, [item])
    assert normal_form.decode(normal_form.encode(batch)) == batch
