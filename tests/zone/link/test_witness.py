"""A zone that vouches for the audit log remembers the largest tree that it has seen."""

from pathlib import Path

from tests.zone.conftest import Place
from tests.zone.link.logbook import Logbook
from tests.zone.link.test_inbox import Door
from wire.frames import FrameType
from wire.records import Cosignature


async def test_what_has_grown_is_remembered_and_vouched_for(lgwan: Place, tmp_path: Path) -> None:
    door = Door(lgwan, tmp_path)
    async with door.open():
        log = Logbook(door.relay)
        for _ in range(2):
            log.add(None)
            await log.show()
        signed = Cosignature.decode(await door.relay.got(FrameType.COSIGNATURE, 2))
    assert signed.size == 2
    rows = await lgwan.store.read(lambda db: db.execute("SELECT size FROM witness").fetchall())
    assert rows == [(2,)]
