"""The bytes of files stay as long as a row speaks of them, or is about to."""

from tests.zone.conftest import Place
from zone.copy import blobs

SHA256 = "ab" * 32


async def test_bytes_that_are_about_to_be_posted_again_are_not_dropped(lgwan: Place) -> None:
    path = blobs.path_of(lgwan.store.blobs, SHA256)
    path.write_bytes(b"x")
    lgwan.store.keeping[SHA256] += 1
    lgwan.store.drop([SHA256])
    assert path.exists()
    lgwan.store.keeping[SHA256] -= 1
    lgwan.store.drop([SHA256])
    assert not path.exists()
