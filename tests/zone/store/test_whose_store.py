"""A store is of one zone of one installation, and is opened there and nowhere else."""

from pathlib import Path

import pytest

from internet_side.zone import SIDE as INTERNET
from lgwan_side.zone import SIDE as LGWAN
from runtime.database import StoreFault
from wire.keys import SigningKey
from zone.copy.side import Side
from zone.store import store as stores
from zone.store.side_effects import SIDE_EFFECTS
from zone.store.store import ZoneStore


async def opened(folder: Path, side: Side, site: str) -> None:
    key = SigningKey.from_seed(side.source_key, bytes(32))
    async with ZoneStore.open(folder, side, site, key, SIDE_EFFECTS):
        pass


@pytest.mark.parametrize(("side", "site"), [(INTERNET, "machi"), (LGWAN, "mura")])
async def test_a_store_that_was_copied_elsewhere_is_refused(
    tmp_path: Path, side: Side, site: str
) -> None:
    stores.create_zone_store(tmp_path)
    await opened(tmp_path, LGWAN, "machi")
    with pytest.raises(StoreFault, match="is the store of lgwan of machi, not of"):
        await opened(tmp_path, side, site)
    await opened(tmp_path, LGWAN, "machi")  # and it is what it was
